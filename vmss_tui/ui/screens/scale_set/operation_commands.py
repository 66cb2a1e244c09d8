"""The commands of the scale-set screen that ask instances for something besides an upgrade.

Each chooses a scope first, shows what it means and asks; `undertaking` follows it.
"""

from collections.abc import Callable
from functools import partial

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.operations.describe import guarded, question
from vmss_tui.operations.plan import OperationPlan, plan_operation
from vmss_tui.ui.dialogs.choice import ChoiceScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.instances.scopes import OperationScope, operation_scopes
from vmss_tui.ui.screens.scale_set.operation_tracker import UndertakingScreen
from vmss_tui.ui.screens.scale_set.run_commands import sentence
from vmss_tui.ui.text.common import OLD, cautioned
from vmss_tui.ui.text.operation import operation_words
from vmss_tui.upgrade.plan.selection import NoPlan, Selection

_GUARDS = (
    (
        "i",
        "protect from scale-in: scaling in passes them by",
        (OperationKind.PROTECT, ProtectionScope.SCALE_IN),
    ),
    (
        "a",
        "protect from scale-in and set actions: upgrades, reimages … pass them by, too",
        (OperationKind.PROTECT, ProtectionScope.SET_ACTIONS),
    ),
    (
        "t",
        "take the protection from set actions off, keep the other",
        (OperationKind.UNPROTECT, ProtectionScope.SET_ACTIONS),
    ),
    ("u", "take every protection off", (OperationKind.UNPROTECT, ProtectionScope.SCALE_IN)),
)


class OperatingScreen(UndertakingScreen):
    """A board whose instances can be asked for something."""

    def do_start(self) -> None:
        """Brings stopped and deallocated instances up."""
        self._choose_for(OperationKind.START)

    def do_restart(self) -> None:
        """Boots them anew."""
        self._choose_for(OperationKind.RESTART)

    def do_power_off(self) -> None:
        """Stops them, hosts kept."""
        self._choose_for(OperationKind.POWER_OFF)

    def do_deallocate(self) -> None:
        """Stops them and gives their hosts back."""
        self._choose_for(OperationKind.DEALLOCATE)

    def do_redeploy(self) -> None:
        """Moves them to other hosts."""
        self._choose_for(OperationKind.REDEPLOY)

    def do_reimage(self) -> None:
        """Renews their OS disks."""
        self._choose_for(OperationKind.REIMAGE)

    def do_reimage_all(self) -> None:
        """Renews all of their disks."""
        self._choose_for(OperationKind.REIMAGE_ALL)

    def do_delete(self) -> None:
        """Deletes them."""
        self._choose_for(OperationKind.DELETE)

    def do_unprotect(self) -> None:
        """Takes every protection off."""
        self._choose_for(OperationKind.UNPROTECT)

    def do_protect(self) -> None:
        """Asks who, then from what."""

        def guard(scope: OperationScope | None) -> None:
            if scope is None:
                return
            title = f"Protection of {scope.text}"
            self.put_up(ChoiceScreen(title, _GUARDS), partial(decided, scope))

        def decided(scope: OperationScope, chosen: tuple[OperationKind, ProtectionScope] | None) -> None:
            if chosen is not None:
                self._plan_operation(scope, *chosen)

        self._choose_scope("Protect, or unprotect, which?", guard)

    # From the scope to the answer

    def _choose_for(self, verb: OperationKind) -> None:
        def chosen(scope: OperationScope | None) -> None:
            if scope is not None:
                self._plan_operation(scope, verb, ProtectionScope.SCALE_IN)

        self._choose_scope(f"{sentence(verb.label)} of which?" if " " in verb.label
                    else f"{sentence(verb.label)} which?", chosen)  # fmt: skip

    def _choose_scope(self, title: str, chosen: Callable[[OperationScope | None], None]) -> None:
        lines = [(scope.key, scope.text, scope) for scope in operation_scopes(self.board)]
        self.put_up(ChoiceScreen(title, lines), chosen)

    def _plan_operation(self, scope: OperationScope, verb: OperationKind, guard: ProtectionScope) -> None:
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
        cockpit = self.session.services
        name = cockpit.names.name_of(plan.scale_set.subscription_id)
        age = self.age()
        body = operation_words(plan, cockpit.context, name)
        body = cautioned(body, self.board.hidden_text(plan.instance_ids), age and f"{OLD} ({age})")
        verb = f"{guarded(plan).partition(' from ')[0]} {len(plan.instance_ids)}"
        asked = Question(question(plan), body, verb, plan.scale_set.name if plan.careful else None)

        def answered(yes: bool | None) -> None:
            if yes:
                self.begin_operation(plan)
            else:
                self.say("Nothing was sent")

        self.put_up(ConfirmScreen(asked), answered)
