"""The progress of an operation that was sent, from readings of its instances. Pure.

An instance is done when its own view shows the target state; the status of Azure's long-running
operation only ends the waiting. Operations that restore the power state (restart, reimage …) need
a change in between: the instance in progress, or a later time of its last operation.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from vmss_tui.fleet.instance_operation import TERMINAL_STATUSES, OperationKind, protection_policy
from vmss_tui.fleet.phrases import Term
from vmss_tui.fleet.scale_set import Instance, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import OperationPlan, is_busy

SETTLE_WINDOW = 60.0
"""Run seconds within which an effect must show after a lost reply or the end of the operation."""
MAX_IDLE = 1800.0
"""Run seconds without any change after which the waiting ends."""


class Outcome(StrEnum):
    """The outcome for one instance; the value is written as JSON."""

    WAITING = "waiting"
    IN_PROGRESS = "at work"
    DONE = "done"
    GONE = "gone"
    FAILED = "failed"
    UNSETTLED = "not as wanted"
    """The waiting has ended without an effect, or while the operation was in progress."""

    @property
    def label(self) -> str:
        """The outcome for a person."""
        return _OUTCOME_LABELS.get(self, self.value)


_OUTCOME_LABELS = {
    Outcome.IN_PROGRESS: "in progress",
    Outcome.GONE: Term.DELETED,
    Outcome.UNSETTLED: "without result",
}


OPEN_OUTCOMES = (Outcome.WAITING, Outcome.IN_PROGRESS)


class OperationMember(Struct, frozen=True):
    """One instance of an operation, and its state before."""

    outcome: Outcome = Outcome.WAITING
    message: str = ""
    """Azure's message, where the instance failed or was refused."""
    settled_at: datetime | None = None
    """When its last operation had ended, before this one was sent."""
    was_failed: bool = False
    was_busy: bool = False
    """Another operation was in progress, so that an instance in progress proves nothing."""
    is_untouched: bool = False
    """Certainly not changed: no request was sent for it, or Azure refused the request."""


