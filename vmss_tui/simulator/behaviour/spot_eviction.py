"""Spot evictions, and the activation of faults, of which an eviction is one."""

from collections.abc import Sequence

from vmss_tui.simulator.activity.write_records import record_platform_write
from vmss_tui.simulator.behaviour.actions import add_action
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def evict_instances(
    world: World,
    scale_set: ScaleSet,
    instances: Sequence[Instance],
    at: float,
    client_request_id: str | None = None,
) -> None:
    """Deallocates or deletes instances, according to the model's eviction policy."""
    existing = [instance for instance in instances if instance.deleted_at is None]
    policy = scale_set.state.model.profile.get("evictionPolicy", "Deallocate")
    kind = "delete" if policy == "Delete" else "deallocate"
    operation = world.start_operation("eviction", scale_set, at)
    world.record_effect(at, "evict", scale_set, existing, operation, client_request_id)
    add_action(world, scale_set, kind, existing, operation, client_request_id, at=at)
    verb = "delete" if kind == "delete" else "deallocate/action"
    action = f"Microsoft.Compute/virtualMachineScaleSets/virtualMachines/{verb}"
    for instance in existing:
        machine = f"{scale_set.id}/virtualMachines/{instance.instance_id}"
        record_platform_write(world, action, machine, operation)
    if not existing:
        operation.complete(at)


def inject_fault(world: World, definition: Json) -> None:
    """Activates a fault. Raises ValueError with a message for an invalid definition.

    `{"instance":"eviction","scale_set":"rg/name","instance_ids":["1"],"after":30}` evicts the
    named instances (or all) once, as the platform does when it needs the Spot capacity.
    """
    if definition.get("instance") != "eviction":
        world.faults.add(definition)
        return
    scale_set = world.scale_set_by_label(str(definition.get("scale_set", "")))
    if scale_set is None:
        raise ValueError("an eviction names a scale set")
    ids = definition.get("instance_ids")

    def evict(at: float) -> None:
        instances = [
            instance
            for instance in scale_set.sorted_instances()
            if ids is None or instance.instance_id in ids
        ]
        evict_instances(world, scale_set, instances, at)

    world.call_later(world.now, float(definition.get("after", 0)), evict)
