"""What events mean for the members of a run: the part of `fold` that moves them."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Member, Run, Stage


def sighted(run: Run, event: ev.AnyEvent) -> Run:
    """The run with its members as `event` says they were seen."""
    match event:
        case ev.InstancesProvisioned(instance_ids=ids):
            return staged(run, ids, Stage.PROVISIONED)
        case ev.InstancesRelapsed(instance_ids=ids):
            return staged(run, ids, Stage.ASKED)
        case ev.InstancesMissing(instance_ids=ids):
            return changed(run, ids, lambda m: replace(m, missing_since=run.t))
        case ev.InstancesFound(instance_ids=ids):
            return changed(run, ids, lambda m: replace(m, missing_since=None))
        case ev.InstancesMoving(instance_ids=ids):
            return changed(run, ids, lambda m: replace(m, seen_moving=True))
        case ev.InstancesReady(instance_ids=ids):
            return staged(run, ids, Stage.READY)
        case ev.InstancesUpgraded(instance_ids=ids):
            return staged(run, ids, Stage.UPGRADED)
        case ev.InstancesFailed(instance_ids=ids, words=words):
            return staged(run, ids, Stage.FAILED, words)
        case ev.InstancesGone(instance_ids=ids):
            return staged(run, ids, Stage.GONE)
        case ev.InstancesSkipped(instance_ids=ids, words=words):
            return staged(run, ids, Stage.SKIPPED, words)
        case ev.InstancesReopened(instance_ids=ids):
            return staged(run, ids, Stage.WAITING)
    return run


def staged(
    run: Run, ids: Iterable[str], stage: Stage, words: str = "", *, asked: bool = False
) -> Run:
    """These members come to `stage` now; `asked` where a request for them is about to leave."""
    return changed(
        run,
        ids,
        lambda member: replace(
            member,
            stage=stage,
            since=run.t,
            missing_since=None,
            seen_moving=member.seen_moving and not asked,
            had_failed=member.had_failed and not asked,
            words=words,
            attempts=member.attempts + asked,
            asked_at=run.t if asked else member.asked_at,
            unanswered=member.unanswered or asked,
        ),
    )


def changed(run: Run, ids: Iterable[str], becomes: Callable[[Member], Member]) -> Run:
    """Members that the plan does not have are passed by: a journal is data from outside."""
    members = dict(run.members)
    for instance_id in ids:
        if instance_id in members:
            members[instance_id] = becomes(members[instance_id])
    return replace(run, members=members)


def unwatched(run: Run) -> dict[str, Member]:
    """The members after nobody looked: what was healthy without a gap has a gap now, and so has
    what was missing."""
    return {
        i: replace(m, stage=Stage.PROVISIONED, since=run.t, missing_since=None)
        if m.stage is Stage.READY
        else replace(m, missing_since=None)
        for i, m in run.members.items()
    }
