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
from vmss_tui.upgrade.plan.selection import PlanError

ACTIVE_INTERVAL, IDLE_INTERVAL = 30.0, 120.0
"""Run seconds between two looks while Azure is at work and while it is not: with a reading every
6 s that is what the bucket of a set's own GETs (12 a minute) allows."""
SETTLE_WINDOW = 60.0
"""Run seconds in which what was asked for may take to show."""
PATIENCE = 600.0
"""Run seconds without any reading, after which following is given up."""
_POLL_INTERVAL = 6.0
_ROLLING_ACTIONS = {
    Act.START_OS: RollingUpgradeAction.START_OS,
    Act.START_EXTENSIONS: RollingUpgradeAction.START_EXTENSIONS,
    Act.CANCEL: RollingUpgradeAction.CANCEL,
}
_RESULT_MESSAGES = {
    Act.START_OS: "Azure's rolling upgrade of the OS is asked for",
    Act.START_EXTENSIONS: "Azure's rolling upgrade of extensions is asked for",
    Act.CANCEL: "Azure's rolling upgrade is told to end",
    Act.SUSPEND_REPAIRS: "automatic repairs are suspended",
    Act.RESUME_REPAIRS: "automatic repairs are resumed",
}


@dataclass(frozen=True, slots=True)
class MaintenanceOperation:
    """What Azure took."""

    prospect: Prospect
    message: str
    operation_url: str | None = None
    previous: RollingUpgrade | None = None
    """Azure's latest rolling upgrade right before it was asked."""


