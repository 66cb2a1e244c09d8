"""Puts faults in force, those too that strike in the world itself at once."""

from collections.abc import Sequence

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
    """Deallocates or deletes instances, as the model's eviction policy has it."""
    living = [each for each in instances if each.deleted_at is None]
    policy = scale_set.state.model.profile.get("evictionPolicy", "Deallocate")
    kind = "delete" if policy == "Delete" else "deallocate"
    operation = world.start_operation("eviction", scale_set, at)
    world.record_effect(at, "evict", scale_set, living, operation, client_request_id)
    add_action(world, scale_set, kind, living, operation, client_request_id, at=at)
    if not living:
        operation.complete(at)


def inject_fault(world: World, asked: Json) -> None:
    """Puts a fault in force. Raises ValueError with a sentence if it makes no sense.

    `{"instance":"eviction","scale_set":"rg/name","instance_ids":["1"],"after":30}` strikes once,
    the named instances or all, as the platform takes Spot capacity back.
    """
    if asked.get("instance") != "eviction":
        world.faults.add(asked)
        return
    scale_set = world.scale_set_by_label(str(asked.get("scale_set", "")))
    if scale_set is None:
        raise ValueError("an eviction names a scale set")
    ids = asked.get("instance_ids")

    def strike(at: float) -> None:
        instances = [
            each for each in scale_set.sorted_instances() if ids is None or each.instance_id in ids
        ]
        evict_instances(world, scale_set, instances, at)

    world.call_later(world.now, float(asked.get("after", 0)), strike)
