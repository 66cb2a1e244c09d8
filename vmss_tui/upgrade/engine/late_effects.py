"""Requests with a lost reply whose effect shows only after the settle window. Pure.

After a settle window without an effect such a request counts as never received, and its members
wait again. If its effect shows later, the run did upgrade them: they are followed like members of
an open batch, and nothing is sent. The same holds for failed instances that are to be retried and
have recovered by themselves.
"""

from collections.abc import Iterable, Mapping

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import (
    InstanceStatus,
    classify_instance,
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
    if plan.edit and reading.begun_t - run.pinned_at < plan.policy.settle_window:
        return ()  # a replica of ARM may still report the old model as the latest
    by_id = planned_instances(run, reading)
    affected = [
        m
        for m in candidates
        if m.instance_id in by_id
        and _has_late_effect(run, m, classify_instance(run, by_id[m.instance_id]))
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