class MaintenanceControl:
    """One session's hand on what Azure does by itself. Every method blocks."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock, self._log = gateway, clock, log
        self._permission = permission

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """Azure's latest rolling upgrade; None where none ever ran."""
        return self._gateway.read_rolling_upgrade(scale_set)

    def read_upgrade_history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """Upgrades of the OS, newest first."""
        return self._gateway.maintenance.read_upgrade_history(scale_set)

    def read_repairs(self, scale_set: ScaleSet) -> RepairsService:
        """How the service stands; unknown where Azure tells it nowhere (Flexible, or off)."""
        if scale_set.orchestration is Orchestration.FLEXIBLE or not scale_set.automatic_repairs:
            return RepairsService()
        return self._gateway.maintenance.read_repairs(scale_set.id)

    def seconds_until_read(self, latest: RollingUpgrade | None, *, operation_open: bool) -> float:
        """Real seconds until it makes sense to look again; `moving`: something is under way."""
        active = latest is not None and latest.active is not False
        return (ACTIVE_INTERVAL if active or operation_open else IDLE_INTERVAL) / (self._clock.rate() or 1.0)

    def preview(self, scale_set: ScaleSetId, act: Act) -> Prospect:
        """What `act` would do; raises `RunRefused` where it may not be, `NoPlan` where it makes
        no sense, or a `GatewayError`."""
        if reason := self._permission.refusal_reason(scale_set):
            raise RunRefused(reason)
        model = self._gateway.read_model(scale_set)
        self._permission.record_owner(model)
        context = self._read_context(model, act)
        if act is Act.START_OS:
            with suppress(GatewayError):  # it is said where it is known, and needed nowhere
                found, image = context.scale_set, context.scale_set.image
                newest = self._gateway.catalogue.list_versions(found, image, ignore_progress).newest
                context = Standing(found, context.latest, newest=newest)
        return prospect(act, context)

    def begin(self, preview: Prospect) -> MaintenanceOperation:
        """Looks again, records and sends once what was agreed to.

        Raises as `prospect` does, or `JournalFailed`; after each of them nothing has happened,
        except `Unknown`, after which nothing of it could be seen either.
        """
        act, scale_set = preview.act, preview.standing.scale_set
        self._permission.check(scale_set.id)
        before = self._read_context(scale_set, act)
        asked = OperationRecord(
            at=timestamp(self._clock.wall()),
            scale_set=scale_set.id.resource_id,
            request_id=str(uuid4()),
            by=current_operator(),
            verb=act,
            az=(preview.az,),
        )
        self._log.write(asked)
        try:
            accepted = self._send(scale_set.id, act, asked.request_id)
        except Unknown as error:
            self._answered(asked, "unknown", error.message)
            if not self._wait_for_effect(act, before):
                raise
            self._answered(asked, "seen")
            words = f"the answer was lost, but it shows: {_RESULT_MESSAGES[act]}"
            return MaintenanceOperation(preview, words, previous=before.latest)
        except GatewayError as error:
            self._answered(asked, "refused", error.message)
            raise
        self._answered(asked, "accepted", accepted=accepted)
        return MaintenanceOperation(preview, _RESULT_MESSAGES[act], accepted.operation, before.latest)

    def follow(
        self,
        scale_set: ScaleSetId,
        report: Callable[[RollingUpgrade], None],
        operation: MaintenanceOperation | None = None,
        stop: threading.Event | None = None,
    ) -> RollingUpgrade | None:
        """Waits until Azure's rolling upgrade is over and returns it, telling each look.

        The one that `begun` started, else the latest; None where there is none to wait for, or
        `wake` was set first. Raises `ObservationLost`, or a `GatewayError` that does not pass.
        """
        stop = stop or threading.Event()
        previous = operation.previous if operation and operation.prospect.act.starts else None
        started_at = read_at = self._clock.run()
        while True:
            try:
                latest = self._gateway.read_rolling_upgrade(scale_set)
                read_at = self._clock.run()
            except TRANSIENT_READ_ERRORS as error:
                if self._clock.run() - read_at > PATIENCE:
                    raise ObservationLost(f"{error.message} (Azure goes on by itself)") from error
                latest = None
            else:
                if operation is None and latest is None:
                    return None
                if latest is not None and not (operation and is_same_upgrade(latest, previous)):
                    report(latest)
                    if latest.active is False:
                        return latest
                elif self._clock.run() - started_at > SETTLE_WINDOW:
                    self._raise_missing(operation)
            if self._clock.wait(stop, _POLL_INTERVAL):
                return None

    def _read_context(self, scale_set: ScaleSet, act: Act) -> Standing:
        """Reads what stands against it, and raises where something does."""
        if act.repairs:
            context = Standing(scale_set, service=self.read_repairs(scale_set))
        else:
            context = Standing(scale_set, self._gateway.read_rolling_upgrade(scale_set.id))
        if reason := refusal(act, context):
            is_running = act.starts and context.latest is not None and context.latest.active
            raise RunRefused(reason) if is_running else PlanError(reason)
        return context

    def _send(self, scale_set: ScaleSetId, act: Act, request_id: str) -> Accepted:
        if not act.repairs:
            return self._gateway.maintenance.request_rolling_upgrade(scale_set, _ROLLING_ACTIONS[act], request_id)
        on = act is Act.RESUME_REPAIRS
        return self._gateway.maintenance.set_repairs(scale_set, on=on, client_request_id=request_id)

    def _wait_for_effect(self, act: Act, before: Standing) -> bool:
        """Looks for what was asked, for as long as it may take to show."""
        never = threading.Event()
        deadline = self._clock.run() + SETTLE_WINDOW
        while True:
            with suppress(*TRANSIENT_READ_ERRORS):
                if self._has_effect(act, before):
                    return True
            if self._clock.run() >= deadline:
                return False
            self._clock.wait(never, _POLL_INTERVAL)

    def _has_effect(self, act: Act, before: Standing) -> bool:
        if act.repairs:
            expected = RepairsState.RUNNING if act is Act.RESUME_REPAIRS else RepairsState.SUSPENDED
            return self.read_repairs(before.scale_set).state is expected
        latest = self._gateway.read_rolling_upgrade(before.scale_set.id)
        if act is Act.CANCEL:
            return latest is not None and latest.active is False
        return latest is not None and not is_same_upgrade(latest, before.latest)

    def _raise_missing(self, operation: MaintenanceOperation | None) -> None:
        """No rolling upgrade shows that could be the one asked for: what became of it?"""
        result = self._gateway.poll(operation.operation_url) if operation and operation.operation_url else None
        if result is None or result.status is OperationStatus.UNKNOWN:
            raise ObservationLost("Azure took it, and no new rolling upgrade shows: look at status")
        if result.status is not OperationStatus.IN_PROGRESS:
            reason = f": {redact(result.message)}" if result.message else ""
            raise ObservationLost(
                f"Azure took it and ended it ({result.status}) without a rolling upgrade{reason}"
            )

    def _answered(
        self, asked: OperationRecord, answer: str, words: str = "", accepted: Accepted | None = None
    ) -> None:
        self._log.write_answer(answer_record(asked, self._clock.wall(), answer, words, accepted))


def is_same_upgrade(upgrade: RollingUpgrade, other: RollingUpgrade | None) -> bool:
    """Is it that rolling upgrade, further on? Azure gives them no name but their beginning."""
    return other is not None and upgrade.started_at == other.started_at
