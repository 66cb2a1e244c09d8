"""What one instance view says of one member, against the model that the run is pinned to."""

from collections.abc import Mapping
from enum import StrEnum

from vmss_tui.fleet.image import version_key
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.plan.plan import IN_WORK
from vmss_tui.upgrade.run.run import Run, Stage


class Sight(StrEnum):
    """What one reading says of one member."""

    UNTOUCHED = "untouched"
    """Settled, and not on the pinned model: as if never asked."""
    UNCLEAR = "unclear"
    """Azure does not say enough: proves nothing, for or against."""
    MOVING = "moving"
    FAILED = "failed"
    PROVISIONED = "provisioned"
    READY = "ready"


def planned(run: Run, reading: Reading) -> Mapping[str, Instance]:
    """Instances by id, without those that are other machines than the plan knew by their ids:
    what was planned is gone then, and the newcomer is nobody's to touch."""
    by_id = reading.snapshot.by_id
    births = run.plan.births if run.plan else {}
    others = {i for i, birth in births.items() if i in by_id and by_id[i].replaces_machine(birth)}
    return {i: seen for i, seen in by_id.items() if i not in others} if others else by_id


def look(run: Run, instance: Instance) -> Sight:
    """What this instance view says of a member of `run`."""
    if instance.provisioning is ProvisioningState.FAILED:
        return Sight.FAILED
    if instance.provisioning in IN_WORK:
        return Sight.MOVING
    current = on_pinned_model(run, instance)
    if current is None:
        return Sight.UNCLEAR
    if not current:
        return Sight.UNTOUCHED
    planned = run.plan.powers.get(instance.instance_id) if run.plan else None
    if instance.power is not PowerState.RUNNING:
        as_planned = planned is not None and instance.power is planned
        return Sight.READY if as_planned else Sight.PROVISIONED
    reports = run.plan is not None and run.plan.has_health_source
    healthy = instance.health is Health.HEALTHY or (instance.health is None and not reports)
    return Sight.READY if healthy else Sight.PROVISIONED


def on_pinned_model(run: Run, instance: Instance) -> bool | None:
    """Is it current? None where this view cannot decide it."""
    if instance.provisioning is not ProvisioningState.SUCCEEDED:
        return None
    if instance.latest_model_applied is None:
        return _known_otherwise(run, instance.instance_id)
    if not instance.latest_model_applied:
        return False
    exact = instance.image.exact_version if instance.image else None
    if run.pinned_version and exact:
        return version_key(exact) == version_key(run.pinned_version)
    return True


def _known_otherwise(run: Run, instance_id: str) -> bool | None:
    """Where Azure does not say it, the operation's success and having been seen at work do."""
    member = run.members.get(instance_id)
    if member is None or run.plan is None or instance_id not in run.plan.undecided:
        return None
    if member.stage is Stage.UPGRADED:
        return True
    batch = run.open_batch
    succeeded = batch is not None and batch.operation_status == "Succeeded"
    return True if succeeded and member.seen_in_progress else None
