"""The instance operations of the session on this scale set: sent, observed with every reading.

A thread observes each open operation with every fresh snapshot. Operations that are still open
when the screen is closed are observed by the session.
"""

from collections.abc import Iterable
from functools import partial

from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.failures import Condition
from vmss_tui.operations.describe import operation_text
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.runtime.operations.instances import InstanceOperation
from vmss_tui.runtime.operations.tracker import OperationTracker
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.background.messages import OperationStarted, OperationUpdated
from vmss_tui.ui.screens.scale_set.context import Controller, ScaleSetContext


class ScaleSetOperations(Controller):
    """Starts operations on instances and shows their progress."""

    def __init__(self, context: ScaleSetContext) -> None:
        super().__init__(context)
        self._operations: tuple[InstanceOperation, ...] = ()
        """Oldest first; finished ones stay until they are discarded."""
        self._request = ""
        """Description of the operation that is being sent; else empty."""
        self._observed_keys: set[object] = set()
        """Keys of the operations that a thread is observing."""

    def start(self, plan: OperationPlan) -> None:
        """Sends an operation; `operation_started` or `request_failed` follows."""
        tracker = self.context.session.operations
        self._request = operation_text(plan)
        self._show(self._operations)
        self.context.run_in_thread(lambda: OperationStarted(tracker.begin(plan)))

    def mounted(self) -> None:
        """Takes over from the session the operations that are open on the scale set."""
        self.context.session.operations.register_reader(self.context.scale_set)
        self.context.screen.call_after_refresh(self._add_unknown)

    def unmounted(self) -> None:
        """Returns the open operations to the session."""
        self.context.session.operations.unregister_reader(self.context.scale_set)

    def snapshot_arrived(self, latest: LatestView) -> None:
        """Observes the open operations, each in a thread, where the snapshot is fresh."""
        snapshot = latest.snapshot
        if latest.condition is not Condition.FRESH or snapshot is None:
            return
        self._add_unknown()
        tracker = self.context.session.operations
        for operation in self._operations:
            if operation.progress.is_over or operation.key in self._observed_keys:
                continue
            self._observed_keys.add(operation.key)
            observe = partial(_observe, tracker, operation, snapshot)
            self.context.run_in_thread(observe, partial(_unchanged, operation))

    def operation_started(self, message: OperationStarted) -> None:
        """Shows an operation that Azure accepted, or whose reply was lost."""
        started = message.operation
        self._request = ""
        self.context.board.clear_selection()
        others = (
            operation
            for operation in self._operations
            if not operation.progress.is_over and operation.key != started.key
        )
        self._show((*others, started))
        self.context.refresh()

    def operation_updated(self, message: OperationUpdated) -> None:
        """Shows what a thread has observed of an operation."""
        updated = message.operation
        self._observed_keys.discard(updated.key)
        shown = [operation for operation in self._operations if operation.key == updated.key]
        if not shown or shown[0].progress.is_over:
            return
        self._show(
            updated if operation.key == updated.key else operation for operation in self._operations
        )

    def request_failed(self) -> None:
        """Removes the line of an operation that was refused."""
        self._request = ""
        self._show(self._operations)

    def close_panel(self) -> bool:
        """Discards the finished operations; False where there are none."""
        open_operations = [
            operation for operation in self._operations if not operation.progress.is_over
        ]
        any_finished = len(open_operations) < len(self._operations)
        self._show(open_operations)
        return any_finished

    def _add_unknown(self) -> None:
        """Adds operations that another screen started, or whose reply went to another screen."""
        known = {operation.key for operation in self._operations}
        tracked = self.context.session.operations.of_scale_set(self.context.scale_set)
        unknown = [operation for operation in tracked if operation.key not in known]
        if unknown:
            self._show((*unknown, *self._operations))

    def _show(self, operations: Iterable[InstanceOperation]) -> None:
        """Shows these operations; drops all others from the session."""
        previous, self._operations = self._operations, tuple(operations)
        keys = {operation.key for operation in self._operations}
        context = self.context
        context.session.operations.remove(o for o in previous if o.key not in keys)
        open_ids = {i for operation in self._operations for i in operation.progress.open_ids}
        context.board.operation_ids = frozenset(open_ids)
        context.read_first(open_ids)
        progress = [operation.progress for operation in self._operations]
        context.view.operation_panel.show(progress, self._request)
        context.update_event_log()
        context.redraw()


def _observe(
    tracker: OperationTracker, operation: InstanceOperation, snapshot: Snapshot
) -> OperationUpdated:
    return OperationUpdated(tracker.update(operation, snapshot))


def _unchanged(operation: InstanceOperation, _error: str) -> OperationUpdated:
    """The observation failed; the next snapshot is observed again."""
    return OperationUpdated(operation)
