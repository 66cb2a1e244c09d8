"""Sorts the waiting instances of a batch by one reading: upgrade now, wait, or drop. Pure.

An instance is upgraded when no operation is in progress and it is certainly outdated. Instances
with an operation in progress or incomplete data wait; instances that are gone, up to date,
protected or stopped by now are dropped.
"""

from dataclasses import dataclass, field

from vmss_tui.fleet.scale_set import Instance, PowerState, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import (
    has_pinned_model,
    has_unknown_identity,
    is_proven_current,
    planned_instances,
)
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.run.run import Member, Run, Stage

_CURRENT = "on the latest model by now"
_UNKNOWN_MACHINE = "Azure does not report whether it is still the planned VM"
_UNHEALTHY_ON_MODEL = (
    "has the latest model and is still unhealthy: another upgrade would change nothing"
)
FAILED_STATES = (ProvisioningState.FAILED,)
_STOPPED = (
    PowerState.STOPPING,
    PowerState.STOPPED,
    PowerState.DEALLOCATING,
    PowerState.DEALLOCATED,
)


@dataclass(slots=True)
class Candidates:
    """The waiting members of a batch, sorted by what may be done with them now."""

    present: list[Instance] = field(default_factory=list)
    """Those that may be upgraded and those in `not_ready`, in the order of the batch."""
    not_ready: list[str] = field(default_factory=list)
    """An operation is in progress, or Azure does not report enough."""
    dropped_events: list[ev.AnyEvent] = field(default_factory=list)


def find_candidates(run: Run, plan: Plan, batch: Batch, reading: Reading) -> Candidates:
    """Sorts the waiting members of `batch` by this reading."""
    candidates = Candidates()
    gone: list[str] = []
    failed: list[str] = []
    unhealthy: list[str] = []
    skipped_by_reason: dict[str, list[str]] = {}
    by_id = planned_instances(run, reading)
    for instance_id in waiting_ids(run, batch):
        instance = by_id.get(instance_id)
        if instance is None:
            gone.append(instance_id)
        elif reason := _skip_reason(run, plan, instance, reading):
            if (
                reason == _CURRENT
                and run.members[instance_id].requested_before
                and not instance.available
            ):
                unhealthy.append(instance_id)
                continue
            skipped_by_reason.setdefault(reason, []).append(instance_id)
        elif _failed_after_request(run.members[instance_id], instance):
            failed.append(instance_id)
        else:
            candidates.present.append(instance)
            if not _is_upgradable(run, plan, instance):
                candidates.not_ready.append(instance_id)
    if gone:
        candidates.dropped_events.append(ev.InstancesGone(instance_ids=tuple(gone)))
    if failed:
        message = "failed after a request without a response"
        candidates.dropped_events.append(
            ev.InstancesFailed(instance_ids=tuple(failed), message=message)
        )
    if unhealthy:
        candidates.dropped_events.append(
            ev.InstancesFailed(instance_ids=tuple(unhealthy), message=_UNHEALTHY_ON_MODEL)
        )
    candidates.dropped_events += [
        ev.InstancesSkipped(instance_ids=tuple(ids), message=reason)
        for reason, ids in skipped_by_reason.items()
    ]
    return candidates


def _failed_after_request(member: Member, instance: Instance) -> bool:
    """Whether a request with a lost reply made it fail: it had not failed before."""
    failed = instance.provisioning in FAILED_STATES
    return failed and member.attempts > 0 and not member.had_failed


def _skip_reason(run: Run, plan: Plan, instance: Instance, reading: Reading) -> str:
    if instance.protected_from_actions:
        return "protected from scale set actions"
    if has_unknown_identity(run, instance):
        return _UNKNOWN_MACHINE
    requested_before = run.members[instance.instance_id].requested_before
    failed = instance.provisioning in FAILED_STATES and instance.latest_model_applied is True
    if requested_before and failed:
        return ""  # an operator requested a retry, and Azure upgrades failed instances again
    if failed or has_pinned_model(run, instance):
        return _CURRENT if is_proven_current(run, instance, reading.snapshot.scale_set) else ""
    power = plan.powers.get(instance.instance_id, PowerState.RUNNING)
    must_run = plan.policy.skip_not_running or power is PowerState.RUNNING
    if must_run and instance.power in _STOPPED:
        return f"no longer running ({instance.power})"
    return ""


def _is_upgradable(run: Run, plan: Plan, instance: Instance) -> bool:
    """Whether no operation is in progress and the instance is certainly outdated."""
    if instance.provisioning not in (ProvisioningState.SUCCEEDED, *FAILED_STATES):
        return False
    if instance.power in (PowerState.UNKNOWN, PowerState.STARTING):
        return False
    if instance.latest_model_applied is None:
        return instance.instance_id in plan.undetermined and (
            run.members[instance.instance_id].attempts == 0
        )
    requested_before = run.members[instance.instance_id].requested_before
    return not instance.latest_model_applied or (
        requested_before and instance.provisioning in FAILED_STATES
    )


def waiting_ids(run: Run, batch: Batch) -> list[str]:
    """The members of the batch that still wait for a request, in order."""
    return [i for i in batch.instance_ids if run.members[i].stage is Stage.WAITING]
