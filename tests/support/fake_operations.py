"""Instance operations and maintenance that Azure accepts at once, or refuses as a test says."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.support.fake_queries import World
from tests.support.fleets import NEWEST
from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService, RepairsState, RollingUpgrade
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Unreachable
from vmss_tui.operations.maintenance import MaintenanceAction, unavailable_reason
from vmss_tui.operations.maintenance_preview import build_preview
from vmss_tui.operations.maintenance_preview import MaintenancePreview
from vmss_tui.operations.maintenance import MaintenanceState as UpkeepStanding
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Progress, update_progress, start_progress
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.operations.instances import InstanceOperation, InstanceOperations
from vmss_tui.runtime.operations.maintenance import MaintenanceControl, MaintenanceOperation
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.storage.operations_log import OperationRecord, OperationsLog


class FakeMaintenance(MaintenanceControl):
    """Azure's own upkeep as the test sets it; acts are recorded."""

    def __init__(self, permission: Permission, scale_set: Callable[[], ScaleSet]) -> None:
        self._permission, self._now = permission, scale_set
        self.rolling: RollingUpgrade | None = None
        self.unreadable = ""
        self.entries: Sequence[OsUpgrade] = ()
        self.service = RepairsService(state=RepairsState.RUNNING, raw_state="Running")
        self.looks = 0
        self.begun: list[MaintenanceAction] = []

    def read_rolling_upgrade(self, scale_set: ScaleSetId) -> RollingUpgrade | None:
        """As set."""
        self.looks += 1
        if self.unreadable:
            raise Unreachable(self.unreadable)
        return self.rolling

    def read_upgrade_history(self, scale_set: ScaleSetId) -> Sequence[OsUpgrade]:
        """As set."""
        return self.entries

    def read_repairs(self, scale_set: ScaleSet) -> RepairsService:
        """As set."""
        return self.service

    def seconds_until_read(self, latest: RollingUpgrade | None, *, operation_open: bool) -> float:
        """Later than any test waits."""
        return 3600.0

    def preview(self, scale_set: ScaleSetId, act: MaintenanceAction) -> MaintenancePreview:
        """The real words."""
        standing = UpkeepStanding(self._now(), self.rolling, self.service, NEWEST)
        if words := self._permission.refusal_reason(scale_set) or unavailable_reason(act, standing):
            raise RunRefused(words)
        return build_preview(act, standing)

    def begin(self, wanted: MaintenancePreview) -> MaintenanceOperation:
        """Azure takes it."""
        self._permission.check(wanted.scale_set)
        self.begun.append(wanted.action)
        return MaintenanceOperation(wanted, f"{wanted.action} is taken")


class FakeInstanceOperations(InstanceOperations):
    """Azure takes everything at once, or says what it was told to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.begun: list[OperationPlan] = []
        self.raises: Exception | None = None
        self.answered = True
        self.now = 0.0
        self.followed = threading.Event()
        self.leavings: list[str] = []

    def begin(self, plan: OperationPlan) -> InstanceOperation:
        """Records it."""
        if self.raises is not None:
            raise self.raises
        self.begun.append(plan)
        progress = start_progress(plan, self._world.snapshot, self.now, answered=self.answered)
        return InstanceOperation(progress, f"request-{len(self.begun)}")

    def update(self, undertaking: InstanceOperation, snapshot: Snapshot) -> InstanceOperation:
        """As the snapshot shows it."""
        return replace(undertaking, progress=update_progress(undertaking.progress, snapshot, self.now))

    def follow(
        self,
        undertaking: InstanceOperation,
        tell: Callable[[Progress], None],
        stop: threading.Event | None = None,
        look: Callable[[InstanceOperation, Snapshot], InstanceOperation] | None = None,
    ) -> InstanceOperation:
        """Looks once, as a thread does that nobody waits for."""
        found = (look or self.update)(undertaking, self._world.snapshot)
        self.followed.set()
        return found

    def record_abandoned(self, undertaking: InstanceOperation, why: str) -> None:
        """Records it."""
        self.leavings.append(why)


class FakeOperationsLog(OperationsLog):
    """Writes beside runs, as the test sets them."""

    def __init__(self) -> None:
        self.recorded: Sequence[OperationRecord] = ()

    def read(self) -> list[OperationRecord]:
        """As set."""
        return list(self.recorded)
