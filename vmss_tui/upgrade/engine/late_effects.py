"""Requests whose answer was lost, and whose effect shows later than anybody waited for it. Pure.

After a settle window without an effect such a request counts as one that never arrived, and its
members wait again. Should it show all the same, then it is this run that has upgraded them: they
are followed to their end like those of any batch, and nothing is sent. So are failed ones that
a person wants asked again, and which have come round by themselves.
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
    """`BatchLanded` with every member that is to be followed once more; else nothing."""
    plan = run.plan
    if plan is None:
        return ()
    candidates = [m for m in run.members.values() if m.unanswered or _is_retried(run, m)]
    if not candidates:
        return ()
    if plan.edit and reading.begun_t - run.pinned_at < plan.policy.settle_window:
        return ()  # a replica may not have heard that everything is stale since our own edit
    by_id = planned_instances(run, reading)
    affected = [
        m
        for m in candidates
        if m.instance_id in by_id
        and _has_late_effect(run, m, classify_instance(run, by_id[m.instance_id]))
    ]
    if not affected:
        return ()
    accepted = any(_waits_unanswered(m) for m in affected)
    ids = tuple(
        m.instance_id for m in candidates if m in affected or (accepted and _waits_unanswered(m))
    )
    return (ev.LateEffectDetected(number=run.batches_sent, row=affected[0].row, instance_ids=ids),)


def already_upgraded(
    run: Run, ids: Iterable[str], by_id: Mapping[str, Instance]
) -> tuple[str, ...]:
    """Those that are on the run's model by now: asked anew they would only be followed once more,
    until they are healthy or their deadline has passed again."""
    upgraded = (i for i in ids if i in by_id and classify_instance(run, by_id[i]) in _HAS_MODEL)
    return () if run.reverting else tuple(upgraded)


def _has_late_effect(run: Run, member: Member, status: InstanceStatus) -> bool:
    """Where it is still to be asked, any sign will do: it must not be asked a second time for
    what may have happened. Where it has come to an end, only the model does."""
    if _waits_unanswered(member):
        return proves_acceptance(run, member.instance_id, status)
    return status in _HAS_MODEL


def _waits_unanswered(member: Member) -> bool:
    return member.unanswered and member.stage is Stage.WAITING


def _is_retried(run: Run, member: Member) -> bool:
    """A retried one. On the way back, what is on the model was never moved from it."""
    return member.requested_before and member.stage is Stage.WAITING and not run.reverting
