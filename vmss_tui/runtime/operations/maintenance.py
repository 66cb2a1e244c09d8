"""Azure's own upkeep of a set asked for from here: looked at first, recorded, sent once, followed.

A lost answer is looked for and never sent again. Azure's status is what is followed: instances
are its choice, and the heatmap shows them anyway.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RepairsState, RollingUpgrade
from vmss_tui.fleet.scale_set import Orchestration, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import (
    Accepted,
    Gateway,
    GatewayError,
    OperationStatus,
    RollingUpgradeAction,
    Unknown,
)
from vmss_tui.gateway.catalogue import ignore_progress
from vmss_tui.gateway.failures import TRANSIENT_READ_ERRORS
from vmss_tui.operations.maintenance import Act, Prospect, Standing, prospect, refusal
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import ObservationLost, RunRefused
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog, answer_record, timestamp
from vmss_tui.runtime.storage.run_folder import current_operator
from vmss_tui.text import redact
from vmss_tui.upgrade.plan.selection import NoPlan

EVERY, SELDOM = 30.0, 120.0
"""Run seconds between two looks while Azure is at work and while it is not: with a reading every
6 s that is what the bucket of a set's own GETs (12 a minute) allows."""
SETTLE = 60.0
"""Run seconds in which what was asked for may take to show."""
PATIENCE = 600.0
"""Run seconds without any reading, after which following is given up."""
_LOOK_EVERY = 6.0
_ROLLING = {
    Act.START_OS: RollingUpgradeAction.START_OS,
    Act.START_EXTENSIONS: RollingUpgradeAction.START_EXTENSIONS,
    Act.CANCEL: RollingUpgradeAction.CANCEL,
}
_DONE = {
    Act.START_OS: "Azure's rolling upgrade of the OS is asked for",
    Act.START_EXTENSIONS: "Azure's rolling upgrade of extensions is asked for",
    Act.CANCEL: "Azure's rolling upgrade is told to end",
    Act.SUSPEND_REPAIRS: "automatic repairs are suspended",
    Act.RESUME_REPAIRS: "automatic repairs are resumed",
}


@dataclass(frozen=True, slots=True)
class Begun:
    """What Azure took."""

    prospect: Prospect
    words: str
    operation: str | None = None
    before: RollingUpgrade | None = None
    """Azure's latest rolling upgrade right before it was asked."""


