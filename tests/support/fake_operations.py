"""Instance operations and maintenance that Azure accepts at once, or refuses as a test says."""

import threading
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tests.support.fake_queries import World
from tests.support.fleets import NEWEST
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RepairsState, RollingUpgrade
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Unreachable
from vmss_tui.operations.maintenance import MaintenanceAction, unavailable_reason
from vmss_tui.operations.maintenance import MaintenanceState as UpkeepStanding
from vmss_tui.operations.maintenance_preview import MaintenancePreview, build_preview
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Progress, start_progress, update_progress
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.instances import InstanceOperation, InstanceOperations
from vmss_tui.runtime.operations.maintenance import MaintenanceControl, MaintenanceOperation
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog


class FakeMaintenance(MaintenanceControl):
    """Azure-managed maintenance in the state that the test has set; actions are recorded."""

    def __init__(self, permission: Permission, scale_set: Callable[[], ScaleSet]) -> None:
        self._permission, self._scale_set = permission, scale_set
        self.rolling_upgrade: RollingUpgrade | None = None
        self.error = ""
        self.history: Sequence[OsUpgrade] = ()
        self.service = RepairsService(state=RepairsState.RUNNING, raw_state="Running")
        self.read_count = 0
        self.actions: list[MaintenanceAction] = []

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """The rolling upgrade, or the error, that the test has set."""
        self.read_count += 1
        if self.error:
            raise Unreachable(self.error)
        return self.rolling_upgrade

    def read_upgrade_history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """The history that the test has set."""
        return self.history

    def read_repairs(self, scale_set: ScaleSet) -> RepairsService:
        """The state that the test has set."""
        return self.service

    def seconds_until_read(self, latest: RollingUpgrade | None, *, operation_open: bool) -> float:
        """Longer than any test takes."""
        return 3600.0

    def preview(self, scale_set: ScaleSetId, action: MaintenanceAction) -> MaintenancePreview:
        """The real preview of the state that the test has set."""
        state = UpkeepStanding(self._scale_set(), self.rolling_upgrade, self.service, NEWEST)
        if reason := self._permission.refusal_reason(scale_set) or unavailable_reason(
            action, state
        ):
            raise RunRefused(reason)
        return build_preview(action, state)

    def begin(self, preview: MaintenancePreview) -> MaintenanceOperation:
        """Records the action as accepted."""
        self._permission.check(preview.scale_set)
        self.actions.append(preview.action)
        return MaintenanceOperation(preview, f"{preview.action} is taken")


class FakeInstanceOperations(InstanceOperations):
    """Accepts every operation at once, or raises the error that the test has set."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.plans: list[OperationPlan] = []
        self.error: Exception | None = None
        self.reply_arrives = True
        self.clock = 0.0
        self.was_followed = threading.Event()
        self.abandon_reasons: list[str] = []

    def begin(self, plan: OperationPlan) -> InstanceOperation:
        """Records the plan."""
        if self.error is not None:
            raise self.error
        self.plans.append(plan)
        progress = start_progress(
            plan, self._world.snapshot, self.clock, answered=self.reply_arrives
        )
        return InstanceOperation(progress, f"request-{len(self.plans)}")

    def update(self, operation: InstanceOperation, snapshot: Snapshot) -> InstanceOperation:
        """Progress as the snapshot shows it."""
        return replace(
            operation, progress=update_progress(operation.progress, snapshot, self.clock)
        )

    def follow(
        self,
        operation: InstanceOperation,
        report: Callable[[Progress], None],
        stop: threading.Event | None = None,
        update: Callable[[InstanceOperation, Snapshot], InstanceOperation] | None = None,
    ) -> InstanceOperation:
        """Observes the operation once, as the thread of a closed screen does."""
        updated = (update or self.update)(operation, self._world.snapshot)
        self.was_followed.set()
        return updated

    def record_abandoned(self, operation: InstanceOperation, reason: str) -> None:
        """Records the reason."""
        self.abandon_reasons.append(reason)


class FakeOperationsLog(OperationsLog):
    """Writes outside runs that the test has set."""

    def __init__(self) -> None:
        self.records: Sequence[OperationRecord] = ()

    def read(self) -> list[OperationRecord]:
        """The records that the test has set."""
        return list(self.records)
