"""Azure-managed maintenance: starts or cancels rolling upgrades, suspends or resumes repairs.

Reads the current status, records the request and sends it once; after a lost answer it reads
whether the effect shows. A rolling upgrade is followed by its own status: Azure chooses the
instances, and the heatmap shows them.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec import Struct

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
from vmss_tui.operations.maintenance import MaintenanceAction, MaintenanceState, unavailable_reason
from vmss_tui.operations.maintenance_preview import MaintenancePreview, build_preview
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import ObservationLost, RunRefused
from vmss_tui.runtime.operations.recorded_write import WriteRecorder
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationsLog
from vmss_tui.text import redact
from vmss_tui.upgrade.plan.selection import PlanError

ACTIVE_INTERVAL, IDLE_INTERVAL = 30.0, 120.0
"""Run seconds between two reads of the status while a rolling upgrade is active and while none is:
besides a whole read every 6 s, the budget of a scale set's own GETs (12 a minute) allows that."""
SETTLE_WINDOW = 60.0
"""Run seconds that the effect of an accepted request may take to show."""
PATIENCE = 600.0
"""Run seconds of failed reads after which an operation is not followed any longer."""
_POLL_INTERVAL = 6.0
_ROLLING_ACTIONS = {
    MaintenanceAction.START_OS: RollingUpgradeAction.START_OS,
    MaintenanceAction.START_EXTENSIONS: RollingUpgradeAction.START_EXTENSIONS,
    MaintenanceAction.CANCEL: RollingUpgradeAction.CANCEL,
}
_RESULT_MESSAGES = {
    MaintenanceAction.START_OS: "Azure's rolling OS upgrade is requested",
    MaintenanceAction.START_EXTENSIONS: "Azure's rolling extension upgrade is requested",
    MaintenanceAction.CANCEL: "cancellation of Azure's rolling upgrade is requested",
    MaintenanceAction.SUSPEND_REPAIRS: "automatic repairs are suspended",
    MaintenanceAction.RESUME_REPAIRS: "automatic repairs are resumed",
}


class MaintenanceOperation(Struct, frozen=True):
    """A request that Azure accepted, or whose effect shows."""

    preview: MaintenancePreview
    message: str
    operation_url: str | None = None
    previous: RollingUpgrade | None = None
    """Azure's latest rolling upgrade immediately before the request."""


