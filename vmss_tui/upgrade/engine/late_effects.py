"""Effects of requests that show only after the run stopped waiting for them. Pure.

After a settle window without an effect such a request counts as never received, and its members
wait again. If its effect shows later, the run did upgrade them: they are followed like members of
an open batch, and nothing is sent. The same holds for failed instances that are to be retried and
have recovered by themselves; and, before a run halts or ends, for those whose success shows late.
"""

from collections.abc import Iterable, Mapping

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import (
    InstanceStatus,
    classify_instance,
    is_proven_current,
    planned_instances,
)
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.engine.settle_batch import proves_acceptance
from vmss_tui.upgrade.run.run import Member, Run, Stage

_HAS_MODEL = (InstanceStatus.PROVISIONED, InstanceStatus.READY)


def detect_late_effects(run: Run, reading: Reading) -> tuple[ev.AnyEvent, ...]:
    """`LateEffectDetected` with every member that has to be followed again; empty without any."""
    plan = run.plan
    if plan is None:
        return ()
    candidates = [m for m in run.members.values() if m.unanswered or _is_retried(run, m)]
    if not candidates:
        return ()
    by_id, scale_set = planned_instances(run, reading), reading.snapshot.scale_set
    affected = [
        m
        for m in candidates
        if (instance := by_id.get(m.instance_id)) is not None
        and _has_late_effect(run, m, status := classify_instance(run, instance))
        and (status not in _HAS_MODEL or is_proven_current(run, instance, scale_set))
    ]
    if not affected:
        return ()
    accepted = any(_is_waiting_unanswered(m) for m in affected)
    ids = tuple(
        m.instance_id
        for m in candidates
        if m in affected or (accepted and _is_waiting_unanswered(m))
    )
    return (ev.LateEffectDetected(number=run.batches_sent, row=affected[0].row, instance_ids=ids),)


def detect_late_successes(run: Run, reading: Reading) -> tuple[ev.AnyEvent, ...]:
    """`LateEffectDetected` with the failed members that are on the model and healthy by now.

    For the moment before a halt or the end: a reading that hides a success must not lead to a
    request that one which shows it would not lead to."""
    failed = [
        m
        for m in run.members.values()
        if m.stage is Stage.FAILED and m.attempts > 0 and not m.recovered
    ]
    by_id = planned_instances(run, reading)
    recovered = [
        m
        for m in failed
        if m.instance_id in by_id
        and classify_instance(run, by_id[m.instance_id]) is InstanceStatus.READY
    ]
    if not recovered:
        return ()
    ids = tuple(m.instance_id for m in recovered)
    row = recovered[0].row
    return (ev.LateEffectDetected(number=run.batches_sent, row=row, instance_ids=ids),)


def already_upgraded(
    run: Run, ids: Iterable[str], by_id: Mapping[str, Instance]
) -> tuple[str, ...]:
    """The ids that are on the run's model by now.

    A retry only follows them, until they are healthy or their deadline has passed again."""
    upgraded = (i for i in ids if i in by_id and classify_instance(run, by_id[i]) in _HAS_MODEL)
    return () if run.reverting else tuple(upgraded)


def _has_late_effect(run: Run, member: Member, status: InstanceStatus) -> bool:
    """Whether an earlier request took effect on a member.

    For a waiting member any sign is enough, because the request must not be sent twice. For a
    member in a final stage only the model is."""
    if _is_waiting_unanswered(member):
        return proves_acceptance(run, member.instance_id, status)
    return status in _HAS_MODEL


def _is_waiting_unanswered(member: Member) -> bool:
    return member.unanswered and member.stage is Stage.WAITING


def _is_retried(run: Run, member: Member) -> bool:
    """Whether it waits for a retry. In a revert, instances on the model never left it."""
    return member.requested_before and member.stage is Stage.WAITING and not run.reverting
