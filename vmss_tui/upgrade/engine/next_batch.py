"""Chooses the next batch: as many as the availability budget leaves room for, in one row.

Source of the shape: Azure's own rolling upgrades ("Configure rolling upgrades on Virtual Machine
Scale Sets") and Kubernetes' disruption budgets. Everything here only ever takes away from the
plan's batches.
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.scale_set import Instance, PowerState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.candidates import FAILED, candidates, waiting
from vmss_tui.upgrade.engine.halt import blocked, upgraded_but_sick
from vmss_tui.upgrade.engine.instance_status import planned
from vmss_tui.upgrade.engine.interference import foreign
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.plan import IN_WORK, Batch, Plan
from vmss_tui.upgrade.run.progress import remaining_pause
from vmss_tui.upgrade.run.run import Run, Stage


def next_batch(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
    """Events ending in a `BatchIntent`, a pause or a halt; nothing while it is time to wait."""
    plan = run.plan
    if plan is None:
        return ()
    if hold := _checkpoint(run, plan):
        return hold
    if _waits(run, now) or not reading.fresh(now):
        return ()
    if other := foreign(run, reading):
        return (other,)
    if sick := upgraded_but_sick(run, plan, reading):
        return (sick,)
    if late := _late(run, reading):
        return blocked(run, plan, reading, now, late)
    batch = next(b for b in plan.batches if waiting(run, b))
    found = candidates(run, plan, batch, reading)
    if found.dropped:
        return tuple(found.dropped)
    # The held ones use up room too, so that not knowing of one never asks another instead.
    held = set(found.held)
    within = within_budget(plan, reading, found.present)
    chosen = [instance for instance in within if instance.instance_id not in held]
    canary = bool(plan.policy.canary) and batch is plan.batches[0]
    if not chosen and not held and not canary:
        batch, chosen = _sick_elsewhere(run, plan, batch, reading)
    if not chosen:
        return blocked(run, plan, reading, now, found.held)
    if hold := _checkpoint(run, plan, len(held)):
        return hold  # a held one may yet fall out and so complete the share
    return (_through_the_gate(run, plan, batch, chosen),)


def unavailable(plan: Plan, instances: tuple[Instance, ...]) -> int:
    """Instances that do not serve, without those that are known to be off as at the start.

    One whose power is not known counts: not knowing never makes room.
    """
    stopped = set(plan.stopped)
    told = (PowerState.RUNNING, PowerState.UNKNOWN)
    return sum(
        not i.available and not (i.instance_id in stopped and i.power not in told)
        for i in instances
    )


def within_budget(plan: Plan, reading: Reading, present: list[Instance]) -> list[Instance]:
    """As many candidates as the budget leaves room for, in their order.

    Where there is no room, those that are unavailable already: asking them takes nothing away.
    """
    everyone = reading.snapshot.instances
    room = plan.budget_among(everyone) - unavailable(plan, everyone)
    if room <= 0:
        return [instance for instance in present if not instance.available]
    chosen: list[Instance] = []
    for instance in present:
        if instance.available:
            if room == 0:
                continue
            room -= 1
        chosen.append(instance)
    return chosen


def _checkpoint(run: Run, plan: Plan, held: int = 0) -> tuple[ev.AnyEvent, ...]:
    if run.reverting:
        return ()
    done = (run.settled + held) * 100
    for percent in plan.policy.checkpoints:
        if percent not in run.checkpoints_passed and done >= percent * run.total > 0:
            words = f"checkpoint {percent}%: waits for a person to promote it"
            return ev.CheckpointReached(percent=percent), ev.Paused(
                reason="checkpoint", message=words
            )
    return ()


def _waits(run: Run, now: Moment) -> bool:
    later = run.retry_at is not None and now.t < run.retry_at
    return later or remaining_pause(run, now.t) > 0


def _late(run: Run, reading: Reading) -> list[str]:
    """Instances whose request, lost or failed, turns out to be at work after it was given up."""
    by_id = planned(run, reading)
    return [
        i
        for i, m in run.members.items()
        if m.stage in (Stage.WAITING, Stage.SKIPPED)
        and (m.attempts or m.requested_before)
        and i in by_id
        and by_id[i].provisioning in IN_WORK
    ]


def _sick_elsewhere(
    run: Run, plan: Plan, batch: Batch, reading: Reading
) -> tuple[Batch, list[Instance]]:
    """Instances of a later batch that do not serve anyway: asking them may free the budget that
    they use up, and takes nothing away."""
    for later in plan.batches:
        if not waiting(run, later):
            continue
        found = candidates(run, plan, later, reading)
        sick = [i for i in found.present if not i.available and i.instance_id not in found.held]
        if sick:
            return later, sick
    return batch, []


def _through_the_gate(run: Run, plan: Plan, batch: Batch, chosen: list[Instance]) -> ev.AnyEvent:
    """The intent for those that the gate let through; without a gate, for all."""
    if not plan.policy.gate:
        return _intent(run, plan, batch, chosen)
    passed = run.gate.instance_ids if run.gate and run.gate.passed else ()
    if let_through := [i for i in chosen if i.instance_id in passed]:
        return _intent(run, plan, batch, let_through)
    ids = tuple(instance.instance_id for instance in chosen)
    number = run.batches_sent + 1
    return ev.GateStarted(number=number, finished=run.last_batch, instance_ids=ids)


def _intent(run: Run, plan: Plan, batch: Batch, chosen: list[Instance]) -> ev.BatchIntent:
    number = run.batches_sent + 1
    ids = tuple(instance.instance_id for instance in chosen)
    key = f"{plan.scale_set.key}#{run.started_at}#batch#{number}#{run.seq}"
    return ev.BatchIntent(
        number=number,
        row=batch.row,
        instance_ids=ids,
        client_request_id=str(uuid5(NAMESPACE_OID, key)),
        attempt=max(run.members[i].attempts for i in ids) + 1,
        failed=tuple(i.instance_id for i in chosen if i.provisioning in FAILED),
    )
