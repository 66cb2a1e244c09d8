"""Texts about a planned operation, for its confirmation. Pure."""

from collections.abc import Iterator

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.text import capitalize_sentence


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
    return "unprotect from set actions"


_SCOPE_TEXTS = {
    ProtectionScope.SCALE_IN: "scale-in",
    ProtectionScope.SET_ACTIONS: "scale-in and set actions",
}


def describe_effects(plan: OperationPlan) -> Iterator[tuple[str, str]]:
    """(label, text) of each effect: availability, capacity, protection, cautions."""
    if plan.kind.interrupts_service:
        remaining = plan.serving_during
        yield "serving", f"{remaining} of {plan.serving} instances in service stay so meanwhile"
    if plan.capacity_after != plan.capacity:
        yield "capacity", f"{plan.capacity} becomes {plan.capacity_after}"
    if plan.kind.changes_protection:
        yield "protection", _PROTECTION_EFFECTS[plan.kind, plan.protection_scope]
    for caution in plan.cautions:
        yield "caution", caution


_PROTECTION_EFFECTS = {
    (OperationKind.PROTECT, ProtectionScope.SCALE_IN): "scaling in passes them by",
    (OperationKind.PROTECT, ProtectionScope.SET_ACTIONS): (
        "scaling in, and what is asked of the set (upgrade, reimage, deallocate …), pass them by"
    ),
    (OperationKind.UNPROTECT, ProtectionScope.SCALE_IN): "nothing passes them by any more",
    (OperationKind.UNPROTECT, ProtectionScope.SET_ACTIONS): (
        "only scaling in may still pass them by"
    ),
}
