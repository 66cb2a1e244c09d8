"""Puts faults in force, those too that strike in the world itself at once."""

from vmss_tui.simulator import eviction
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world import World


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
        eviction.evict(world, scale_set, members, at)

    world.after(world.now, float(asked.get("after", 0)), strike)
