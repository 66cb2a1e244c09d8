"""A write of the scale set itself: merged, checked, and then what the upgrade mode makes of it."""

from dataclasses import dataclass

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.behaviour import automatic_os_upgrade as automatic_os
from vmss_tui.simulator.behaviour import rolling_upgrade as rolling
from vmss_tui.simulator.behaviour import scaling
from vmss_tui.simulator.behaviour.defaults import completed
from vmss_tui.simulator.behaviour.merge import (
    merged,
    model_part,
    refuse_capacity,
    refuse_forbidden,
    refuse_image,
)
from vmss_tui.simulator.behaviour.validate import check_place
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.instance import Model
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet, SetState
from vmss_tui.simulator.world.simulated_time import Timeline
from vmss_tui.simulator.world.world import World

_DURATION = (0.2, 1.0, 3.0)
"""Of a write that touches no instance, in simulated seconds."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write set off."""

    operation: Operation
    charge: int
    """How many instances it touches."""


def model_of(body: Json, serial: int) -> Model:
    """The model within a resource's body."""
    sku = {key: value for key, value in body.get("sku", {}).items() if key != "capacity"}
    profile = body.get("properties", {}).get("virtualMachineProfile") or {}
    return Model(serial, sku, profile)


def create(
    world: World,
    subscription: str,
    group: str,
    name: str,
    body: Json,
    client_request_id: str | None,
) -> tuple[ScaleSet, Written]:
    """A new scale set with its instances still to come."""
    wanted = merged({"tags": {}, "properties": {}}, body)
    location = str(wanted.get("location", "")).replace(" ", "").lower()
    if not location:
        message = "The location property is required for this definition."
        raise errors.ArmError(400, "LocationRequired", message)
    check_place(name, location)
    mode = wanted["properties"].get("orchestrationMode", "Uniform")
    bare = "sku" not in wanted and "virtualMachineProfile" not in wanted["properties"]
    if mode != "Flexible" or not bare:
        if "sku" not in wanted or "virtualMachineProfile" not in wanted["properties"]:
            raise errors.invalid("Required parameter 'sku' or 'virtualMachineProfile' is missing.")
        wanted["sku"] = {"tier": "Standard", "capacity": 0, **wanted["sku"]}
    wanted["location"] = location
    wanted = completed(wanted)
    refuse_capacity(wanted)
    refuse_image(wanted)
    world.library.build(model_of(wanted, 1).profile, location)
    key = f"{subscription}/{group}/{name}".lower()
    state = SetState(wanted, model_of(wanted, 1), 1, "Creating", world.now)
    scale_set = ScaleSet(
        subscription,
        group,
        name,
        location,
        unique_id=world.dice.guid("set", key, world.count(f"set {key}")),
        created_at=world.now,
        states=Timeline(world.now, state),
    )
    world.add(scale_set)
    operation = world.begin("create set", scale_set)
    world.note(world.now, "create", scale_set, None, operation, client_request_id)
    touched = scaling.scale(world, scale_set, operation, client_request_id)
    automatic_os.watch(world, scale_set)
    world.hold(scale_set, operation, world.now, "Creating")
    _finish_soon(world, scale_set, operation)
    return scale_set, Written(operation, touched)


def write(world: World, scale_set: ScaleSet, asked: Json, client_request_id: str | None) -> Written:
    """A PUT or PATCH of a set that exists; refused as a whole or accepted as a whole."""
    before = scale_set.state
    after = completed(merged(before.body, asked))
    refuse_forbidden(before.body, after)
    new_model = model_part(after) != model_part(before.body)
    new_capacity = after.get("sku", {}).get("capacity") != before.body.get("sku", {}).get(
        "capacity"
    )
    model = model_of(after, before.model.serial + 1) if new_model else before.model
    refuse_image(after)
    if model.storage != before.model.storage:
        world.build(scale_set, model)
    at = world.now
    scale_set.become(at, body=after, model=model, etag=before.etag + 1)
    operation = world.begin("write", scale_set)
    if new_model:
        world.note(at, "model", scale_set, None, operation, client_request_id)
    if new_capacity:
        world.note(at, "capacity", scale_set, None, operation, client_request_id)
    if not new_model and not new_capacity:
        world.note(at, "write", scale_set, None, operation, client_request_id)
    touched = scaling.scale(world, scale_set, operation, client_request_id) if new_capacity else 0
    automatic_os.watch(world, scale_set)
    touched += _roll_out(world, scale_set, operation, client_request_id, new_model, new_capacity)
    world.hold(scale_set, operation, at, "Updating")
    _finish_soon(world, scale_set, operation)
    return Written(operation, touched)


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
    stale = lifecycle.stale(scale_set)
    if new_model and mode == "Automatic":
        free = [each for each in stale if each.operation is None]
        lifecycle.join(world, scale_set, "upgrade", free, operation, client_request_id)
        return len(free)
    wanted = new_model or (not new_capacity and not rolling.running(scale_set))
    if mode == "Rolling" and wanted and stale:
        rolling.start(world, scale_set, operation, client_request_id)
    return 0


def _finish_soon(world: World, scale_set: ScaleSet, operation: Operation) -> None:
    """Ends a write that waits for no instance after the short time it takes."""
    if operation.pending:
        return
    delay = world.dice.around(_DURATION, "write", scale_set.id.lower(), operation.name)
    world.after(operation.started, delay, operation.settle)
