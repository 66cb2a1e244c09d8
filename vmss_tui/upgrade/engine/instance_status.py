"""Classifies one instance view of a member against the model that the run is pinned to."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import structs

from vmss_tui.fleet.image import same_image, version_key
from vmss_tui.fleet.scale_set import (
    TRANSITIONAL_PROVISIONING,
    Health,
    Instance,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.run.run import Run, Stage


class InstanceStatus(StrEnum):
    """The status of a member in one reading."""

    NOT_STARTED = "untouched"
    """No operation in progress, and not on the pinned model: as before any request."""
    UNDETERMINED = "unclear"
    """Azure does not report enough to decide."""
    IN_PROGRESS = "moving"
    FAILED = "failed"
    PROVISIONED = "provisioned"
    READY = "ready"


def planned_instances(run: Run, reading: Reading) -> Mapping[str, Instance]:
    """Instances by id, without machines that replaced a planned one under the same id.

    The planned machine is gone then, and its replacement is not part of the plan. A member whose
    image or size visibly differs from the model is outdated, whatever its `latestModelApplied`."""
    by_id = reading.snapshot.by_id
    machines = run.plan.machines if run.plan else {}
    replaced = {
        i for i, machine in machines.items() if i in by_id and by_id[i].replaces_machine(machine)
    }
    outdated = _contradicting_members(run, reading)
    if not replaced and not outdated:
        return by_id
    return {
        i: structs.replace(instance, latest_model_applied=False) if i in outdated else instance
        for i, instance in by_id.items()
        if i not in replaced
    }


def _contradicting_members(run: Run, reading: Reading) -> frozenset[str]:
    """Members that Azure calls current although their image or size is not the model's: the flag
    lags behind an edit."""
    ids = reading.snapshot.contradicting_ids
    return ids.intersection(run.members) if ids else ids


def is_proven_current(run: Run, instance: Instance, scale_set: ScaleSet) -> bool:
    """Whether a member that Azure calls current is certainly so.

    After the run's own edit the flag may still be about the model before. Then only what the edit
    changed is evidence: the image, the VM size, or both."""
    edit = run.plan.edit if run.plan else None
    if edit is None:
        return True
    verdicts = {
        "sku": bool(instance.vm_size) and instance.vm_size == scale_set.vm_size,
        "properties": same_image(instance.image, scale_set.image),
    }
    member = run.members[instance.instance_id]
    # Such a member was seen outdated since the edit, so that its flag has followed the model.
    requested = member.attempts > 0 or (member.requested_before and not run.reverting)
    return requested or all(verdicts[key] is True for key in edit.body if key in verdicts)


def has_unknown_identity(run: Run, instance: Instance) -> bool:
    """Whether it cannot be decided if this is still the planned machine."""
    known = run.plan.machines.get(instance.instance_id) if run.plan else None
    return known is not None and instance.replaces_machine(known) is None


def classify_instance(run: Run, instance: Instance) -> InstanceStatus:
    """The status of a member of `run` in this instance view."""
    if has_unknown_identity(run, instance):
        return InstanceStatus.UNDETERMINED
    if instance.provisioning is ProvisioningState.FAILED:
        return InstanceStatus.FAILED
    if instance.provisioning in TRANSITIONAL_PROVISIONING:
        return InstanceStatus.IN_PROGRESS
    up_to_date = has_pinned_model(run, instance)
    if up_to_date is None:
        return InstanceStatus.UNDETERMINED
    if not up_to_date:
        return InstanceStatus.NOT_STARTED
    planned_power = run.plan.powers.get(instance.instance_id) if run.plan else None
    if instance.power is not PowerState.RUNNING:
        as_planned = planned_power is not None and instance.power is planned_power
        return InstanceStatus.READY if as_planned else InstanceStatus.PROVISIONED
    has_health_source = run.plan is not None and run.plan.has_health_source
    healthy = instance.health is Health.HEALTHY or (
        instance.health is None and not has_health_source
    )
    return InstanceStatus.READY if healthy else InstanceStatus.PROVISIONED


def has_pinned_model(run: Run, instance: Instance) -> bool | None:
    """Whether the instance is on the pinned model; None where this view cannot decide it."""
    if instance.provisioning is not ProvisioningState.SUCCEEDED:
        return None
    if instance.latest_model_applied is None:
        return _inferred_current(run, instance.instance_id)
    if not instance.latest_model_applied:
        return False
    exact = instance.image.exact_version if instance.image else None
    if run.pinned_version and exact:
        return version_key(exact) == version_key(run.pinned_version)
    return True


def _inferred_current(run: Run, instance_id: str) -> bool | None:
    """For instances without `latestModelApplied`: True once the operation succeeded and the
    instance was seen in progress."""
    member = run.members.get(instance_id)
    if member is None or run.plan is None or instance_id not in run.plan.undetermined:
        return None
    if member.stage is Stage.UPGRADED:
        return True
    batch = run.open_batch
    succeeded = batch is not None and batch.operation_status == "Succeeded"
    return True if succeeded and member.seen_in_progress else None
