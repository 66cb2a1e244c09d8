"""Chooses the next batch: as many instances of one row as the availability budget allows.

Modelled on Azure's own rolling upgrades ("Configure rolling upgrades on Virtual Machine Scale
Sets") and Kubernetes' disruption budgets. A batch never has more instances than the plan's batch.
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.scale_set import TRANSITIONAL_PROVISIONING, Instance
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.candidates import FAILED_STATES, find_candidates, waiting_ids
from vmss_tui.upgrade.engine.halt import check_upgraded_health, wait_or_halt
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.interference import detect_foreign_work, has_unseen_work
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.run.progress import remaining_pause
from vmss_tui.upgrade.run.run import Run, Stage


def next_batch(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
    """Events that end in a `BatchIntent`, a pause or a halt; empty while the run has to wait."""
    plan = run.plan
    if plan is None:
        return ()
    if pause := _checkpoint(run, plan):
        return pause
    if _must_wait(run, now) or not reading.is_fresh(now):
        return ()
    if foreign := detect_foreign_work(run, reading):
        return (foreign,)
    if has_unseen_work(run, reading, now):
        return ()
    if halt := check_upgraded_health(run, plan, reading):
        return (halt,)
    if late_ids := _late_work(run, reading):
        return wait_or_halt(run, plan, reading, now, late_ids)
    batch = next(b for b in plan.batches if waiting_ids(run, b))
    candidates = find_candidates(run, plan, batch, reading)
    if candidates.dropped_events:
        return tuple(candidates.dropped_events)
    # Instances that are not ready use budget too, so that no other one is upgraded instead.
    not_ready = set(candidates.not_ready)
    affordable = select_within_budget(plan, reading, candidates.present)
    selected = [instance for instance in affordable if instance.instance_id not in not_ready]
    canary = bool(plan.policy.canary) and batch is plan.batches[0]
    if not selected and not not_ready and not canary:
        batch, selected = _unavailable_in_later_batch(run, plan, batch, reading)
    if not selected:
        return wait_or_halt(run, plan, reading, now, candidates.not_ready)
    if pause := _checkpoint(run, plan, len(not_ready)):
        return pause  # an instance that is not ready may be dropped and so complete the share
    return (_intent_or_gate(run, plan, batch, selected),)


def count_unavailable(plan: Plan, instances: tuple[Instance, ...]) -> int:
    """Number of instances that do not serve, without those that were stopped at the start and
    still are. An instance with an unknown power state counts as unavailable.
    """
    return sum(not instance.available for instance in plan.serving(instances))


def select_within_budget(
    plan: Plan, reading: Reading, candidates: list[Instance]
) -> list[Instance]:
    """As many candidates as the budget allows, in their order.

    Without budget, those that are unavailable already: upgrading them costs no availability.
    """
    instances = reading.snapshot.instances
    room = plan.budget_among(instances) - count_unavailable(plan, instances)
    if room <= 0:
        return [instance for instance in candidates if not instance.available]
    selected: list[Instance] = []
    for instance in candidates:
        if instance.available:
            if room == 0:
                continue
            room -= 1
        selected.append(instance)
    return selected


def _checkpoint(run: Run, plan: Plan, not_ready: int = 0) -> tuple[ev.AnyEvent, ...]:
    if run.reverting:
        return ()
    done = (run.settled_count + not_ready) * 100
    for percent in plan.policy.checkpoints:
        if percent not in run.checkpoints_passed and done >= percent * run.total > 0:
            message = f"approval checkpoint {percent}% reached"
            return ev.CheckpointReached(percent=percent), ev.Paused(
                reason="checkpoint", message=message
            )
    return ()


def _must_wait(run: Run, now: Moment) -> bool:
    retry_pending = run.retry_at is not None and now.t < run.retry_at
    return retry_pending or remaining_pause(run, now.t) > 0


def _late_work(run: Run, reading: Reading) -> list[str]:
    """Instances in progress because of a request that was considered lost or failed."""
    by_id = planned_instances(run, reading)
    return [
        i
        for i, m in run.members.items()
        if m.stage in (Stage.WAITING, Stage.SKIPPED)
        and (m.attempts or m.requested_before)
        and i in by_id
        and by_id[i].provisioning in TRANSITIONAL_PROVISIONING
    ]


def _unavailable_in_later_batch(
    run: Run, plan: Plan, batch: Batch, reading: Reading
) -> tuple[Batch, list[Instance]]:
    """A later batch and its unavailable instances: upgrading them costs no availability, and may
    free the budget that they use."""
    for later_batch in plan.batches:
        if not waiting_ids(run, later_batch):
            continue
        candidates = find_candidates(run, plan, later_batch, reading)
        unavailable = [
            i
            for i in candidates.present
            if not i.available and i.instance_id not in candidates.not_ready
        ]
        if unavailable:
            return later_batch, unavailable
    return batch, []


def _intent_or_gate(run: Run, plan: Plan, batch: Batch, selected: list[Instance]) -> ev.AnyEvent:
    """The intent for the instances for which the gate has passed (all without a gate), or the
    start of the gate."""
    if not plan.policy.gate:
        return _batch_intent(run, plan, batch, selected)
    passed_ids = run.gate.instance_ids if run.gate and run.gate.passed else ()
    if passed := [i for i in selected if i.instance_id in passed_ids]:
        return _batch_intent(run, plan, batch, passed)
    ids = tuple(instance.instance_id for instance in selected)
    number = run.batches_sent + 1
    return ev.GateStarted(number=number, finished=run.last_batch, instance_ids=ids)


def _batch_intent(run: Run, plan: Plan, batch: Batch, selected: list[Instance]) -> ev.BatchIntent:
    number = run.batches_sent + 1
    ids = tuple(instance.instance_id for instance in selected)
    key = f"{plan.scale_set.key}#{run.started_at}#batch#{number}#{run.seq}"
    return ev.BatchIntent(
        number=number,
        row=batch.row,
        instance_ids=ids,
        client_request_id=str(uuid5(NAMESPACE_OID, key)),
        attempt=max(run.members[i].attempts for i in ids) + 1,
        failed=tuple(i.instance_id for i in selected if i.provisioning in FAILED_STATES),
    )
