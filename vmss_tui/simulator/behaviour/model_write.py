"""Writes of the scale set itself: merged, validated, and applied according to the upgrade mode."""

from dataclasses import dataclass

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.actions import add_action, outdated_instances
from vmss_tui.simulator.behaviour.automatic_os_upgrade import schedule_os_upgrade_checks
from vmss_tui.simulator.behaviour.defaults import with_defaults
from vmss_tui.simulator.behaviour.lasting_refusals import (
    check_model_refusals,
    check_not_deleting,
)
from vmss_tui.simulator.behaviour.merge import (
    check_capacity,
    check_image_reference,
    check_immutable_properties,
    check_sku_profile,
    merge_body,
    model_content,
)
from vmss_tui.simulator.behaviour.rolling_upgrade import running_upgrade, start_rolling_upgrade
from vmss_tui.simulator.behaviour.scaling import scale_to_capacity
from vmss_tui.simulator.behaviour.validate import check_name_and_location
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Model
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet, ScaleSetState
from vmss_tui.simulator.world.simulated_time import Timeline
from vmss_tui.simulator.world.world import World

_DURATION = (0.2, 1.0, 3.0)
"""Simulated seconds (low, median, high) of a write that affects no instance."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The operation that a write started."""

    operation: Operation
    charge: int
    """The number of instances that it affects."""


def model_from_body(body: Json, serial: int) -> Model:
    """The model in a resource's body."""
    sku = {key: value for key, value in body.get("sku", {}).items() if key != "capacity"}
    profile = body.get("properties", {}).get("virtualMachineProfile") or {}
    return Model(serial, sku, profile)


def create_scale_set(
    world: World,
    subscription: str,
    group: str,
    name: str,
    request_body: Json,
    client_request_id: str | None,
) -> tuple[ScaleSet, WriteResult]:
    """Creates a scale set and starts the creation of its instances. Raises ArmError."""
    body = merge_body({"tags": {}, "properties": {}}, request_body)
    location = str(body.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise errors.ArmError(400, "LocationRequired", message)
    check_name_and_location(name, location)
    mode = body["properties"].get("orchestrationMode", "Uniform")
    without_model = "sku" not in body and "virtualMachineProfile" not in body["properties"]
    if mode != "Flexible" or not without_model:
        if "sku" not in body or "virtualMachineProfile" not in body["properties"]:
            raise errors.invalid_parameter(
                "Required parameter 'sku' or 'virtualMachineProfile' is missing."
            )
        body["sku"] = {"tier": "Standard", "capacity": 0, **body["sku"]}
    body["location"] = location
    body = with_defaults(body)
    check_sku_profile(body)
    check_capacity(body)
    check_image_reference(body)
    edge_zone = (body.get("extendedLocation") or {}).get("name")
    world.library.resolve_build(model_from_body(body, 1).profile, location, edge_zone)
    key = f"{subscription}/{group}/{name}".lower()
    state = ScaleSetState(body, model_from_body(body, 1), 1, "Creating", world.now)
    scale_set = ScaleSet(
        subscription,
        group,
        name,
        location,
        unique_id=world.random.guid("set", key, world.next_number(f"set {key}")),
        created_at=world.now,
        states=Timeline(world.now, state),
    )
    world.add_scale_set(scale_set)
    operation = world.start_operation("create set", scale_set)
    world.record_effect(world.now, "create", scale_set, None, operation, client_request_id)
    affected = scale_to_capacity(world, scale_set, operation, client_request_id)
    schedule_os_upgrade_checks(world, scale_set)
    world.hold_provisioning(scale_set, operation, world.now, "Creating")
    _complete_without_parts(world, scale_set, operation)
    return scale_set, WriteResult(operation, affected)


def write_scale_set(
    world: World, scale_set: ScaleSet, request_body: Json, client_request_id: str | None
) -> WriteResult:
    """A PUT or PATCH of an existing set. Raises ArmError and changes nothing if it is refused."""
    before = scale_set.state
    check_not_deleting(world, scale_set, "write")
    after = with_defaults(merge_body(before.body, request_body))
    check_immutable_properties(before.body, after)
    check_sku_profile(after)
    new_model = model_content(after) != model_content(before.body)
    old_capacity = before.body.get("sku", {}).get("capacity")
    new_capacity = after.get("sku", {}).get("capacity") != old_capacity
    model = model_from_body(after, before.model.serial + 1) if new_model else before.model
    check_model_refusals(world, scale_set, after)
    check_image_reference(after)
    if model.storage_profile != before.model.storage_profile:
        world.resolve_build(scale_set, model)
    at = world.now
    scale_set.update_state(at, body=after, model=model, etag=before.etag + 1)
    operation = world.start_operation("write", scale_set)
    if new_model:
        world.record_effect(at, "model", scale_set, None, operation, client_request_id)
    if new_capacity:
        world.record_effect(at, "capacity", scale_set, None, operation, client_request_id)
    if not new_model and not new_capacity:
        world.record_effect(at, "write", scale_set, None, operation, client_request_id)
    affected = 0
    if new_capacity:
        affected = scale_to_capacity(world, scale_set, operation, client_request_id)
    schedule_os_upgrade_checks(world, scale_set)
    affected += _apply_upgrade_mode(
        world, scale_set, operation, client_request_id, new_model, new_capacity
    )
    world.hold_provisioning(scale_set, operation, at, "Updating")
    _complete_without_parts(world, scale_set, operation)
    return WriteResult(operation, affected)


def _apply_upgrade_mode(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    client_request_id: str | None,
    new_model: bool,
    new_capacity: bool,
) -> int:
    """Starts the upgrade of outdated instances that the mode demands.

    Returns the number of instances affected at once. Any write except one of capacity restarts
    a rolling upgrade that was cancelled.
    """
    mode = scale_set.state.upgrade_mode
    outdated = outdated_instances(scale_set)
    if new_model and mode == "Automatic":
        free = [instance for instance in outdated if instance.operation is None]
        add_action(world, scale_set, "upgrade", free, operation, client_request_id)
        return len(free)
    starts = new_model or (not new_capacity and not running_upgrade(scale_set))
    if mode == "Rolling" and starts and outdated:
        start_rolling_upgrade(world, scale_set, operation, client_request_id)
    return 0


def _complete_without_parts(world: World, scale_set: ScaleSet, operation: Operation) -> None:
    """Schedules the end of a write that waits for no instance."""
    if operation.pending:
        return
    delay = world.random.sample(_DURATION, "write", scale_set.id.lower(), operation.name)
    world.call_later(operation.started, delay, operation.complete)
