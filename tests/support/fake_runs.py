"""Runs whose journals a test writes, without files or worker processes."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tests.support.fleets import NEW, NOON
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.runs.control import RunControl
from vmss_tui.runtime.storage.run_folder import LockOwner, RunSummary
from vmss_tui.ui.background.run_watcher import RunWatcher
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.fold import apply
from vmss_tui.upgrade.run.run import Run

PATIENCE = 20
"""Looks, or seconds, after which something that should happen has not."""


@dataclass
class _Manifest:
    plan: Plan


@dataclass
class _Folder:
    manifest: _Manifest
    latest_path: Path = Path("no-such-folder/latest.json")


class FakeFollower(RunFollower):
    """A journal in memory."""

    def __init__(self, name: str, plan: Plan) -> None:
        self._name = name
        self.run = Run()
        self.damage = ""
        self.folder = cast(Any, _Folder(_Manifest(plan)))
        self.records: list[ev.Record] = []
        self.later = [0.0]
        """Seconds since the newest record; shared by all who follow the run."""
        self.silence: list[datetime] = []
        """Since when the worker shows no life, if it does not; shared likewise."""
        self._read = 0

    @property
    def name(self) -> str:
        """The run's name."""
        return self._name

    @property
    def at(self) -> ScaleSetId:
        """What it upgrades."""
        return self.folder.manifest.plan.scale_set

    def add(self, *bodies: ev.AnyEvent, every: float = 20.0) -> None:
        """The worker writes."""
        for body in bodies:
            at = NOON - timedelta(minutes=9) + timedelta(seconds=every * len(self.records))
            seq = len(self.records) + 1
            t = every * len(self.records)
            self.records.append(ev.Record(seq=seq, at=at.isoformat(), t=t, body=body))

    def worker(self) -> LockOwner:
        """The one whose start is journaled."""
        since = NOON.isoformat(timespec="seconds")
        return LockOwner(pid=4711, host="bastion", user="ops", run=self._name, since=since)

    def silent_since(self) -> datetime | None:
        """As set."""
        return self.silence[-1] if self.silence else None

    def run_time(self) -> float:
        """A clock that a test moves."""
        return self.run.t + self.later[0]

    def poll(self) -> tuple[ev.Record, ...]:
        """What was written since."""
        new = self.records[self._read :]
        self._read += len(new)
        for record in new:
            self.run = apply(self.run, record)
        return tuple(new)


class FakeRunControl(RunControl):
    """Runs whose journals the test writes; wishes are recorded."""

    def __init__(self) -> None:
        self.listed: Sequence[RunSummary] = ()
        self.followers: dict[str, FakeFollower] = {}
        self.live_run: str | None = None
        """The name of the one whose worker lives."""
        self.started: list[Plan] = []
        self.intents: list[tuple[str, ev.IntentKind]] = []
        self.retried: tuple[str, ...] = ()
        self._looks: Counter[str] = Counter()
        self._looking = threading.Condition()

    def start(self, plan: Plan, *, assumed_yes: bool = False, take_over: str = "") -> str:
        """A worker that does nothing by itself."""
        name = f"{plan.name}-{0x7F3A + len(self.started):x}"
        self.started.append(plan)
        self.begin(name, plan)
        return name

    def begin(self, name: str, plan: Plan) -> FakeFollower:
        """A live run."""
        follower = self.followers[name] = FakeFollower(name, plan)
        follower.add(
            ev.PlanConfirmed(plan=plan, by="ops@bastion"),
            ev.WorkerStarted(pid=4711, host="bastion"),
            ev.ModelPinned(digest="d1", image=f"Canonical jammy {NEW}", exact_version=NEW),
        )
        self.live_run = name
        return follower

    def resume(self, name: str, take_over: str = "") -> None:
        """Records it as a wish."""
        self.intents.append(
            (name, ev.IntentKind.TAKE_OVER if take_over == name else ev.IntentKind.RESUME)
        )

    def send_intent(self, name: str, want: ev.IntentKind) -> None:
        """Records it."""
        self.intents.append((name, want))

    def retry(self, name: str, instance_ids: Sequence[str]) -> None:
        """Records it as a wish."""
        self.intents.append((name, ev.IntentKind.RETRY))
        self.retried = tuple(instance_ids)

    def revert(self, name: str) -> None:
        """Records it as a wish."""
        self.intents.append((name, ev.IntentKind.REVERT))

    def live_run_name(self, scale_set: ScaleSetId) -> str | None:
        """The one that was begun; a look at a journal begins with this question."""
        with self._looking:
            self._looks[scale_set.key] += 1
            self._looking.notify_all()
        live = self.followers.get(self.live_run or "")
        return live.name if live and live.at.key == scale_set.key else None

    def wait_for_poll(self, scale_set: ScaleSetId, following: RunWatcher) -> None:
        """Waits for a whole look at the set's journal: until a second one begins."""
        key = scale_set.key
        with self._looking:
            begun = self._looks[key]
            for wanted in (begun + 1, begun + 2):
                following.poll_now()
                while self._looks[key] < wanted and not following.stopped:
                    assert self._looking.wait(PATIENCE), "nobody looks at the journal"

    def latest_run_name(self, scale_set: ScaleSetId) -> str | None:
        """The same, or the last."""
        return next(reversed(self.followers), None)

    def follow(self, name: str) -> RunFollower:
        """Its journal, read from the beginning."""
        known = self.followers[name]
        found = FakeFollower(name, known.folder.manifest.plan)
        found.records, found.later = known.records, known.later
        found.silence = known.silence
        return found

    def summaries(self) -> Sequence[RunSummary]:
        """As set."""
        return self.listed
