"""Chooses the next batch: who may be asked now, within the availability budget.

Source of the shape: Azure's own rolling upgrades ("Configure rolling upgrades on Virtual Machine
Scale Sets") and Kubernetes' disruption budgets. Everything here only ever takes away from the
plan's batches.
"""

from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.scale_set import Instance, PowerState, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.foreign import foreign
from vmss_tui.upgrade.halting import blocked, upgraded_but_sick
from vmss_tui.upgrade.plan import IN_WORK, Batch, Plan
from vmss_tui.upgrade.reading import Moment, Reading
from vmss_tui.upgrade.run import Member, Run, Stage
from vmss_tui.upgrade.sight import on_pinned_model, planned

_CURRENT = "current by now"
_UNWELL = "has the model already and is still not well: upgrading it again would change nothing"
_FAILED = (ProvisioningState.FAILED,)
_STOPPED = (
    PowerState.STOPPING,
    PowerState.STOPPED,
    PowerState.DEALLOCATING,
    PowerState.DEALLOCATED,
)


def next_batch(run: Run, reading: Reading, now: Moment) -> tuple[ev.Event, ...]:
    """Events ending in a `BatchIntent`, a pause or a halt; nothing while it is time to wait."""
    plan = run.plan
    if plan is None:
        return ()
    if hold := _checkpoint(run, plan):
        return hold
    if _waits(run, plan, now) or not reading.fresh(now):
        return ()
    if other := foreign(run, reading):
        return (other,)
    if sick := upgraded_but_sick(run, plan, reading):
        return (sick,)
    if late := _late(run, reading):
        return blocked(run, plan, reading, now, late)
    batch = next(b for b in plan.batches if _waiting(run, b))
    sorting = _sorted(run, plan, batch, reading)
    if sorting.dropped:
        return tuple(sorting.dropped)
    # The held ones use up room too, so that not knowing of one never asks another instead.
    held = set(sorting.held)
    within = within_budget(plan, reading, sorting.present)
    chosen = [instance for instance in within if instance.instance_id not in held]
    if not chosen and not held:
        batch, chosen = _sick_elsewhere(run, plan, batch, reading)
    if not chosen:
        return blocked(run, plan, reading, now, sorting.held)
    if hold := _checkpoint(run, plan, len(held)):
        return hold  # a held one may yet fall out and so complete the share
    return (_through_the_gate(run, plan, batch, chosen),)


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


def _checkpoint(run: Run, plan: Plan, held: int = 0) -> tuple[ev.Event, ...]:
    if run.back:
        return ()
    done = (run.settled + held) * 100
    for percent in plan.policy.checkpoints:
        if percent not in run.checkpoints_passed and done >= percent * run.total > 0:
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


def _late(run: Run, reading: Reading) -> list[str]:
    """Instances whose request, lost or failed, turns out to be at work after it was given up."""
    by_id = planned(run, reading)
    return [
        i
        for i, m in run.members.items()
        if m.stage in (Stage.WAITING, Stage.SKIPPED)
        and (m.attempts or m.asked_before)
        and i in by_id
        and by_id[i].provisioning in IN_WORK
    ]


@dataclass(slots=True)
class _Sorting:
    """The waiting members of a batch, by what may be done with them now."""

    present: list[Instance] = field(default_factory=list)
    """Those that may be asked, and those held, in their order."""
    held: list[str] = field(default_factory=list)
    """Not in a state to be asked: at work for somebody, or Azure does not say enough."""
    dropped: list[ev.Event] = field(default_factory=list)


def _sorted(run: Run, plan: Plan, batch: Batch, reading: Reading) -> _Sorting:
    found = _Sorting()
    gone: list[str] = []
    lost: list[str] = []
    unwell: list[str] = []
    skipped: dict[str, list[str]] = {}
    by_id = planned(run, reading)
    for instance_id in _waiting(run, batch):
        instance = by_id.get(instance_id)
        if instance is None:
            gone.append(instance_id)
        elif why := _skip(run, plan, instance, reading):
            if why == _CURRENT and run.members[instance_id].asked_before and not instance.available:
                unwell.append(instance_id)
                continue
            skipped.setdefault(why, []).append(instance_id)
        elif _failed_since(run.members[instance_id], instance):
            lost.append(instance_id)
        else:
            found.present.append(instance)
            if not _askable(run, plan, instance):
                found.held.append(instance_id)
    if gone:
        found.dropped.append(ev.InstancesGone(instance_ids=tuple(gone)))
    if lost:
        words = "failed after a request whose answer was lost"
        found.dropped.append(ev.InstancesFailed(instance_ids=tuple(lost), words=words))
    if unwell:
        found.dropped.append(ev.InstancesFailed(instance_ids=tuple(unwell), words=_UNWELL))
    found.dropped += [
        ev.InstancesSkipped(instance_ids=tuple(ids), words=why) for why, ids in skipped.items()
    ]
    return found


def _failed_since(member: Member, instance: Instance) -> bool:
    """Asked without an answer, and failed: by that request, unless it had failed before."""
    failed = instance.provisioning in _FAILED
    return failed and member.attempts > 0 and not member.had_failed


def _skip(run: Run, plan: Plan, instance: Instance, reading: Reading) -> str:
    if instance.protected_from_actions:
        return "protected from scale set actions"
    again = run.members[instance.instance_id].asked_before
    broken = instance.provisioning in _FAILED and instance.latest_model_applied is True
    if again and broken:
        return ""  # a person wants it asked again, and Azure tries what has failed
    if broken or on_pinned_model(run, instance):
        # Right after our own edit a replica may not have heard that everything is stale now.
        lag = plan.edit is not None and (
            reading.begun_t - run.pinned_at < plan.policy.settle_window
        )
        return "" if lag else _CURRENT
    planned = plan.powers.get(instance.instance_id, PowerState.RUNNING)
    left_alone = plan.policy.skip_not_running or planned is PowerState.RUNNING
    if left_alone and instance.power in _STOPPED:
        return f"not running any more ({instance.power})"
    return ""


def _askable(run: Run, plan: Plan, instance: Instance) -> bool:
    """Settled, and surely stale: what is at work or unknown is waited for, never asked."""
    if instance.provisioning not in (ProvisioningState.SUCCEEDED, *_FAILED):
        return False
    if instance.power in (PowerState.UNKNOWN, PowerState.STARTING):
        return False
    if instance.latest_model_applied is None:
        return instance.instance_id in plan.undecided and (
            run.members[instance.instance_id].attempts == 0
        )
    again = run.members[instance.instance_id].asked_before
    return not instance.latest_model_applied or (again and instance.provisioning in _FAILED)


def _sick_elsewhere(
    run: Run, plan: Plan, batch: Batch, reading: Reading
) -> tuple[Batch, list[Instance]]:
    """Instances of a later batch that do not serve anyway: asking them may free the budget that
    they use up, and takes nothing away."""
    for later in plan.batches:
        if not _waiting(run, later):
            continue
        sorting = _sorted(run, plan, later, reading)
        sick = [i for i in sorting.present if not i.available and i.instance_id not in sorting.held]
        if sick:
            return later, sick
    return batch, []


def _through_the_gate(run: Run, plan: Plan, batch: Batch, chosen: list[Instance]) -> ev.Event:
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
        failed=tuple(i.instance_id for i in chosen if i.provisioning in _FAILED),
    )
