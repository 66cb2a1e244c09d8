"""Campaigns over a state folder, carried out in this process; their runs end at once, or as a test
says. There is no Azure."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tests.support.in_process_crash import WorkerKilled
from tests.support.run_folders import AZURE, NOW, PLAN, append_events
from vmss_tui.campaign import events as ce
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan, StagePlan
from vmss_tui.campaign.state import Campaign
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder, CampaignJournal
from vmss_tui.runtime.campaigns.campaign_runner import CampaignRunner
from vmss_tui.runtime.campaigns.campaign_worker import first_events
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade import events as ev

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


class SteppedClock:
    """A clock that only its own waits move."""

    def __init__(self) -> None:
        self.t = 0.0
        self.before_wait: Callable[[], None] = lambda: None

    def wall(self) -> datetime:
        """UTC."""
        return NOW + timedelta(seconds=self.t)

    def real(self) -> float:
        """Seconds of this machine's clock: commands take real time."""
        return time.monotonic()

    def run(self) -> float:
        """Seconds."""
        return self.t

    def rate(self) -> float:
        """Run seconds per second; large, so that a campaign seldom looks at its members."""
        return 40.0

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Moves the time on."""
        assert self.t < 1e6, "the campaign does not end"
        self.before_wait()
        self.t += run_seconds
        return wake.is_set()


def stage(name: str, *sets: str, **more: Any) -> StagePlan:
    """A stage of scale sets with one instance each."""
    members = tuple(
        MemberPlan(plan=msgspec.structs.replace(PLAN, name=name), region="westeurope")
        for name in sets
    )
    return StagePlan(name=name, members=members, **more)


def campaign_plan(*stages: StagePlan, **more: Any) -> CampaignPlan:
    """A campaign of these stages."""
    return CampaignPlan(name="ubuntu", stages=stages, made_at=MADE_AT, **more)


class CampaignSession:
    """The services of a session, and the runs that campaigns have started in it."""

    def __init__(self, state: Path, *, read_only: bool = False) -> None:
        gateway: Any = SimpleNamespace(
            context=AZURE,
            prepare_write=lambda: AZURE,
            catalogue=None,
            list_subscriptions=list,
            cancellation=Cancellation(),
            diagnostics=None,
        )
        self.clock = SteppedClock()
        self.launched: list[str] = []
        """Names of runs, once for each worker."""
        self.descriptors: list[int] = []
        self.launched_campaigns: list[CampaignFolder] = []
        self.carry_out: Callable[[StoredRun], None] = complete_run
        """What the worker of a run does."""
        self.services = Services(
            gateway,
            FolderStore(state),
            self.clock,
            read_only=read_only,
            launch=self._launch,
            launch_campaign=self._launch_campaign,
        )
        self.control = self.services.campaign_control

    def _launch(self, run: StoredRun) -> None:
        self.launched.append(run.name)
        self.carry_out(run)

    def _launch_campaign(self, folder: CampaignFolder) -> None:
        self.launched_campaigns.append(folder)
        journal = folder.open_journal()
        runner = CampaignRunner(folder, journal, self.services, self.clock)
        runner.record(first_events(folder, runner))
        journal.close()

    def work(self, name: str, until: Callable[[Campaign], bool] | None = None) -> Campaign:
        """Carries out a campaign in this thread, to its end or until `until` is true."""
        folder = self.control.find(name)
        assert folder.take_lock(self.clock.wall()), "another worker has the lock"
        journal = folder.open_journal()
        runner = CampaignRunner(folder, journal, self.services, self.clock)
        if until is not None:
            self.clock.before_wait = lambda: runner.stop() if until(runner.campaign) else None
        try:
            if not runner.campaign.workers:
                runner.record(first_events(folder, runner))
            return runner.loop()
        finally:
            self.clock.before_wait = lambda: None
            journal.close()
            folder.lock.release()

    def lose_sign_in(self, run: StoredRun) -> None:
        """The run's worker lives, and could not read for want of a sign-in. `descriptors` has its
        lock, and is to be closed."""
        _begin(run)
        assert isinstance(run, RunFolder)
        assert run.lock.descriptor is not None
        self.descriptors.append(os.dup(run.lock.descriptor))
        run.write_latest(LatestView(None, Condition.SIGNED_OUT, "no sign-in"))
        at = self.clock.wall().timestamp() + 1.0
        os.utime(run.latest_path, (at, at))

    def send(self, name: str, kind: ce.CampaignIntentKind, *members: str) -> None:
        """Sends an intent; `members` are names of scale sets."""
        plan = self.control.find(name).manifest.plan
        keys = [member.key for member in plan.members if member.scale_set.name in members]
        self.control.send_intent(name, kind, members=keys)


def complete_run(run: StoredRun) -> None:
    """The run is carried out without a failure."""
    _begin(run)
    append_events(run, ev.Completed(upgraded=1, failed=0, gone=0, skipped=0), *handled(run))


def halt_run(run: StoredRun) -> None:
    """The run halts because of a failure."""
    _begin(run)
    failed = ev.InstancesFailed(instance_ids=("0",), message="its extension failed")
    append_events(run, failed, ev.Halted(reason="failure", message="instance 0 failed"))


def abort_run(run: StoredRun) -> None:
    """The run, which has an open batch, does nothing until it is aborted."""
    _begin(run)
    if any(intent.kind is ev.IntentKind.ABORT for intent in run.read_intents()):
        append_events(run, ev.Aborted(by="anna@host"), *handled(run))


def handled(run: StoredRun) -> list[ev.IntentHandled]:
    """The records of all intents of the run as handled."""
    return [
        ev.IntentHandled(number=number, kind=intent.kind, by=intent.by)
        for number, intent in enumerate(run.read_intents(), 1)
    ]


def _begin(run: StoredRun) -> None:
    if not run.has_begun:
        append_events(run, ev.PlanConfirmed(plan=run.manifest.plan, by="anna@host"))


@contextmanager
def killed_at(seq: int, *, before_the_write: bool) -> Iterator[None]:
    """Meanwhile a campaign's worker ends once record `seq` is written, or right before it is."""
    append = CampaignJournal.append

    def append_or_die(journal: CampaignJournal, *args: Any) -> ce.CampaignRecord:
        if before_the_write and journal.seq + 1 == seq:
            raise WorkerKilled
        record = append(journal, *args)
        if record.seq == seq:
            raise WorkerKilled
        return record

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CampaignJournal, "append", append_or_die)
        yield
