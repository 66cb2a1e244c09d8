"""A write of the scale set itself: merged, checked, and then what the upgrade mode makes of it."""

from dataclasses import dataclass

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.actions import add_action, outdated_instances
from vmss_tui.simulator.behaviour.automatic_os_upgrade import schedule_os_upgrade_checks
from vmss_tui.simulator.behaviour.defaults import with_defaults
from vmss_tui.simulator.behaviour.merge import (
    check_capacity,
    check_image_reference,
    check_immutable_properties,
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
"""Of a write that touches no instance, in simulated seconds."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write set off."""

    operation: Operation
    charge: int
    """How many instances it touches."""


def model_from_body(body: Json, serial: int) -> Model:
    """The model within a resource's body."""
    sku = {key: value for key, value in body.get("sku", {}).items() if key != "capacity"}
    profile = body.get("properties", {}).get("virtualMachineProfile") or {}
    return Model(serial, sku, profile)


def create_scale_set(
    world: World,
    subscription: str,
    group: str,
    name: str,
    body: Json,
    client_request_id: str | None,
) -> tuple[ScaleSet, WriteResult]:
    """A new scale set with its instances still to come."""
    wanted = merge_body({"tags": {}, "properties": {}}, body)
    location = str(wanted.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise errors.ArmError(400, "LocationRequired", message)
    check_name_and_location(name, location)
    mode = wanted["properties"].get("orchestrationMode", "Uniform")
    bare = "sku" not in wanted and "virtualMachineProfile" not in wanted["properties"]
    if mode != "Flexible" or not bare:
        if "sku" not in wanted or "virtualMachineProfile" not in wanted["properties"]:
            raise errors.invalid_parameter(
                "Required parameter 'sku' or 'virtualMachineProfile' is missing."
            )
        wanted["sku"] = {"tier": "Standard", "capacity": 0, **wanted["sku"]}
    wanted["location"] = location
    wanted = with_defaults(wanted)
    check_capacity(wanted)
    check_image_reference(wanted)
    world.library.resolve_build(model_from_body(wanted, 1).profile, location)
    key = f"{subscription}/{group}/{name}".lower()
    state = ScaleSetState(wanted, model_from_body(wanted, 1), 1, "Creating", world.now)
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
    _finish_soon(world, scale_set, operation)
    return scale_set, WriteResult(operation, affected)


def write_scale_set(
    world: World, scale_set: ScaleSet, asked: Json, client_request_id: str | None
) -> WriteResult:
    """A PUT or PATCH of a set that exists; refused as a whole or accepted as a whole."""
    before = scale_set.state
    after = with_defaults(merge_body(before.body, asked))
    check_immutable_properties(before.body, after)
    new_model = model_content(after) != model_content(before.body)
    new_capacity = after.get("sku", {}).get("capacity") != before.body.get("sku", {}).get(
        "capacity"
    )
    model = model_from_body(after, before.model.serial + 1) if new_model else before.model
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
    affected = (
        scale_to_capacity(world, scale_set, operation, client_request_id) if new_capacity else 0
    )
    schedule_os_upgrade_checks(world, scale_set)
    affected += _roll_out(world, scale_set, operation, client_request_id, new_model, new_capacity)
    world.hold_provisioning(scale_set, operation, at, "Updating")
    _finish_soon(world, scale_set, operation)
    return WriteResult(operation, affected)


def _roll_out(
    world: World,
    scale_set: ScaleSet,
    operation: Operation,
    client_request_id: str | None,
    new_model: bool,
    new_capacity: bool,
) -> int:
    """What the upgrade mode does about stale instances; answers how many it touches at once.

    Any write but one of capacity starts a rolling upgrade again that was cancelled before.
    """
    mode = scale_set.state.upgrade_mode
    stale = outdated_instances(scale_set)
    if new_model and mode == "Automatic":
        free = [each for each in stale if each.operation is None]
        add_action(world, scale_set, "upgrade", free, operation, client_request_id)
        return len(free)
    wanted = new_model or (not new_capacity and not running_upgrade(scale_set))
    if mode == "Rolling" and wanted and stale:
        start_rolling_upgrade(world, scale_set, operation, client_request_id)
    return 0


def _finish_soon(world: World, scale_set: ScaleSet, operation: Operation) -> None:
    """Ends a write that waits for no instance after the short time it takes."""
    if operation.pending:
        return
    delay = world.random.sample(_DURATION, "write", scale_set.id.lower(), operation.name)
    world.call_later(operation.started, delay, operation.complete)