class Progress(Struct, frozen=True):
    """An operation that was sent, and the outcomes so far. Times are run seconds."""

    plan: OperationPlan
    sent_at: float
    members: Mapping[str, OperationMember]
    answered: bool
    """Azure accepted it; False while its reply is lost and no effect was seen."""
    status: str = ""
    """The last status of the long-running operation; empty where it is not known."""
    status_message: str = ""
    ended_at: float | None = None
    """When a terminal status was read."""
    changed_at: float = field(default=0.0)
    """When an outcome last changed."""

    @property
    def is_over(self) -> bool:
        """Whether every instance has a final outcome."""
        return not self.open_ids

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The instances without a final outcome."""
        return tuple(i for i, member in self.members.items() if member.outcome in OPEN_OUTCOMES)

    def ids(self, *outcomes: Outcome) -> tuple[str, ...]:
        """The instances with any of these outcomes."""
        return tuple(i for i, member in self.members.items() if member.outcome in outcomes)

    @property
    def succeeded(self) -> bool:
        """Whether every instance is in the target state (gone, for a deletion)."""
        return len(self.ids(Outcome.DONE)) == len(self.members)

    @property
    def is_untouched(self) -> bool:
        """Whether no instance was changed."""
        return all(member.is_untouched for member in self.members.values())

    @property
    def is_unknown(self) -> bool:
        """Whether it is over, its reply was lost, and no effect was seen."""
        return self.is_over and not self.answered


def start_progress(
    plan: OperationPlan, before: Snapshot, now: float, *, answered: bool
) -> Progress:
    """The progress of an operation that was just sent, based on the reading before it."""
    members = {}
    for instance_id in plan.instance_ids:
        instance = before.by_id[instance_id]
        members[instance_id] = OperationMember(
            settled_at=instance.changed_at,
            was_failed=instance.provisioning is ProvisioningState.FAILED,
            was_busy=is_busy(instance),
        )
    return Progress(plan, now, members, answered, changed_at=now)


def update_progress(
    progress: Progress, snapshot: Snapshot, now: float, status: str = "", message: str = ""
) -> Progress:
    """The progress after a newer reading, and after a new status of the operation."""
    members = dict(progress.members)
    for instance_id in progress.open_ids:
        instance = snapshot.by_id.get(instance_id)
        if instance is not None:
            members[instance_id] = _update_member(
                progress.plan, members[instance_id], instance, message
            )
        elif snapshot.complete:
            outcome = Outcome.DONE if progress.plan.kind is OperationKind.DELETE else Outcome.GONE
            members[instance_id] = replace(members[instance_id], outcome=outcome)
    changed = members != progress.members
    accepted = any(_proves_acceptance(progress.members[i], members[i]) for i in members)
    ended = progress.ended_at
    if ended is None and status in TERMINAL_STATUSES:
        ended = now
    return _give_up(
        replace(
            progress,
            members=members,
            answered=progress.answered or accepted,
            status=status or progress.status,
            status_message=message or progress.status_message,
            ended_at=ended,
            changed_at=now if changed else progress.changed_at,
        ),
        now,
    )


def with_members(progress: Progress, members: Mapping[str, OperationMember]) -> Progress:
    """The progress with these members replaced, by other means than a reading."""
    return replace(progress, members={**progress.members, **members})


def outcome_counts_text(progress: Progress) -> str:
    """`12 of 16 restarted, 3 in progress, 1 failed`."""
    done = len(progress.ids(Outcome.DONE))
    texts = [f"{done} of {len(progress.members)} {progress.plan.kind.done_label}"]
    for outcome in Outcome:
        count = len(progress.ids(outcome))
        if count and outcome is not Outcome.DONE:
            texts.append(f"{count} {outcome.label}")
    return ", ".join(texts)


def failures_by_message(progress: Progress) -> Iterable[tuple[str, tuple[str, ...]]]:
    """(message, ids) of the instances that failed or did not settle."""
    ids_by_message: dict[str, list[str]] = {}
    for instance_id in progress.ids(Outcome.FAILED, Outcome.UNSETTLED):
        ids_by_message.setdefault(progress.members[instance_id].message, []).append(instance_id)
    return [(message, tuple(ids)) for message, ids in ids_by_message.items()]


def _update_member(
    plan: OperationPlan, member: OperationMember, instance: Instance, message: str
) -> OperationMember:
    """The member after its newest view."""
    if is_busy(instance):
        return replace(member, outcome=Outcome.IN_PROGRESS)
    was_in_progress = member.outcome is Outcome.IN_PROGRESS
    settled_again = instance.changed_at is not None and instance.changed_at != member.settled_at
    changed = was_in_progress or settled_again
    if instance.provisioning is ProvisioningState.FAILED:
        if plan.kind is OperationKind.DELETE and plan.retries_deletions and changed:
            return replace(member, outcome=Outcome.IN_PROGRESS)
        if changed or not member.was_failed:
            text = instance.failure_message or message or "provisioning failed"
            return replace(member, outcome=Outcome.FAILED, message=text)
        return member
    if instance.provisioning is ProvisioningState.SUCCEEDED and _has_reached_target(
        plan, instance, changed
    ):
        return replace(member, outcome=Outcome.DONE)
    return member


def _proves_acceptance(before: OperationMember, after: OperationMember) -> bool:
    """Whether this change is only possible if Azure accepted the request."""
    in_progress_before = after.outcome is Outcome.IN_PROGRESS and before.was_busy
    return after.outcome is not before.outcome and not in_progress_before


def _has_reached_target(plan: OperationPlan, instance: Instance, changed: bool) -> bool:
    kind = plan.kind
    if kind.changes_protection:
        protection = protection_policy(instance)
        return protection == protection.after(kind, plan.protection_scope)
    match kind:
        case OperationKind.START:
            return instance.power is PowerState.RUNNING
        case OperationKind.POWER_OFF:
            return instance.power in (PowerState.STOPPED, PowerState.DEALLOCATED)
        case OperationKind.DEALLOCATE:
            return instance.power is PowerState.DEALLOCATED
        case OperationKind.DELETE:
            return False
    return changed and instance.power is PowerState.RUNNING


def _give_up(progress: Progress, now: float) -> Progress:
    """Ends the waiting for instances whose outcome is unlikely to change."""
    idle_too_long = now - progress.changed_at >= MAX_IDLE
    effect_required = progress.plan.kind.changes_protection or not progress.answered
    lost = effect_required and now - progress.sent_at >= SETTLE_WINDOW
    ended = progress.ended_at is not None and now - progress.ended_at >= SETTLE_WINDOW
    if not (idle_too_long or lost or ended):
        return progress
    members = dict(progress.members)
    for instance_id in progress.open_ids:
        member = members[instance_id]
        if member.outcome is Outcome.IN_PROGRESS and not idle_too_long:
            continue  # still in progress: wait for its end
        message = _give_up_message(progress, member.outcome)
        members[instance_id] = replace(member, outcome=Outcome.UNSETTLED, message=message)
    return replace(progress, members=members)


def _give_up_message(progress: Progress, outcome: Outcome) -> str:
    if outcome is Outcome.IN_PROGRESS:
        return "still in progress, without a change for 30 min"
    if not progress.answered:
        return "no response, and no effect observed: not sent again"
    if progress.status_message:
        return progress.status_message
    if progress.status:
        return f"Azure operation {progress.status}, but no effect observed"
    return "no effect observed"