class Tending:
    """One session's hand on what Azure does by itself. Every method blocks."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log
        self._permission = permission

    def latest(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """Azure's latest rolling upgrade; None where none ever ran."""
        return self._gateway.read_rolling_upgrade(scale_set)

    def history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """Upgrades of the OS, newest first."""
        return self._gateway.maintenance.read_upgrade_history(scale_set)

    def repairs(self, scale_set: ScaleSet) -> RepairsService:
        """How the service stands; unknown where Azure tells it nowhere (Flexible, or off)."""
        if scale_set.orchestration is Orchestration.FLEXIBLE or not scale_set.automatic_repairs:
            return RepairsService()
        return self._gateway.maintenance.read_repairs(scale_set.id)

    def next_look(self, latest: RollingUpgrade | None, *, moving: bool) -> float:
        """Real seconds until it makes sense to look again; `moving`: something is under way."""
        active = latest is not None and latest.active is not False
        return (EVERY if active or moving else SELDOM) / (self._clock.rate() or 1.0)

    def prospect(self, scale_set: ScaleSetId, act: Act) -> Prospect:
        """What `act` would do; raises `RunRefused` where it may not be, `NoPlan` where it makes
        no sense, or a `GatewayError`."""
        if words := self._permission.refusal_reason(scale_set):
            raise RunRefused(words)
        model = self._gateway.read_model(scale_set)
        self._permission.record_owner(model)
        standing = self._standing(model, act)
        if act is Act.START_OS:
            with suppress(GatewayError):  # it is said where it is known, and needed nowhere
                found, image = standing.scale_set, standing.scale_set.image
                newest = self._gateway.catalogue.list_versions(found, image, ignore_progress).newest
                standing = Standing(found, standing.latest, newest=newest)
        return prospect(act, standing)

    def begin(self, wanted: Prospect) -> Begun:
        """Looks again, records and sends once what was agreed to.

        Raises as `prospect` does, or `JournalFailed`; after each of them nothing has happened,
        except `Unknown`, after which nothing of it could be seen either.
        """
        act, scale_set = wanted.act, wanted.standing.scale_set
        self._permission.check(scale_set.id)
        before = self._standing(scale_set, act)
        asked = OperationRecord(
            at=timestamp(self._clock.wall()),
            scale_set=scale_set.id.resource_id,
            request_id=str(uuid4()),
            by=current_operator(),
            verb=act,
            az=(wanted.az,),
        )
        self._log.write(asked)
        try:
            accepted = self._send(scale_set.id, act, asked.request_id)
        except Unknown as error:
            self._answered(asked, "unknown", error.message)
            if not self._shows(act, before):
                raise
            self._answered(asked, "seen")
            words = f"the answer was lost, but it shows: {_DONE[act]}"
            return Begun(wanted, words, before=before.latest)
        except GatewayError as error:
            self._answered(asked, "refused", error.message)
            raise
        self._answered(asked, "accepted", accepted=accepted)
        return Begun(wanted, _DONE[act], accepted.operation, before.latest)

    def follow(
        self,
        scale_set: ScaleSetId,
        tell: Callable[[RollingUpgrade], None],
        begun: Begun | None = None,
        wake: threading.Event | None = None,
    ) -> RollingUpgrade | None:
        """Waits until Azure's rolling upgrade is over and returns it, telling each look.

        The one that `begun` started, else the latest; None where there is none to wait for, or
        `wake` was set first. Raises `ObservationLost`, or a `GatewayError` that does not pass.
        """
        wake = wake or threading.Event()
        earlier = begun.before if begun and begun.prospect.act.starts else None
        since = seen_at = self._clock.run()
        while True:
            try:
                latest = self._gateway.read_rolling_upgrade(scale_set)
                seen_at = self._clock.run()
            except TRANSIENT_READ_ERRORS as error:
                if self._clock.run() - seen_at > PATIENCE:
                    raise ObservationLost(f"{error.message} (Azure goes on by itself)") from error
                latest = None
            else:
                if begun is None and latest is None:
                    return None
                if latest is not None and not (begun and is_same(latest, earlier)):
                    tell(latest)
                    if latest.active is False:
                        return latest
                elif self._clock.run() - since > SETTLE:
                    self._missing(begun)
            if self._clock.wait(wake, _LOOK_EVERY):
                return None

    def _standing(self, scale_set: ScaleSet, act: Act) -> Standing:
        """Reads what stands against it, and raises where something does."""
        if act.repairs:
            standing = Standing(scale_set, service=self.repairs(scale_set))
        else:
            standing = Standing(scale_set, self._gateway.read_rolling_upgrade(scale_set.id))
        if words := refusal(act, standing):
            busy = act.starts and standing.latest is not None and standing.latest.active
            raise RunRefused(words) if busy else NoPlan(words)
        return standing

    def _send(self, scale_set: ScaleSetId, act: Act, request_id: str) -> Accepted:
        if not act.repairs:
            return self._gateway.maintenance.request_rolling_upgrade(scale_set, _ROLLING[act], request_id)
        on = act is Act.RESUME_REPAIRS
        return self._gateway.maintenance.set_repairs(scale_set, on=on, client_request_id=request_id)

    def _shows(self, act: Act, before: Standing) -> bool:
        """Looks for what was asked, for as long as it may take to show."""
        never = threading.Event()
        until = self._clock.run() + SETTLE
        while True:
            with suppress(*TRANSIENT_READ_ERRORS):
                if self._is_so(act, before):
                    return True
            if self._clock.run() >= until:
                return False
            self._clock.wait(never, _LOOK_EVERY)

    def _is_so(self, act: Act, before: Standing) -> bool:
        if act.repairs:
            wanted = RepairsState.RUNNING if act is Act.RESUME_REPAIRS else RepairsState.SUSPENDED
            return self.repairs(before.scale_set).state is wanted
        latest = self._gateway.read_rolling_upgrade(before.scale_set.id)
        if act is Act.CANCEL:
            return latest is not None and latest.active is False
        return latest is not None and not is_same(latest, before.latest)

    def _missing(self, begun: Begun | None) -> None:
        """No rolling upgrade shows that could be the one asked for: what became of it?"""
        told = self._gateway.poll(begun.operation) if begun and begun.operation else None
        if told is None or told.status is OperationStatus.UNKNOWN:
            raise ObservationLost("Azure took it, and no new rolling upgrade shows: look at status")
        if told.status is not OperationStatus.IN_PROGRESS:
            words = f": {redact(told.message)}" if told.message else ""
            raise ObservationLost(
                f"Azure took it and ended it ({told.status}) without a rolling upgrade{words}"
            )

    def _answered(
        self, asked: OperationRecord, answer: str, words: str = "", accepted: Accepted | None = None
    ) -> None:
        self._log.write_answer(answer_record(asked, self._clock.wall(), answer, words, accepted))


def is_same(one: RollingUpgrade, other: RollingUpgrade | None) -> bool:
    """Is it that rolling upgrade, further on? Azure gives them no name but their beginning."""
    return other is not None and one.started_at == other.started_at
