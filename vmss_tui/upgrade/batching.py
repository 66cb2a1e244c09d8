"""Chooses the next batch: who may be asked now, within the availability budget.

Source of the shape: Azure's own rolling upgrades ("Configure rolling upgrades on Virtual Machine
Scale Sets") and Kubernetes' disruption budgets. Everything here only ever takes away from the
plan's batches.
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan import Batch, Plan
from vmss_tui.upgrade.reading import Moment, Reading
from vmss_tui.upgrade.run import Run, Stage


def next_batch(run: Run, reading: Reading, now: Moment) -> tuple[ev.Event, ...]:
    """Events ending in a `BatchIntent`, a pause or a halt; nothing while it is time to wait."""
    plan = run.plan
    if plan is None:
        return ()
    if hold := _checkpoint(run, plan):
        return hold
    if _waits(run, plan, now) or not reading.fresh(now):
        return ()
    if foreign := _foreign(run, reading):
        return (foreign,)
    if sick := _upgraded_but_sick(run, plan, reading):
        return (sick,)
    batch = next(b for b in plan.batches if _waiting(run, b))
    candidates, dropped = _candidates(run, plan, batch, reading)
    if dropped:
        return tuple(dropped)
    chosen = within_budget(plan, reading, candidates)
    if not chosen:
        return _blocked(run, plan, reading, now)
    return (_intent(run, plan, batch, chosen),)


def unavailable(plan: Plan, instances: tuple[Instance, ...]) -> int:
    """Instances that do not serve, without those that did not serve at the start either."""
    stopped = set(plan.stopped)
    return sum(
        not i.available and not (i.instance_id in stopped and i.power is not PowerState.RUNNING)
        for i in instances
    )


def within_budget(plan: Plan, reading: Reading, candidates: list[Instance]) -> list[Instance]:
    """As many candidates as the budget leaves room for, in their order.

    Where there is no room, those that are unavailable already: asking them takes nothing away.
    """
    room = plan.unavailable_budget - unavailable(plan, reading.snapshot.instances)
    if room <= 0:
        return [instance for instance in candidates if not instance.available]
    chosen: list[Instance] = []
    for instance in candidates:
        if instance.available:
            if room == 0:
                continue
            room -= 1
        chosen.append(instance)
    return chosen


def _waiting(run: Run, batch: Batch) -> list[str]:
    return [i for i in batch.instance_ids if run.members[i].stage is Stage.WAITING]


def _checkpoint(run: Run, plan: Plan) -> tuple[ev.Event, ...]:
    for percent in plan.policy.checkpoints:
        if percent not in run.checkpoints_passed and run.settled * 100 >= percent * run.total > 0:
            words = f"checkpoint {percent}%: waits for a person to promote it"
            return ev.CheckpointReached(percent=percent), ev.Paused(
                reason="checkpoint", words=words
            )
    return ()


def _waits(run: Run, plan: Plan, now: Moment) -> bool:
    if run.retry_at is not None and now.t < run.retry_at:
        return True
    pause = plan.policy.pause_time_between_batches
    return run.settled_at is not None and not run.wait_ended and now.t - run.settled_at < pause


def _foreign(run: Run, reading: Reading) -> ev.Paused | None:
    """Instances in work that this run did not ask: somebody else acts on the set."""
    moving = [
        i.instance_id
        for i in reading.snapshot.instances
        if i.provisioning is ProvisioningState.UPDATING
        and not (i.instance_id in run.members and run.members[i.instance_id].attempts)
    ]
    if not moving:
        return None
    shown = ", ".join(moving[:10]) + (" …" if len(moving) > 10 else "")
    return ev.Paused(
        reason="foreign",
        words=f"somebody else works on {len(moving)} instances ({shown}): resume when that is over",
    )


def _upgraded_but_sick(run: Run, plan: Plan, reading: Reading) -> ev.Halted | None:
    upgraded = [i for i, m in run.members.items() if m.stage is Stage.UPGRADED]
    by_id = reading.snapshot.by_id
    sick = tuple(
        i for i in upgraded if i in by_id and by_id[i].health in (Health.UNHEALTHY, Health.UNKNOWN)
    )
    if len(sick) <= run.forgiven or not upgraded:
        return None
    if len(sick) < plan.policy.max_unhealthy_upgraded_instance_percent.of(len(upgraded)):
        return None
    return ev.Halted(
        reason="budget",
        words=f"{len(sick)} of {len(upgraded)} upgraded instances are unhealthy now",
        instance_ids=sick,
        safe_next="the new model may be bad: look at these instances before resuming",
    )


def _candidates(
    run: Run, plan: Plan, batch: Batch, reading: Reading
) -> tuple[list[Instance], list[ev.Event]]:
    """Those of the batch that may be asked, and events for those that fell out."""
    candidates: list[Instance] = []
    gone: list[str] = []
    skipped: dict[str, list[str]] = {}
    for instance_id in _waiting(run, batch):
        instance = reading.snapshot.by_id.get(instance_id)
        if instance is None:
            gone.append(instance_id)
        elif why := _skip(plan, instance):
            skipped.setdefault(why, []).append(instance_id)
        else:
            candidates.append(instance)
    dropped: list[ev.Event] = []
    if gone:
        dropped.append(ev.InstancesGone(instance_ids=tuple(gone)))
    dropped += [
        ev.InstancesSkipped(instance_ids=tuple(ids), words=why) for why, ids in skipped.items()
    ]
    return candidates, dropped


def _skip(plan: Plan, instance: Instance) -> str:
    if instance.protected_from_actions:
        return "protected from scale set actions"
    if instance.latest_model_applied is True:
        return "current by now"
    if plan.policy.skip_not_running and instance.power is not PowerState.RUNNING:
        return f"not running any more ({instance.power})"
    return ""


def _blocked(run: Run, plan: Plan, reading: Reading, now: Moment) -> tuple[ev.Event, ...]:
    since = max(run.quiet_at, run.settled_at or 0.0)
    if now.t - since < plan.policy.healthy_deadline:
        return ()
    sick = tuple(i.instance_id for i in reading.snapshot.instances if not i.available)
    return (
        ev.Halted(
            reason="budget",
            words=f"{len(sick)} instances are unavailable, the budget is "
            f"{plan.unavailable_budget}: no further instance may be taken down",
            instance_ids=sick,
            safe_next="bring them back or raise max_unhealthy_instance_percent in a new plan",
        ),
    )


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
    )
