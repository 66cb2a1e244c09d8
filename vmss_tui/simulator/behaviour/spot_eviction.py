"""Puts faults in force, those too that strike in the world itself at once."""

from collections.abc import Sequence

from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def evict(
    world: World,
    scale_set: ScaleSet,
    members: Sequence[Instance],
    at: float,
    client_request_id: str | None = None,
) -> None:
    """Deallocates or deletes instances, as the model's eviction policy has it."""
    living = [each for each in members if each.deleted_at is None]
    policy = scale_set.state.model.profile.get("evictionPolicy", "Deallocate")
    kind = "delete" if policy == "Delete" else "deallocate"
    operation = world.begin("eviction", scale_set, at)
    world.note(at, "evict", scale_set, living, operation, client_request_id)
    lifecycle.join(world, scale_set, kind, living, operation, client_request_id, at=at)
    if not living:
        operation.settle(at)


def add(world: World, asked: Json) -> None:
    """Puts a fault in force. Raises ValueError with a sentence if it makes no sense.

    `{"instance":"eviction","scale_set":"rg/name","instance_ids":["1"],"after":30}` strikes once,
    the named instances or all, as the platform takes Spot capacity back.
    """
    if asked.get("instance") != "eviction":
        world.faults.add(asked)
        return
    scale_set = world.labelled(str(asked.get("scale_set", "")))
    if scale_set is None:
        raise ValueError("an eviction names a scale set")
    ids = asked.get("instance_ids")

    def strike(at: float) -> None:
        members = [each for each in scale_set.members() if ids is None or each.instance_id in ids]
        evict(world, scale_set, members, at)

    world.after(world.now, float(asked.get("after", 0)), strike)
