"""What an operation means, said to a person before it is confirmed. Pure."""

from collections.abc import Iterator

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.operations.plan import OperationPlan


def question(plan: OperationPlan) -> str:
    """`Restart 16 instances of web-rg/web-vmss?`"""
    count = len(plan.instance_ids)
    what = f"{count} instance{'' if count == 1 else 's'} of {plan.scale_set.short}"
    match plan.verb:
        case OperationKind.REIMAGE:
            return f"Reimage the OS disk of {what}?"
        case OperationKind.REIMAGE_ALL:
            return f"Reimage all disks of {what}?"
    head, _, tail = guarded(plan).partition(" from ")
    return f"{head.capitalize()} {what}{f' from {tail}' if tail else ''}?"


def guarded(plan: OperationPlan) -> str:
    """The verb, with what it protects from: `protect from scale-in`."""
    if not plan.verb.changes_protection:
        return plan.verb.label
    if plan.verb is OperationKind.PROTECT:
        return f"protect from {_GUARDED[plan.guard]}"
    return "unprotect" if plan.guard is ProtectionScope.SCALE_IN else "unprotect from set actions"


_GUARDED = {
    ProtectionScope.SCALE_IN: "scale-in",
    ProtectionScope.SET_ACTIONS: "scale-in and set actions",
}


def facts(plan: OperationPlan) -> Iterator[tuple[str, str]]:
    """Label and words: what stays up, what becomes of the capacity, what to beware of."""
    if plan.verb.interrupts_service:
        stay = plan.serving_during
        yield "serving", f"{stay} of {plan.serving} instances in service stay so meanwhile"
    if plan.capacity_after != plan.capacity:
        yield "capacity", f"{plan.capacity} becomes {plan.capacity_after}"
    if plan.verb.changes_protection:
        yield "protection", _PROTECTS[plan.verb, plan.guard]
    for caution in plan.cautions:
        yield "caution", caution


_PROTECTS = {
    (OperationKind.PROTECT, ProtectionScope.SCALE_IN): "scaling in passes them by",
    (OperationKind.PROTECT, ProtectionScope.SET_ACTIONS): (
        "scaling in, and what is asked of the set (upgrade, reimage, deallocate …), pass them by"
    ),
    (OperationKind.UNPROTECT, ProtectionScope.SCALE_IN): "nothing passes them by any more",
    (
        OperationKind.UNPROTECT,
        ProtectionScope.SET_ACTIONS,
    ): "only scaling in may still pass them by",
}
