"""Commands for instance operations other than upgrades: power, disks, deletion, protection.

Each asks for a scope, then for confirmation of a plan; `operation_tracker` sends and follows it.
"""

from collections.abc import Callable

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.operations.describe import operation_text, question_text
from vmss_tui.operations.plan import OperationPlan, plan_operation
from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.dialogs.confirm import ConfirmScreen, Question
from vmss_tui.ui.instances.scopes import OperationScope, operation_scopes
from vmss_tui.ui.screens.scale_set.context import Controller
from vmss_tui.ui.text.common import OUTDATED_READING, with_cautions
from vmss_tui.ui.text.operation import describe_operation
from vmss_tui.upgrade.plan.selection import PlanError, Selection

Protection = tuple[OperationKind, ProtectionScope]
_PROTECTIONS = (
    (
        "i",
        "protect from scale-in: not removed by scale-in",
        (OperationKind.PROTECT, ProtectionScope.SCALE_IN),
    ),
    (
        "a",
        "protect from scale-in and scale set actions: not upgraded, not reimaged",
        (OperationKind.PROTECT, ProtectionScope.SET_ACTIONS),
    ),
    (
        "t",
        "remove the protection from scale set actions, keep the other",
        (OperationKind.UNPROTECT, ProtectionScope.SET_ACTIONS),
    ),
    ("u", "remove every protection", (OperationKind.UNPROTECT, ProtectionScope.SCALE_IN)),
)
"""Key, text and meaning of the choices of `protect`."""


class OperationCommands(Controller):
    """Operations on the instances of a scope: selection, instance, row, zone, scale set …"""

    def do_start(self) -> None:
        """Starts stopped and deallocated instances."""
        self._choose_and_plan(OperationKind.START)

    def do_restart(self) -> None:
        """Restarts instances."""
        self._choose_and_plan(OperationKind.RESTART)

    def do_power_off(self) -> None:
        """Stops instances; their hosts stay allocated."""
        self._choose_and_plan(OperationKind.POWER_OFF)

    def do_deallocate(self) -> None:
        """Stops instances and releases their hosts."""
        self._choose_and_plan(OperationKind.DEALLOCATE)

    def do_redeploy(self) -> None:
        """Moves instances to other hosts."""
        self._choose_and_plan(OperationKind.REDEPLOY)

    def do_reimage(self) -> None:
        """Replaces OS disks."""
        self._choose_and_plan(OperationKind.REIMAGE)

    def do_reimage_all(self) -> None:
        """Replaces OS and data disks."""
        self._choose_and_plan(OperationKind.REIMAGE_ALL)

    def do_delete(self) -> None:
        """Deletes instances."""
        self._choose_and_plan(OperationKind.DELETE)

    def do_unprotect(self) -> None:
        """Removes every protection."""
        self._choose_and_plan(OperationKind.UNPROTECT)

    def do_protect(self) -> None:
        """Asks for the scope, then for the protection to set or remove."""
        from vmss_tui.ui.dialogs.choice import ChoiceScreen

        def scope_chosen(scope: OperationScope) -> None:
            def protection_chosen(protection: Protection | None) -> None:
                if protection is not None:
                    self._plan(scope, *protection)

            dialog = ChoiceScreen(f"Protection: {scope.text}", _PROTECTIONS)
            self.context.push(dialog, protection_chosen)

        self._choose_scope("Protection: choose scope", scope_chosen)

    # From the scope to the question

    def _choose_and_plan(self, kind: OperationKind) -> None:
        title = f"{capitalize_sentence(kind.label)}: choose scope"
        self._choose_scope(title, lambda scope: self._plan(scope, kind, ProtectionScope.SCALE_IN))

    def _choose_scope(self, title: str, chosen: Callable[[OperationScope], None]) -> None:
        from vmss_tui.ui.dialogs.choice import ChoiceScreen

        scopes = operation_scopes(self.context.board)
        dialog = ChoiceScreen(title, [(scope.key, scope.text, scope) for scope in scopes])
        self.context.push(dialog, lambda scope: chosen(scope) if scope is not None else None)

    def _plan(
        self, scope: OperationScope, kind: OperationKind, protection: ProtectionScope
    ) -> None:
        snapshot = self.context.board.snapshot
        if snapshot is None:
            return
        ids = tuple(i for i in scope.instance_ids if i in snapshot.by_id)
        try:
            plan = plan_operation(snapshot, kind, Selection(instance_ids=ids), protection)
        except PlanError as error:
            self.context.say(capitalize_sentence(str(error)), warning=True)
            return
        if plan.nothing_to_do:
            reasons = "; ".join(sorted({omission.reason.label for omission in plan.omitted}))
            self.context.say(f"Nothing to do: {reasons}")
            return
        self._confirm(plan)

    def _confirm(self, plan: OperationPlan) -> None:
        context, services = self.context, self.context.services
        subscription = services.subscription_names.name_of(plan.scale_set.subscription_id)
        age = context.age_text()
        body = with_cautions(
            describe_operation(plan, services.context, subscription, context.session.appearance),
            context.board.hidden_text(plan.instance_ids),
            age and f"{OUTDATED_READING} ({age})",
        )
        verb = f"{operation_text(plan).partition(' from ')[0]} {len(plan.instance_ids)}"
        name = plan.scale_set.name if plan.is_disruptive else None

        def answered(yes: bool | None) -> None:
            if yes:
                context.start_operation(plan)
            else:
                context.say("Cancelled: nothing was sent")

        question = Question(
            question_text(plan), body, verb, name, plan.kind.destructive,
            instance_ids=plan.instance_ids,
        )  # fmt: skip
        context.push(ConfirmScreen(question), answered)
