"""Automatic OS upgrades: the platform rolls out the newest build of an image by itself.

"Automatic OS image upgrades" page of the documentation; how soon the platform acts is a guess.
"""

from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.behaviour import rolling_upgrade as rolling
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_FIRST = 60.0
_EVERY = 3600.0


def wanted(scale_set: ScaleSet) -> bool:
    """Whether the set asks for it, with an image that follows the newest version."""
    policy = scale_set.state.properties.get("upgradePolicy", {})
    enabled = (policy.get("automaticOSUpgradePolicy") or {}).get("enableAutomaticOSUpgrade")
    image = scale_set.state.model.image
    return bool(enabled) and str(image.get("version", "latest")).lower() == "latest"


def watch(world: World, scale_set: ScaleSet) -> None:
    """Looks from now on, once a set asks for it, until it no longer does."""
    if scale_set.watched or not wanted(scale_set):
        return
    scale_set.watched = True

    def look(at: float) -> None:
        there = any(each is scale_set for each in world.scale_sets.values())
        scale_set.watched = there and wanted(scale_set)
        if not scale_set.watched:
            return
        idle = rolling.running(scale_set) is None
        if idle and lifecycle.behind(world, scale_set):
            operation = world.begin("automatic OS upgrade", scale_set, at)
            rolling.start(world, scale_set, operation, None, started_by="Platform")
            world.hold(scale_set, operation, at, "Updating")
        world.after(at, _EVERY, look)

    world.after(world.now, _FIRST, look)
