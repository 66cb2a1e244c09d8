"""The handlers of the service's own rolling upgrades: start, cancel, how it goes, what was."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour import rolling_upgrade as rolling
from vmss_tui.simulator.behaviour.rolling_status import RollingUpgrade
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.responses import accepted
from vmss_tui.simulator.handlers.scale_set_reads import Params, found, member_of
from vmss_tui.simulator.world.world import World

_EXTENSIONS = 600.0
"""Simulated seconds that an upgrade of extensions always took where it was recorded."""


def rolling_latest(world: World, call: Call, params: Params) -> Reply:
    """The latest rolling upgrade of the service; 404 where there never was one."""
    scale_set = found(world, params)
    if not isinstance(scale_set.rolling, RollingUpgrade):
        raise errors.entity_not_found()
    return json_reply(200, scale_set.rolling.body(scale_set.location))


def upgrade_history(world: World, call: Call, params: Params) -> Reply:
    """The latest upgrades of the OS, newest first."""
    scale_set = found(world, params)
    ended = "completedTime" if call.api_version < "2022" else "endTime"
    entries = [each.entry(scale_set.location, ended) for each in scale_set.history]
    return json_reply(200, {"value": entries})


def start_os(world: World, call: Call, params: Params) -> Reply:
    """Starts a rolling upgrade of everything that lacks the model or the newest build of it."""
    scale_set = found(world, params)
    image = scale_set.state.model.image
    if "publisher" not in image and "/galleries/" not in str(image.get("id", "")).lower():
        message = (
            "The OS Rolling Upgrade API cannot be used on a VM Scale Set unless the VM Scale Set "
            "is using a Platform Image."
        )
        raise errors.not_allowed(message)
    operation = world.begin("rolling upgrade", scale_set)
    rolling.start(world, scale_set, operation, call.client_request_id, started_by="User")
    world.hold(scale_set, operation, world.now, "Updating")
    return accepted(call, operation, 0)


def start_extensions(world: World, call: Call, params: Params) -> Reply:
    """Starts a rolling upgrade of everything that lacks the model; takes ten minutes at least."""
    scale_set = found(world, params)
    operation = world.begin("rolling upgrade", scale_set)
    operation.pending.add("ten minutes")
    rolling.start(world, scale_set, operation, call.client_request_id)
    world.after(world.now, _EXTENSIONS, lambda at: operation.settle(at, "ten minutes"))
    world.hold(scale_set, operation, world.now, "Updating")
    return accepted(call, operation, 0)


def approve_rolling(world: World, call: Call, params: Params) -> Reply:
    """Lets a rolling upgrade go on that waits for approval: none ever does, so this changes
    nothing; known from the SDK's model only."""
    scale_set = found(world, params)
    if "id" in params:
        member_of(scale_set, params["id"])
    operation = world.begin("approve rolling upgrade", scale_set)
    world.after(world.now, 1.0, operation.settle)
    return accepted(call, operation, 0)


def cancel_rolling(world: World, call: Call, params: Params) -> Reply:
    """Cancels the service's rolling upgrade."""
    scale_set = found(world, params)
    if not rolling.cancel(world, scale_set):
        raise errors.not_allowed("There is no ongoing Rolling Upgrade to cancel.")
    operation = world.begin("cancel rolling upgrade", scale_set)
    world.after(world.now, 1.0, operation.settle)
    return accepted(call, operation, 0)
