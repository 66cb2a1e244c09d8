"""What became of an operation, as readings of its members show it, told as counts. Pure.

A member is done when its own view is as wanted; the word of Azure's long-running operation
settles nothing, it only says when to stop hoping. Verbs that end where they began (restart,
reimage …) are proved by a change on the way: seen at work, or settled at a later time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from vmss_tui.fleet.instance_operation import TERMINAL_STATUSES, OperationKind, protection_policy
from vmss_tui.fleet.scale_set import Instance, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import OperationPlan, is_busy

SETTLE_WINDOW = 60.0
"""Run seconds in which something must be seen after a lost answer, or after Azure's last word."""
MAX_IDLE = 1800.0
"""Run seconds without any change after which nobody waits any longer."""


class Outcome(StrEnum):
    """Of one member; the words are those of the counts."""

    WAITING = "waiting"
    MOVING = "at work"
    DONE = "done"
    GONE = "gone"
    FAILED = "failed"
    UNSETTLED = "not as wanted"
    """Nobody waits any longer: it shows no sign, or it did not come to an end."""


OPEN_OUTCOMES = (Outcome.WAITING, Outcome.MOVING)


@dataclass(frozen=True, slots=True)
class OperationMember:
    """One instance of an operation, and how it was before."""

    outcome: Outcome = Outcome.WAITING
    message: str = ""
    """Azure's own, where it failed or was refused."""
    settled_at: datetime | None = None
    """When its last operation had settled before this one was sent."""
    was_failed: bool = False
    was_busy: bool = False
    """Another operation was at work on it, so that seeing it at work proves nothing."""


@dataclass(frozen=True)
class Progress:
    """An operation that was sent, as far as it has been seen. Times are run seconds."""

    plan: OperationPlan
    sent_at: float
    members: Mapping[str, OperationMember]
    answered: bool
    """Azure accepted it; False while its answer is lost and nothing was seen of it."""
    status: str = ""
    """The long-running operation's last word; empty where it is not known."""
    status_message: str = ""
    ended_at: float | None = None
    """When that word was found to be the last."""
    moved_at: float = field(default=0.0)
    """When anything was last seen to change."""

    @property
    def over(self) -> bool:
        """Every member is as wanted, or gone, or failed, or given up."""
        return not self.open_ids

    @property
    def open_ids(self) -> tuple[str, ...]:
        """Members that are waited for."""
        return tuple(i for i, member in self.members.items() if member.outcome in OPEN_OUTCOMES)

    def ids(self, *outcomes: Outcome) -> tuple[str, ...]:
        """Members that came to this."""
        return tuple(i for i, member in self.members.items() if member.outcome in outcomes)

    @property
    def went_well(self) -> bool:
        """Every member is as wanted; for a deletion that is to be gone."""
        return len(self.ids(Outcome.DONE)) == len(self.members)

    @property
    def unknown(self) -> bool:
        """Its answer was lost, and nothing was ever seen of it."""
        return self.over and not self.answered


def start_progress(
    plan: OperationPlan, before: Snapshot, now: float, *, answered: bool
) -> Progress:
    """An operation just sent, over the reading that it was sent on."""
    members = {}
    for instance_id in plan.instance_ids:
        instance = before.by_id[instance_id]
        members[instance_id] = OperationMember(
            settled_at=instance.changed_at,
            was_failed=instance.provisioning is ProvisioningState.FAILED,
            was_busy=is_busy(instance),
        )
    return Progress(plan, now, members, answered, moved_at=now)


def update_progress(
    progress: Progress, snapshot: Snapshot, now: float, status: str = "", message: str = ""
) -> Progress:
    """What a newer reading, and Azure's word on the operation, add to it."""
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
            moved_at=now if changed else progress.moved_at,
        ),
        now,
    )


def with_members(progress: Progress, members: Mapping[str, OperationMember]) -> Progress:
    """With what is known of these members by other means than a reading of the set."""
    return replace(progress, members={**progress.members, **members})


def outcome_counts_text(progress: Progress) -> str:
    """`12 of 16 restarted, 3 at work, 1 failed`."""
    done = len(progress.ids(Outcome.DONE))
    texts = [f"{done} of {len(progress.members)} {progress.plan.kind.done_label}"]
    for outcome in Outcome:
        count = len(progress.ids(outcome))
        if count and outcome is not Outcome.DONE:
            texts.append(f"{count} {outcome}")
    return ", ".join(texts)


def failures_by_message(progress: Progress) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Words, and the instances that failed or were given up with them."""
    ids_by_message: dict[str, list[str]] = {}
    for instance_id in progress.ids(Outcome.FAILED, Outcome.UNSETTLED):
        ids_by_message.setdefault(progress.members[instance_id].message, []).append(instance_id)
    return [(message, tuple(ids)) for message, ids in ids_by_message.items()]


def _update_member(
    plan: OperationPlan, member: OperationMember, instance: Instance, message: str
) -> OperationMember:
    """This member, as its newest view shows it."""
    if is_busy(instance):
        return replace(member, outcome=Outcome.MOVING)
    was_moving = member.outcome is Outcome.MOVING
    settled_again = instance.changed_at is not None and instance.changed_at != member.settled_at
    changed = was_moving or settled_again
    if instance.provisioning is ProvisioningState.FAILED:
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
    """Could this change only be seen because Azure took the request?"""
    moving = after.outcome is Outcome.MOVING and before.was_busy
    return after.outcome is not before.outcome and not moving


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
    """Ends the waiting where nothing more is to be hoped for."""
    long_silent = now - progress.moved_at >= MAX_IDLE
    effect_required = progress.plan.kind.changes_protection or not progress.answered
    lost = effect_required and now - progress.sent_at >= SETTLE_WINDOW
    ended = progress.ended_at is not None and now - progress.ended_at >= SETTLE_WINDOW
    if not (long_silent or lost or ended):
        return progress
    members = dict(progress.members)
    for instance_id in progress.open_ids:
        member = members[instance_id]
        if member.outcome is Outcome.MOVING and not long_silent:
            continue  # still seen at work: its end is worth waiting for
        message = _give_up_message(progress, member.outcome)
        members[instance_id] = replace(member, outcome=Outcome.UNSETTLED, message=message)
    return replace(progress, members=members)


def _give_up_message(progress: Progress, outcome: Outcome) -> str:
    if outcome is Outcome.MOVING:
        return "still at work, and nothing has changed for half an hour"
    if not progress.answered:
        return "Azure's answer was lost, and nothing is seen of it: it was not sent again"
    if progress.status_message:
        return progress.status_message
    if progress.status:
        return f"Azure says {progress.status}, and nothing is seen of it"
    return "nothing is seen of it"
