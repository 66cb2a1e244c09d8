"""The handlers of the service's rolling upgrades: start, cancel, latest status, history."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.lasting_refusals import check_not_deleting
from vmss_tui.simulator.behaviour.rolling_status import RollingUpgrade
from vmss_tui.simulator.behaviour.rolling_upgrade import (
    cancel_rolling_upgrade,
    start_rolling_upgrade,
)
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.responses import accepted_response
from vmss_tui.simulator.handlers.scale_set_reads import find_instance, find_scale_set
from vmss_tui.simulator.world.world import World

_EXTENSION_UPGRADE_SECONDS = 600.0
"""Simulated seconds that every recorded extension upgrade took."""


def get_latest(world: World, request: Request, parameters: PathParameters) -> Response:
    """The status of the latest rolling upgrade; 404 if there has been none."""
    scale_set = find_scale_set(world, parameters)
    if not isinstance(scale_set.rolling_upgrade, RollingUpgrade):
        raise errors.entity_not_found()
    return json_response(200, scale_set.rolling_upgrade.body(scale_set.location))


def list_history(world: World, request: Request, parameters: PathParameters) -> Response:
    """The latest OS upgrades, newest first."""
    scale_set = find_scale_set(world, parameters)
    ended_key = "completedTime" if request.api_version < "2022" else "endTime"
    entries = [
        upgrade.history_entry(scale_set.location, ended_key)
        for upgrade in scale_set.os_upgrade_history
    ]
    return json_response(200, {"value": entries})


def start_os_upgrade(world: World, request: Request, parameters: PathParameters) -> Response:
    """Starts a rolling upgrade of all instances without the latest model or its newest image."""
    scale_set = find_scale_set(world, parameters)
    image = scale_set.state.model.image_reference
    if "publisher" not in image and "/galleries/" not in str(image.get("id", "")).lower():
        message = (
            "The OS Rolling Upgrade API cannot be used on a VM Scale Set unless the VM Scale Set "
            "is using a Platform Image."
        )
        raise errors.operation_not_allowed(message)
    check_not_deleting(world, scale_set, "rollingUpgrade")
    operation = world.start_operation("rolling upgrade", scale_set)
    start_rolling_upgrade(world, scale_set, operation, request.client_request_id, started_by="User")
    world.hold_provisioning(scale_set, operation, world.now, "Updating")
    return accepted_response(request, operation, 0)


def start_extension_upgrade(world: World, request: Request, parameters: PathParameters) -> Response:
    """Starts a rolling upgrade of all instances without the latest model; at least ten minutes."""
    scale_set = find_scale_set(world, parameters)
    check_not_deleting(world, scale_set, "rollingUpgrade")
    operation = world.start_operation("rolling upgrade", scale_set)
    operation.pending.add("ten minutes")
    start_rolling_upgrade(world, scale_set, operation, request.client_request_id)
    world.call_later(
        world.now, _EXTENSION_UPGRADE_SECONDS, lambda at: operation.complete(at, "ten minutes")
    )
    world.hold_provisioning(scale_set, operation, world.now, "Updating")
    return accepted_response(request, operation, 0)


def approve_upgrade(world: World, request: Request, parameters: PathParameters) -> Response:
    """Approves a rolling upgrade. None ever waits for it, so nothing changes; known only from
    the SDK's model."""
    scale_set = find_scale_set(world, parameters)
    if "id" in parameters:
        find_instance(scale_set, parameters["id"])
    operation = world.start_operation("approve rolling upgrade", scale_set)
    world.call_later(world.now, 1.0, operation.complete)
    return accepted_response(request, operation, 0)


def cancel_upgrade(world: World, request: Request, parameters: PathParameters) -> Response:
    """Cancels the service's rolling upgrade."""
    scale_set = find_scale_set(world, parameters)
    if not cancel_rolling_upgrade(world, scale_set):
        raise errors.operation_not_allowed("There is no ongoing Rolling Upgrade to cancel.")
    operation = world.start_operation("cancel rolling upgrade", scale_set)
    world.call_later(world.now, 1.0, operation.complete)
    return accepted_response(request, operation, 0)
