"""Automatic OS upgrades: the platform rolls out the newest version of an image by itself.

Source: documentation page "Automatic OS image upgrades"; how soon the platform starts is a guess.
"""

from vmss_tui.simulator.activity.write_records import record_platform_write
from vmss_tui.simulator.behaviour.actions import instances_behind_newest
from vmss_tui.simulator.behaviour.rolling_upgrade import running_upgrade, start_rolling_upgrade
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_FIRST_CHECK = 60.0
_CHECK_INTERVAL = 3600.0


def is_enabled(scale_set: ScaleSet) -> bool:
    """Whether its policy enables them and its image reference follows the newest version."""
    policy = scale_set.state.properties.get("upgradePolicy", {})
    enabled = (policy.get("automaticOSUpgradePolicy") or {}).get("enableAutomaticOSUpgrade")
    image = scale_set.state.model.image_reference
    return bool(enabled) and str(image.get("version", "latest")).lower() == "latest"


def schedule_os_upgrade_checks(world: World, scale_set: ScaleSet) -> None:
    """Schedules regular checks once a set enables automatic upgrades, until it disables them."""
    if scale_set.checks_os_upgrades or not is_enabled(scale_set):
        return
    scale_set.checks_os_upgrades = True

    def check(at: float) -> None:
        exists = any(entry is scale_set for entry in world.scale_sets.values())
        scale_set.checks_os_upgrades = exists and is_enabled(scale_set)
        if not scale_set.checks_os_upgrades:
            return
        idle = running_upgrade(scale_set) is None
        if idle and instances_behind_newest(world, scale_set):
            operation = world.start_operation("automatic OS upgrade", scale_set, at)
            start_rolling_upgrade(world, scale_set, operation, None, started_by="Platform")
            world.hold_provisioning(scale_set, operation, at, "Updating")
            action = "Microsoft.Compute/virtualMachineScaleSets/osRollingUpgrade/action"
            record_platform_write(world, action, scale_set.id, operation)
        world.call_later(at, _CHECK_INTERVAL, check)

    world.call_later(world.now, _FIRST_CHECK, check)
