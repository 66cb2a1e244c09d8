"""The content of an operation's confirmation, which screen and command line render. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.text import capitalize_sentence
from vmss_tui.upgrade.report.az_commands import operation_commands
from vmss_tui.upgrade.report.rows import AnyRow, InstanceRow, TextRow, left_out_rows


class OperationPresentation(Struct, frozen=True):
    """Everything that the operator confirms, apart from the connection to Azure."""

    instances: InstanceRow
    """The operation, and the instances of its request."""
    left_out: tuple[InstanceRow, ...]
    effects: tuple[TextRow, ...]
    commands: tuple[str, ...]
    """The equivalent `az` commands, one for each instance or one for all."""

    @property
    def rows(self) -> tuple[AnyRow, ...]:
        """All rows, in order."""
        return (self.instances, *self.left_out, *self.effects)


def present_operation(plan: OperationPlan) -> OperationPresentation:
    """The presentation of a planned operation."""
    return OperationPresentation(
        instances=InstanceRow(operation_text(plan), plan.instance_ids),
        left_out=left_out_rows(plan.omitted),
        effects=tuple(_effects(plan)),
        commands=operation_commands(
            plan.scale_set, plan.kind, plan.protection_scope, plan.instance_ids
        ),
    )


def question_text(plan: OperationPlan) -> str:
    """`Restart 16 instances of web-rg/web-vmss?`"""
    count = pluralize(len(plan.instance_ids), "instance", "instances")
    target = f"{count} of {plan.scale_set.short}"
    match plan.kind:
        case OperationKind.REIMAGE:
            return f"Reimage the OS disk of {target}?"
        case OperationKind.REIMAGE_ALL:
            return f"Reimage all disks of {target}?"
    head, _, tail = operation_text(plan).partition(" from ")
    return f"{capitalize_sentence(head)} {target}{f' from {tail}' if tail else ''}?"


def operation_text(plan: OperationPlan) -> str:
    """The operation, with the scope of a protection: `protect from scale-in`."""
    if not plan.kind.changes_protection:
        return plan.kind.label
    if plan.kind is OperationKind.PROTECT:
        return f"protect from {_SCOPE_TEXTS[plan.protection_scope]}"
    if plan.protection_scope is ProtectionScope.SCALE_IN:
        return "unprotect"
    return "unprotect from scale set actions"


_SCOPE_TEXTS = {
    ProtectionScope.SCALE_IN: "scale-in",
    ProtectionScope.SET_ACTIONS: "scale-in and scale set actions",
}


def _effects(plan: OperationPlan) -> Iterator[TextRow]:
    if plan.kind.interrupts_service:
        remaining = plan.serving_during
        yield TextRow("available", f"{remaining} of {plan.serving} instances")
    if plan.capacity_after != plan.capacity:
        yield TextRow("capacity", f"{plan.capacity} → {plan.capacity_after}")
    if plan.kind.changes_protection:
        yield TextRow("protection", _PROTECTION_EFFECTS[plan.kind, plan.protection_scope])
    for caution in plan.cautions:
        yield TextRow("caution", caution, is_caution=True)


_PROTECTION_EFFECTS = {
    (OperationKind.PROTECT, ProtectionScope.SCALE_IN): "excluded, not removed by scale-in",
    (OperationKind.PROTECT, ProtectionScope.SET_ACTIONS): (
        "excluded from scale-in and from scale set actions (upgrade, reimage, deallocate …)"
    ),
    (OperationKind.UNPROTECT, ProtectionScope.SCALE_IN): "no longer excluded from anything",
    (OperationKind.UNPROTECT, ProtectionScope.SET_ACTIONS): (
        "still excluded from scale-in where protected from it"
    ),
}