class MaintenanceControl:
    """Reads and controls Azure-managed maintenance. Every method blocks."""

    def __init__(
        self, gateway: Gateway, clock: Clock, log: OperationsLog, permission: Permission
    ) -> None:
        self._gateway, self._clock = gateway, clock
        self._recorder = WriteRecorder(log, clock)
        self._permission = permission

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """Azure's latest rolling upgrade; None where none ever ran."""
        return self._gateway.read_rolling_upgrade(scale_set)

    def read_upgrade_history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """Upgrades of the OS, newest first."""
        return self._gateway.maintenance.read_upgrade_history(scale_set)

    def read_repairs(self, scale_set: ScaleSet) -> RepairsService:
        """State of the repairs service; unknown where Azure does not report it (Flexible sets, or
        repairs are off)."""
        if scale_set.orchestration is Orchestration.FLEXIBLE or not scale_set.automatic_repairs:
            return RepairsService()
        return self._gateway.maintenance.read_repairs(scale_set.id)

    def seconds_until_read(self, latest: RollingUpgrade | None, *, operation_open: bool) -> float:
        """Real seconds until the next read of the status."""
        active = latest is not None and latest.active is not False
        interval = ACTIVE_INTERVAL if active or operation_open else IDLE_INTERVAL
        return interval / (self._clock.rate() or 1.0)

    def preview(self, scale_set: ScaleSetId, action: MaintenanceAction) -> MaintenancePreview:
        """What the action would do. Raises `RunRefused` where it is not allowed, `PlanError` where
        it has no effect, or a `GatewayError`."""
        if reason := self._permission.refusal_reason(scale_set):
            raise RunRefused(reason)
        model = self._gateway.read_model(scale_set)
        self._permission.record_owner(model)
        context = self._read_context(model, action)
        if action is MaintenanceAction.START_OS:
            with suppress(GatewayError):  # the newest version is for information only
                versions = self._gateway.catalogue.list_versions(
                    model, model.image, ignore_progress
                )
                context = MaintenanceState(
                    model, context.rolling_upgrade, newest_version=versions.newest
                )
        return build_preview(action, context)

    def begin(self, preview: MaintenancePreview) -> MaintenanceOperation:
        """Reads the status again, and sends the confirmed action.

        Raises as `preview` does, or `JournalError`. Nothing has happened after any of them, except
        after `Unknown`: the answer was lost, and no effect showed.
        """
        action, scale_set = preview.action, preview.state.scale_set
        self._permission.prepare_write(scale_set.id)
        context = self._read_context(scale_set, action)
        self._permission.check(scale_set.id)  # a run may have started
        request = self._recorder.make_request(scale_set.id, action, az=(preview.az,))
        message = _RESULT_MESSAGES[action]
        try:
            accepted = self._recorder.recorded_write(
                request,
                lambda: self._send(scale_set.id, action, request.request_id),
                guard=lambda: self._permission.check(scale_set.id),
            )
        except Unknown:
            if not self._wait_for_effect(action, context):
                raise
            self._recorder.record_answer(request, "seen")
            message = f"no response, but it took effect: {message}"
            return MaintenanceOperation(preview, message, previous=context.rolling_upgrade)
        return MaintenanceOperation(preview, message, accepted.operation, context.rolling_upgrade)

    def follow(
        self,
        scale_set: ScaleSetId,
        report: Callable[[RollingUpgrade], None],
        operation: MaintenanceOperation | None = None,
        stop: threading.Event | None = None,
    ) -> RollingUpgrade | None:
        """Waits until Azure's rolling upgrade is over and returns it; reports each status.

        The one that `operation` started, or else the latest; None where there is none, or `stop`
        was set. Raises `ObservationLost`, or a `GatewayError` that is not transient.
        """
        stop = stop or threading.Event()
        previous = (
            operation.previous
            if operation and operation.preview.action.starts_rolling_upgrade
            else None
        )
        started_at = read_at = self._clock.run()
        while True:
            try:
                latest = self._gateway.read_rolling_upgrade(scale_set)
                read_at = self._clock.run()
            except TRANSIENT_READ_ERRORS as error:
                if self._clock.run() - read_at > PATIENCE:
                    raise ObservationLost(f"{error.message} (Azure continues by itself)") from error
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

    def _read_context(self, scale_set: ScaleSet, action: MaintenanceAction) -> MaintenanceState:
        """Reads what decides whether the action is possible, and raises where it is not."""
        if action.concerns_repairs:
            context = MaintenanceState(scale_set, repairs=self.read_repairs(scale_set))
        else:
            context = MaintenanceState(scale_set, self._gateway.read_rolling_upgrade(scale_set.id))
        if reason := unavailable_reason(action, context):
            is_running = (
                action.starts_rolling_upgrade
                and context.rolling_upgrade is not None
                and context.rolling_upgrade.active
            )
            raise RunRefused(reason) if is_running else PlanError(reason)
        return context

    def _send(self, scale_set: ScaleSetId, action: MaintenanceAction, request_id: str) -> Accepted:
        if not action.concerns_repairs:
            return self._gateway.maintenance.request_rolling_upgrade(
                scale_set, _ROLLING_ACTIONS[action], request_id
            )
        return self._gateway.maintenance.set_repairs(
            scale_set, on=action is MaintenanceAction.RESUME_REPAIRS, client_request_id=request_id
        )

    def _wait_for_effect(self, action: MaintenanceAction, context: MaintenanceState) -> bool:
        """Reads until the effect of the action shows, or the settle window is over."""
        never = threading.Event()
        deadline = self._clock.run() + SETTLE_WINDOW
        while True:
            with suppress(*TRANSIENT_READ_ERRORS):
                if self._has_effect(action, context):
                    return True
            if self._clock.run() >= deadline:
                return False
            self._clock.wait(never, _POLL_INTERVAL)

    def _has_effect(self, action: MaintenanceAction, context: MaintenanceState) -> bool:
        if action.concerns_repairs:
            expected = (
                RepairsState.RUNNING
                if action is MaintenanceAction.RESUME_REPAIRS
                else RepairsState.SUSPENDED
            )
            return self.read_repairs(context.scale_set).state is expected
        latest = self._gateway.read_rolling_upgrade(context.scale_set.id)
        if action is MaintenanceAction.CANCEL:
            return latest is not None and latest.active is False
        return latest is not None and not is_same_upgrade(latest, context.rolling_upgrade)

    def _raise_missing(self, operation: MaintenanceOperation | None) -> None:
        """Raises where the requested rolling upgrade does not show and its operation is over."""
        url = operation.operation_url if operation else None
        result = self._gateway.poll(url) if url else None
        if result is None or result.status is OperationStatus.UNKNOWN:
            raise ObservationLost(
                "Azure accepted it, but no new rolling upgrade shows: check `vmss-tui rolling "
                "… status`"
            )
        if result.status is not OperationStatus.IN_PROGRESS:
            reason = f": {redact(result.message)}" if result.message else ""
            raise ObservationLost(
                f"Azure accepted it and ended it ({result.status}) without a rolling "
                f"upgrade{reason}"
            )


def is_same_upgrade(upgrade: RollingUpgrade, other: RollingUpgrade | None) -> bool:
    """Same rolling upgrade, perhaps at another time. Its start is its only identity."""
    return other is not None and upgrade.started_at == other.started_at
