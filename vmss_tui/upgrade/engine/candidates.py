"""Who of a batch may be asked now, who is waited for, and who falls out, by one reading. Pure.

An instance is asked when it is settled and surely stale. What is at work, or of which Azure does
not say enough, is held; what is gone, current, protected or stopped meanwhile is dropped.
"""

from dataclasses import dataclass, field

from vmss_tui.fleet.scale_set import Instance, PowerState, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import on_pinned_model, planned
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.plan.plan import Batch, Plan
from vmss_tui.upgrade.run.run import Member, Run, Stage

_CURRENT = "current by now"
_UNWELL = "has the model already and is still not well: upgrading it again would change nothing"
FAILED = (ProvisioningState.FAILED,)
_STOPPED = (
    PowerState.STOPPING,
    PowerState.STOPPED,
    PowerState.DEALLOCATING,
    PowerState.DEALLOCATED,
)


@dataclass(slots=True)
class Candidates:
    """The waiting members of a batch, by what may be done with them now."""

    present: list[Instance] = field(default_factory=list)
    """Those that may be asked, and those held, in their order."""
    held: list[str] = field(default_factory=list)
    """Not in a state to be asked: at work for somebody, or Azure does not say enough."""
    dropped: list[ev.AnyEvent] = field(default_factory=list)


def candidates(run: Run, plan: Plan, batch: Batch, reading: Reading) -> Candidates:
    """The waiting members of `batch` as this reading shows them."""
    found = Candidates()
    gone: list[str] = []
    lost: list[str] = []
    unwell: list[str] = []
    skipped: dict[str, list[str]] = {}
    by_id = planned(run, reading)
    for instance_id in waiting(run, batch):
        instance = by_id.get(instance_id)
        if instance is None:
            gone.append(instance_id)
        elif why := _skip(run, plan, instance, reading):
            if why == _CURRENT and run.members[instance_id].requested_before and not instance.available:
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
        found.dropped.append(ev.InstancesFailed(instance_ids=tuple(lost), message=words))
    if unwell:
        found.dropped.append(ev.InstancesFailed(instance_ids=tuple(unwell), message=_UNWELL))
    found.dropped += [
        ev.InstancesSkipped(instance_ids=tuple(ids), message=why) for why, ids in skipped.items()
    ]
    return found


def _failed_since(member: Member, instance: Instance) -> bool:
    """Asked without an answer, and failed: by that request, unless it had failed before."""
    failed = instance.provisioning in FAILED
    return failed and member.attempts > 0 and not member.had_failed


def _skip(run: Run, plan: Plan, instance: Instance, reading: Reading) -> str:
    if instance.protected_from_actions:
        return "protected from scale set actions"
    again = run.members[instance.instance_id].requested_before
    broken = instance.provisioning in FAILED and instance.latest_model_applied is True
    if again and broken:
        return ""  # a person wants it asked again, and Azure tries what has failed
    if broken or on_pinned_model(run, instance):
        # Right after our own edit a replica may not have heard that everything is stale now.
        lag = plan.edit is not None and (
            reading.begun_t - run.pinned_at < plan.policy.settle_window
        )
        return "" if lag else _CURRENT
    power = plan.powers.get(instance.instance_id, PowerState.RUNNING)
    left_alone = plan.policy.skip_not_running or power is PowerState.RUNNING
    if left_alone and instance.power in _STOPPED:
        return f"not running any more ({instance.power})"
    return ""


def _askable(run: Run, plan: Plan, instance: Instance) -> bool:
    """Settled, and surely stale: what is at work or unknown is waited for, never asked."""
    if instance.provisioning not in (ProvisioningState.SUCCEEDED, *FAILED):
        return False
    if instance.power in (PowerState.UNKNOWN, PowerState.STARTING):
        return False
    if instance.latest_model_applied is None:
        return instance.instance_id in plan.undecided and (
            run.members[instance.instance_id].attempts == 0
        )
    again = run.members[instance.instance_id].requested_before
    return not instance.latest_model_applied or (again and instance.provisioning in FAILED)


def waiting(run: Run, batch: Batch) -> list[str]:
    """Its members that are still to be asked, in their order."""
    return [i for i in batch.instance_ids if run.members[i].stage is Stage.WAITING]
