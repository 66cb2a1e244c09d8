"""Applies events to the members of a run. Part of `fold`."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Member, Run, Stage


def apply_instance_event(run: Run, event: ev.AnyEvent) -> Run:
    """The run with its members changed by `event`; unchanged for any other event."""
    match event:
        case ev.InstancesProvisioned(instance_ids=ids):
            return move_to_stage(run, ids, Stage.PROVISIONED)
        case ev.InstancesRelapsed(instance_ids=ids):
            return move_to_stage(run, ids, Stage.REQUESTED)
        case ev.InstancesMissing(instance_ids=ids):
            return update_members(run, ids, lambda m: replace(m, missing_since=run.t))
        case ev.InstancesReappeared(instance_ids=ids):
            return update_members(run, ids, lambda m: replace(m, missing_since=None))
        case ev.InstancesInProgress(instance_ids=ids):
            return update_members(run, ids, lambda m: replace(m, seen_in_progress=True))
        case ev.InstancesReady(instance_ids=ids):
            return move_to_stage(run, ids, Stage.READY)
        case ev.InstancesUpgraded(instance_ids=ids):
            return move_to_stage(run, ids, Stage.UPGRADED)
        case ev.InstancesFailed(instance_ids=ids, message=message):
            return move_to_stage(run, ids, Stage.FAILED, message)
        case ev.InstancesGone(instance_ids=ids):
            return move_to_stage(run, ids, Stage.GONE)
        case ev.InstancesSkipped(instance_ids=ids, message=message):
            return move_to_stage(run, ids, Stage.SKIPPED, message)
        case ev.InstancesReopened(instance_ids=ids):
            return move_to_stage(run, ids, Stage.WAITING)
    return run


def move_to_stage(
    run: Run, ids: Iterable[str], stage: Stage, message: str = "", *, requested: bool = False
) -> Run:
    """Moves these members to `stage`; `requested` where a request for them is about to be sent."""
    return update_members(
        run,
        ids,
        lambda member: replace(
            member,
            stage=stage,
            since=run.t,
            missing_since=None,
            seen_in_progress=member.seen_in_progress and not requested,
            had_failed=member.had_failed and not requested,
            message=message,
            attempts=member.attempts + requested,
            requested_at=run.t if requested else member.requested_at,
            unanswered=member.unanswered or requested,
            recovered=member.recovered and not requested,
        ),
    )


def update_members(run: Run, ids: Iterable[str], change: Callable[[Member], Member]) -> Run:
    """Changes these members; ids outside the plan are ignored, because a journal is untrusted."""
    members = dict(run.members)
    for instance_id in ids:
        if instance_id in members:
            members[instance_id] = change(members[instance_id])
    return replace(run, members=members)


def members_after_gap(run: Run) -> dict[str, Member]:
    """The members after a time without observation: continuous health and continuous absence
    start again."""
    return {
        i: replace(m, stage=Stage.PROVISIONED, since=run.t, missing_since=None)
        if m.stage is Stage.READY
        else replace(m, missing_since=None)
        for i, m in run.members.items()
    }
