"""The commands of the scale-set screen that ask instances for something besides an upgrade.

Each chooses a scope first, shows what it means, asks, and is followed on the heatmap. Every call
that blocks runs in a thread.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.verb import Guard, Verb
from vmss_tui.runtime.operating import Undertaking
from vmss_tui.runtime.undertakings import Undertakings
from vmss_tui.runtime.view import Condition
from vmss_tui.ui.answers import Failed
from vmss_tui.ui.calls import ask
from vmss_tui.ui.messages import OperationArrived, OperationLooked, SnapshotArrived
from vmss_tui.ui.operation_telling import operation_words
from vmss_tui.ui.scopes import Scope, scopes
from vmss_tui.ui.screens.choice import ChoiceScreen
from vmss_tui.ui.screens.confirm import ConfirmScreen, Question
from vmss_tui.ui.screens.log import LogScreen
from vmss_tui.ui.screens.steering import SteeringScreen, sentence
from vmss_tui.ui.widgets.operation_panel import OperationPanel
from vmss_tui.ui.widgets.run_panel import RunPanel
from vmss_tui.upgrade.operation import OperationPlan, plan_operation
from vmss_tui.upgrade.operation_words import guarded, question
from vmss_tui.upgrade.selection import NoPlan, Selection

_GUARDS = (
    ("i", "protect from scale-in: scaling in passes them by", (Verb.PROTECT, Guard.SCALE_IN)),
    (
        "a",
        "protect from scale-in and set actions: upgrades, reimages … pass them by, too",
        (Verb.PROTECT, Guard.SET_ACTIONS),
    ),
    (
        "t",
        "take the protection from set actions off, keep the other",
        (Verb.UNPROTECT, Guard.SET_ACTIONS),
    ),
    ("u", "take every protection off", (Verb.UNPROTECT, Guard.SCALE_IN)),
)


class OperatingScreen(SteeringScreen):
    """A board whose instances can be asked for something."""

    def __init__(self, scale_set: ScaleSetId) -> None:
        super().__init__(scale_set)
        self.undertakings: tuple[Undertaking, ...] = ()
        """Operations on this set begun in this sitting, oldest first, until they are taken away."""
        self._asked_now = ""
        """What Azure is asked just now, in words."""
        self._looked_after: set[object] = set()
        """Those that a thread looks after just now."""

    # Commands

    def do_start(self) -> None:
        """Brings stopped and deallocated instances up."""
        self._choose_for(Verb.START)

    def do_restart(self) -> None:
        """Boots them anew."""
        self._choose_for(Verb.RESTART)

    def do_power_off(self) -> None:
        """Stops them, hosts kept."""
        self._choose_for(Verb.POWER_OFF)

    def do_deallocate(self) -> None:
        """Stops them and gives their hosts back."""
        self._choose_for(Verb.DEALLOCATE)

    def do_redeploy(self) -> None:
        """Moves them to other hosts."""
        self._choose_for(Verb.REDEPLOY)

    def do_reimage(self) -> None:
        """Renews their OS disks."""
        self._choose_for(Verb.REIMAGE)

    def do_reimage_all(self) -> None:
        """Renews all of their disks."""
        self._choose_for(Verb.REIMAGE_ALL)

    def do_delete(self) -> None:
        """Deletes them."""
        self._choose_for(Verb.DELETE)

    def do_unprotect(self) -> None:
        """Takes every protection off."""
        self._choose_for(Verb.UNPROTECT)

    def do_protect(self) -> None:
        """Asks who, then from what."""

        def guard(scope: Scope | None) -> None:
            if scope is None:
                return
            title = f"Protection of {scope.words}"
            self.put_up(ChoiceScreen(title, _GUARDS), partial(decided, scope))

        def decided(scope: Scope, chosen: tuple[Verb, Guard] | None) -> None:
            if chosen is not None:
                self._plan_operation(scope, *chosen)

        self._choose_scope("Protect, or unprotect, which?", guard)

    # From the scope to the answer

    def _choose_for(self, verb: Verb) -> None:
        def chosen(scope: Scope | None) -> None:
            if scope is not None:
                self._plan_operation(scope, verb, Guard.SCALE_IN)

        self._choose_scope(f"{sentence(verb.words)} of which?" if " " in verb.words
                    else f"{sentence(verb.words)} which?", chosen)  # fmt: skip

    def _choose_scope(self, title: str, chosen: Callable[[Scope | None], None]) -> None:
        lines = [(scope.key, scope.words, scope) for scope in scopes(self.board)]
        self.put_up(ChoiceScreen(title, lines), chosen)

    def _plan_operation(self, scope: Scope, verb: Verb, guard: Guard) -> None:
        snapshot = self.board.snapshot
        if snapshot is None:
            return
        ids = tuple(i for i in scope.instance_ids if i in snapshot.by_id)
        try:
            plan = plan_operation(snapshot, verb, Selection(instance_ids=ids), guard)
        except NoPlan as error:
            self.say(sentence(str(error)), warning=True)
            return
        if plan.nothing_to_do:
            reasons = "; ".join(sorted({str(each.why) for each in plan.omitted}))
            self.say(f"Nothing to do: {reasons}")
            return
        self._ask_about(plan)

    def _ask_about(self, plan: OperationPlan) -> None:
        cockpit = self.session.cockpit
        name = cockpit.names.of(plan.scale_set.subscription_id)
        body = operation_words(plan, cockpit.context, name)
        verb = f"{guarded(plan).partition(' from ')[0]} {len(plan.instance_ids)}"
        asked = Question(question(plan), body, verb, plan.scale_set.name if plan.careful else None)

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin_operation(plan)
            else:
                self.say("Nothing was sent")

        self.put_up(ConfirmScreen(asked), answered)

    def _begin_operation(self, plan: OperationPlan) -> None:
        sitting = self.session.undertakings
        self._asked_now = guarded(plan)
        self._keep_operations(self.undertakings)
        ask(self, lambda: OperationArrived(sitting.begin(plan)), Failed)

    # What becomes of it

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

    def on_operation_arrived(self, message: OperationArrived) -> None:
        """Azure took it, or its answer was lost: it is followed from now on."""
        begun = message.undertaking
        self._asked_now = ""
        self.board.clear()
        still = (u for u in self.undertakings if not u.progress.over and u.key != begun.key)
        self._keep_operations((*still, begun))
        self.do_refresh()

    def on_failed(self, message: Failed) -> None:
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
            ask(self, look, partial(_as_it_was, undertaking))

    def on_operation_looked(self, message: OperationLooked) -> None:
        """Further on, or over."""
        newer = message.undertaking
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
        self.board.asked = frozenset(open_ids)
        self.attend(open_ids)
        self._operation_panel().show([u.progress for u in self.undertakings], self._asked_now)
        if isinstance(self.app.screen, LogScreen):
            self.app.screen.look_again()
        self.redraw()

    def _operation_panel(self) -> OperationPanel:
        found = list(self.query(OperationPanel))
        if found:
            return found[0]
        panel = OperationPanel(self.session.look)
        self.mount(panel, after=self.query_one(RunPanel))
        return panel

    def attend(self, instance_ids: Collection[str]) -> None:
        """These are waited for: their readings come first."""
        raise NotImplementedError

    def do_refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        raise NotImplementedError


def _look(sitting: Undertakings, undertaking: Undertaking, snapshot: Snapshot) -> OperationLooked:
    return OperationLooked(sitting.look(undertaking, snapshot))


def _as_it_was(undertaking: Undertaking, _: str) -> OperationLooked:
    """It could not be looked after just now; the next reading is another chance."""
    return OperationLooked(undertaking)
