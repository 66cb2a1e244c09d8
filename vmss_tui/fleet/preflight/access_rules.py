"""State of the set, rights of the principal, and the purchase plan of a marketplace image.

Sources: "Understand Azure role definitions", "Permissions - List For Resource Group", "Marketplace
Agreements - Get"; recorded in `flow-marketplace-terms-accept`.
"""

from collections.abc import Iterable, Iterator

from vmss_tui.fleet.preflight.facts import Fact, Grant, ImageTraits
from vmss_tui.fleet.preflight.result import Check, FindingLevel, PreflightFinding
from vmss_tui.fleet.preflight.subject import Subject
from vmss_tui.fleet.states import ProvisioningState


def check_state(subject: Subject) -> Iterator[PreflightFinding]:
    """A set that is deleted cannot be upgraded; a failed one perhaps, to repair it."""
    state, name = subject.scale_set.provisioning, subject.scale_set.id.short
    if state is ProvisioningState.DELETING:
        message = f"{name} is being deleted: leave it out"
        yield PreflightFinding(Check.STATE, FindingLevel.REFUSAL, message)
    elif state is ProvisioningState.FAILED:
        message = f"{name} has the provisioning state Failed: find out why before upgrading it"
        yield PreflightFinding(Check.STATE, FindingLevel.CAUTION, message)


def check_rights(
    subject: Subject, grants: Fact[tuple[Grant, ...]], principal: str
) -> Iterator[PreflightFinding]:
    """Whether role assignments allow what the run writes. Deny assignments and locks are not in
    Azure's list of permissions."""
    if grants.value is None:
        yield PreflightFinding(Check.RIGHTS, FindingLevel.NOT_KNOWN, grants.problem)
        return
    missing = missing_actions(subject.actions, grants.value)
    if missing:
        who = principal or "the principal that is signed in"
        message = (
            f"{who} has no right to {' and '.join(missing)} on {subject.scale_set.id.short}: the "
            "role Virtual Machine Contributor has it"
        )
        yield PreflightFinding(Check.RIGHTS, FindingLevel.REFUSAL, message, ", ".join(missing))


def missing_actions(actions: Iterable[str], grants: Iterable[Grant]) -> tuple[str, ...]:
    """The actions that no role assignment allows. `notActions` limit their own role only."""
    roles = tuple(grants)
    return tuple(action for action in actions if not any(_allows(role, action) for role in roles))


def _allows(role: Grant, action: str) -> bool:
    return any(matches(pattern, action) for pattern in role.actions) and not any(
        matches(pattern, action) for pattern in role.not_actions
    )


def matches(pattern: str, action: str) -> bool:
    """Whether an action matches a pattern with `*` for any text; in linear time, without case."""
    pattern, action = pattern.lower(), action.lower()
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == action
    *middle, last = rest
    if not action.startswith(first):
        return False
    at = len(first)
    for part in middle:
        place = action.find(part, at)
        if place < 0:
            return False
        at = place + len(part)
    return len(action) - at >= len(last) and action.endswith(last)


def check_terms(
    subject: Subject, traits: Fact[ImageTraits], terms: Fact[bool]
) -> Iterator[PreflightFinding]:
    """Whether the image's purchase plan is that of the set, and its terms are accepted."""
    own = subject.scale_set.purchase_plan
    plan = traits.value.plan if traits.value else ""
    if traits.value is None and own:
        yield _terms(FindingLevel.NOT_KNOWN, traits.problem, own)
    elif plan.lower() != own.lower():
        yield _other_plan(plan, own)
    elif plan and terms.value is None:
        yield _terms(FindingLevel.NOT_KNOWN, terms.problem, plan)
    elif plan and not terms.value:
        publisher, offer, name = [*plan.split("/"), "", ""][:3]
        accept = f"`az vm image terms accept --publisher {publisher} --offer {offer} --plan {name}`"
        message = f"the terms of plan {plan} are not accepted in the subscription: {accept}"
        yield _terms(FindingLevel.REFUSAL, message, plan)


def _other_plan(plan: str, own: str) -> PreflightFinding:
    advice = "a plan cannot be changed afterwards, choose another image"
    if not plan:
        message = f"the scale set has the purchase plan {own}, and the image needs none: Azure may"
        return _terms(FindingLevel.CAUTION, f"{message} refuse it", own)
    has = f"has {own}" if own else "has none"
    message = f"the image needs the purchase plan {plan}, and the scale set {has}: {advice}"
    return _terms(FindingLevel.REFUSAL, message, plan)


def _terms(level: FindingLevel, message: str, resource: str) -> PreflightFinding:
    return PreflightFinding(Check.TERMS, level, message, resource)
