"""Operations on instances as the scale-set screen follows them: begun, looked after, over.

A thread looks after each with every fresh reading, and sooner than the others' its instances are
read. What is open when the screen is left goes on in the session.
"""

from collections.abc import Collection, Iterable
from functools import partial

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway.failures import Condition
from vmss_tui.operations.describe import guarded
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.runtime.operations.instances import Undertaking
from vmss_tui.runtime.operations.tracker import Undertakings
from vmss_tui.ui.background.messages import OperationStarted, OperationUpdated, SnapshotArrived
from vmss_tui.ui.background.replies import RequestFailed
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.event_log import LogScreen
from vmss_tui.ui.screens.scale_set.run_commands import SteeringScreen
from vmss_tui.ui.widgets.operation_panel import OperationPanel
from vmss_tui.ui.widgets.run_panel import RunPanel


class UndertakingScreen(SteeringScreen):
    """A board that shows what its instances were asked for in this sitting."""

    def __init__(self, scale_set: ScaleSetId) -> None:
        super().__init__(scale_set)
        self.undertakings: tuple[Undertaking, ...] = ()
        """Operations on this set begun in this sitting, oldest first, until they are taken away."""
        self._asked_now = ""
        """What Azure is asked just now, in words."""
        self._looked_after: set[object] = set()
        """Those that a thread looks after just now."""

    def begin_operation(self, plan: OperationPlan) -> None:
        """Asks Azure; what becomes of it is followed from its answer on."""
        sitting = self.session.undertakings
        self._asked_now = guarded(plan)
        self._keep_operations(self.undertakings)
        run_in_thread(self, lambda: OperationStarted(sitting.begin(plan)), RequestFailed)

    def on_mount(self) -> None:
        """Takes up what was begun before; this screen's readings tell of it from now on."""
        self.session.undertakings.hold(self.scale_set)
        self.call_after_refresh(self._take_up)

    def on_unmount(self) -> None:
        """What is still at work is looked after elsewhere."""
        self.session.undertakings.release(self.scale_set)

    def _take_up(self) -> None:
        """Adds those that were begun on another screen, or whose answer came to one."""
        known = {u.key for u in self.undertakings}
        new = [u for u in self.session.undertakings.of(self.scale_set) if u.key not in known]
        if new:
            self._keep_operations((*new, *self.undertakings))

    def on_operation_started(self, message: OperationStarted) -> None:
        """Azure took it, or its answer was lost: it is followed from now on."""
        begun = message.operation
        self._asked_now = ""
        self.board.clear_selection()
        still = (u for u in self.undertakings if not u.progress.over and u.key != begun.key)
        self._keep_operations((*still, begun))
        self.do_refresh()

    def on_request_failed(self, message: RequestFailed) -> None:
        """If it was asked just now, it was refused."""
        self._asked_now = ""
        self._keep_operations(self.undertakings)

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """A fresh reading may show how far they are."""
        view, sitting = message.view, self.session.undertakings
        if view.condition is not Condition.FRESH or view.snapshot is None:
            return
        snapshot = view.snapshot
        self._take_up()
        for undertaking in self.undertakings:
            if undertaking.progress.over or undertaking.key in self._looked_after:
                continue
            self._looked_after.add(undertaking.key)
            look = partial(_look, sitting, undertaking, snapshot)
            run_in_thread(self, look, partial(_as_it_was, undertaking))

    def on_operation_updated(self, message: OperationUpdated) -> None:
        """Further on, or over."""
        newer = message.operation
        self._looked_after.discard(newer.key)
        before = [u for u in self.undertakings if u.key == newer.key]
        if not before or before[0].progress.over:
            return
        self._keep_operations(newer if u.key == newer.key else u for u in self.undertakings)

    def forget_operations(self) -> bool:
        """Takes the lines of those that are over away; False where there are none."""
        left = tuple(u for u in self.undertakings if not u.progress.over)
        gone = len(left) < len(self.undertakings)
        self._keep_operations(left)
        return gone

    def _keep_operations(self, undertakings: Iterable[Undertaking]) -> None:
        before, self.undertakings = self.undertakings, tuple(undertakings)
        kept = {u.key for u in self.undertakings}
        self.session.undertakings.drop(u for u in before if u.key not in kept)
        open_ids = {i for u in self.undertakings for i in u.progress.open_ids}
        self.board.operation_ids = frozenset(open_ids)
        self.attend(open_ids)
        self._operation_panel().show([u.progress for u in self.undertakings], self._asked_now)
        if isinstance(self.app.screen, LogScreen):
            self.app.screen.look_again()
        self.redraw()

    def _operation_panel(self) -> OperationPanel:
        found = list(self.query(OperationPanel))
        if found:
            return found[0]
        panel = OperationPanel(self.session.appearance)
        self.mount(panel, after=self.query_one(RunPanel))
        return panel

    def attend(self, instance_ids: Collection[str]) -> None:
        """These are waited for: their readings come first."""
        raise NotImplementedError

    def do_refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        raise NotImplementedError


def _look(sitting: Undertakings, undertaking: Undertaking, snapshot: Snapshot) -> OperationUpdated:
    return OperationUpdated(sitting.look(undertaking, snapshot))


def _as_it_was(undertaking: Undertaking, _: str) -> OperationUpdated:
    """It could not be looked after just now; the next reading is another chance."""
    return OperationUpdated(undertaking)
