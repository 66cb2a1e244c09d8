"""Runs whose journals a test writes, without files or worker processes."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from tests.support.fleets import NEW, NOON
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.runs.control import RunControl
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.run_records import LockOwner, RunSummary
from vmss_tui.ui.background.run_watcher import RunWatcher
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.run import Run

PATIENCE = 20
"""Attempts, or seconds, after which a test gives up waiting."""


@dataclass
class _Manifest:
    plan: Plan


@dataclass
class _Folder:
    manifest: _Manifest

    def read_latest(self) -> LatestView | None:
        """The worker has written no reading."""
        return None


class FakeFollower(RunFollower):
    """A journal in memory."""

    def __init__(self, name: str, plan: Plan) -> None:
        self._name = name
        self.run = Run()
        self.damage = ""
        self.folder = cast(Any, _Folder(_Manifest(plan)))
        self.records: list[ev.Record] = []
        self.seconds_since_record = [0.0]
        """Seconds since the newest record; shared by all followers of the run."""
        self.failure = ""
        self.silent_since_times: list[datetime] = []
        """Times since when the worker has shown no life; the last one counts; shared, too."""
        self._read_count = 0

    @property
    def name(self) -> str:
        """The run's name."""
        return self._name

    @property
    def scale_set(self) -> ScaleSetId:
        """The scale set of the run."""
        return self.folder.manifest.plan.scale_set

    def add(self, *bodies: ev.AnyEvent, interval: float = 20.0) -> None:
        """Appends records, as the worker does."""
        for body in bodies:
            at = NOON - timedelta(minutes=9) + timedelta(seconds=interval * len(self.records))
            seq = len(self.records) + 1
            t = interval * len(self.records)
            self.records.append(ev.Record(seq=seq, at=at.isoformat(), t=t, body=body))

    def worker(self) -> LockOwner:
        """The worker whose start is in the journal."""
        since = NOON.isoformat(timespec="seconds")
        return LockOwner(pid=4711, host="bastion", user="ops", run=self._name, since=since)

    def worker_failure(self) -> str:
        """Why the worker ended; empty while the test has set nothing."""
        return self.failure

    def silent_since(self) -> datetime | None:
        """The time that the test has set."""
        return self.silent_since_times[-1] if self.silent_since_times else None

    def run_time(self) -> float:
        """The clock of the run, which a test moves."""
        return self.run.t + self.seconds_since_record[0]

    def read_new(self) -> tuple[ev.Record, ...]:
        """The records since the last call."""
        new_records = self.records[self._read_count :]
        self._read_count += len(new_records)
        for record in new_records:
            self.run = apply(self.run, record)
        return tuple(new_records)


class FakeRunControl(RunControl):
    """Runs whose journals the test writes; intents are recorded."""

    def __init__(self) -> None:
        self.run_summaries: Sequence[RunSummary] = ()
        self.followers: dict[str, FakeFollower] = {}
        self.live_run: str | None = None
        """The name of the run whose worker is alive."""
        self.other_live_runs: tuple[str, ...] = ()
        self.started_plans: list[Plan] = []
        self.intents: list[tuple[str, ev.IntentKind]] = []
        self.retried_ids: tuple[str, ...] = ()
        self._poll_counts: Counter[str] = Counter()
        self._polled = threading.Condition()

    def start(
        self, plan: Plan, *, assumed_yes: bool = False, take_over: str = "", name: str = ""
    ) -> str:
        """Records the plan and begins a run that does nothing by itself."""
        name = f"{plan.name}-{0x7F3A + len(self.started_plans):x}"
        self.started_plans.append(plan)
        self.begin(name, plan)
        return name

    def begin(self, name: str, plan: Plan) -> FakeFollower:
        """Begins a live run."""
        follower = self.followers[name] = FakeFollower(name, plan)
        follower.add(
            ev.PlanConfirmed(plan=plan, by="ops@bastion"),
            ev.WorkerStarted(pid=4711, host="bastion"),
            ev.ModelPinned(digest="d1", image=f"Canonical jammy {NEW}", exact_version=NEW),
        )
        self.live_run = name
        return follower

    def resume(self, name: str, take_over: str = "") -> None:
        """Records it as an intent."""
        self.intents.append(
            (name, ev.IntentKind.TAKE_OVER if take_over == name else ev.IntentKind.RESUME)
        )

    def send_intent(self, name: str, want: ev.IntentKind) -> None:
        """Records the intent."""
        self.intents.append((name, want))

    def retry(self, name: str, instance_ids: Sequence[str]) -> None:
        """Records it as an intent."""
        self.intents.append((name, ev.IntentKind.RETRY))
        self.retried_ids = tuple(instance_ids)

    def revert(self, name: str) -> None:
        """Records it as an intent."""
        self.intents.append((name, ev.IntentKind.REVERT))

    def live_run_name(self, scale_set: ScaleSetId) -> str | None:
        """The run that was begun. Every poll of a `RunWatcher` begins with this call."""
        with self._polled:
            self._poll_counts[scale_set.key] += 1
            self._polled.notify_all()
        live = self.followers.get(self.live_run or "")
        return live.name if live and live.scale_set.key == scale_set.key else None

    def live_run_names(self) -> Sequence[str]:
        """The run that was begun, then those that the test has set."""
        return (*((self.live_run,) if self.live_run else ()), *self.other_live_runs)

    def wait_for_poll(self, scale_set: ScaleSetId, run_watcher: RunWatcher) -> None:
        """Waits for a complete poll of the scale set's run: until a second one begins."""
        key = scale_set.key
        with self._polled:
            count = self._poll_counts[key]
            for expected in (count + 1, count + 2):
                run_watcher.poll_now()
                while self._poll_counts[key] < expected and not run_watcher.stopped:
                    assert self._polled.wait(PATIENCE), "the journal is not polled"

    def latest_run_name(self, scale_set: ScaleSetId) -> str | None:
        """The run that was begun last."""
        return next(reversed(self.followers), None)

    def follow(self, name: str) -> RunFollower:
        """A follower that has not read the journal yet."""
        source = self.followers[name]
        follower = FakeFollower(name, source.folder.manifest.plan)
        follower.records, follower.seconds_since_record = (
            source.records,
            source.seconds_since_record,
        )
        follower.silent_since_times = source.silent_since_times
        follower.failure = source.failure
        return follower

    def summaries(self) -> Sequence[RunSummary]:
        """The summaries that the test has set."""
        return self.run_summaries
