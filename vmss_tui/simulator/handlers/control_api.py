"""The handlers under `/_simulator/`: the ledger, faults, the clock, edits, the whole state."""

from typing import Any

import msgspec

from vmss_tui.simulator.behaviour.spot_eviction import inject_fault
from vmss_tui.simulator.behaviour.validate import check_body
from vmss_tui.simulator.errors import ArmError
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.payloads.instance import instance_body
from vmss_tui.simulator.payloads.observation import true_observation
from vmss_tui.simulator.payloads.scale_set import scale_set_body
from vmss_tui.simulator.scenarios.other_operators import edit_as_operator, patch_body
from vmss_tui.simulator.world.simulated_time import timestamp
from vmss_tui.simulator.world.world import World

_OPERATOR = "another-operator"
"""The client request id of an edit in the ledger."""


def get_ledger(world: World, request: Request, parameters: PathParameters) -> Response:
    """The effects that happened and the requests that arrived."""
    return json_response(200, {"effects": world.ledger.effects, "requests": world.ledger.requests})


def add_fault(world: World, request: Request, parameters: PathParameters) -> Response:
    """Activates a fault."""
    try:
        inject_fault(world, request.json())
        world.tick()
    except (ValueError, TypeError, AttributeError) as error:
        raise ArmError(400, "InvalidFault", str(error)) from error
    return json_response(201, {"faults": len(world.faults)})


def clear_faults(world: World, request: Request, parameters: PathParameters) -> Response:
    """Removes all faults."""
    world.faults.clear()
    return json_response(200, {"faults": 0})


def get_clock(world: World, request: Request, parameters: PathParameters) -> Response:
    """The simulated time and its speed."""
    body = {"now": timestamp(world.now), "seconds": world.now, "speed": world.clock.speed}
    return json_response(200, body)


def set_clock(world: World, request: Request, parameters: PathParameters) -> Response:
    """Moves the time forward (`advance`), or changes its `speed`, or both."""
    body = request.json()
    try:
        if "speed" in body:
            world.clock.set_speed(float(body["speed"]))
        if "advance" in body:
            world.clock.advance(float(body["advance"]))
    except (ValueError, TypeError) as error:
        raise ArmError(400, "InvalidClock", str(error)) from error
    world.tick()
    return get_clock(world, request, parameters)


def edit_scale_set(world: World, request: Request, parameters: PathParameters) -> Response:
    """Writes as another operator: `{"scale_set":"rg/name","set":{"json.path":value}}`."""
    edit = request.json()
    scale_set = world.scale_set_by_label(str(edit.get("scale_set", "")))
    changes = edit.get("set")
    if scale_set is None or not isinstance(changes, dict):
        raise ArmError(400, "InvalidEdit", "an edit names a scale set and what to set in it")
    body = patch_body(changes)
    check_body(body)
    edit_as_operator(world, scale_set, body, _OPERATOR)
    return json_response(200, scale_set_body(scale_set))


def get_world(world: World, request: Request, parameters: PathParameters) -> Response:
    """The whole state, for debugging; no fault makes it lag."""
    sets = [
        {
            "scale_set": scale_set.label,
            "subscription": scale_set.subscription,
            "resource": scale_set_body(scale_set),
            "instances": [
                msgspec.Raw(
                    msgspec.json.encode(
                        instance_body(
                            scale_set,
                            instance,
                            true_observation(world, scale_set, instance),
                            expand=True,
                        )
                    )
                )
                for instance in scale_set.sorted_instances()
            ],
        }
        for scale_set in world.scale_sets.values()
    ]
    body: dict[str, Any] = {
        "now": timestamp(world.now),
        "seed": world.random.seed,
        "pending_steps": len(world.schedule),
        "scale_sets": sets,
        "operations": [
            {"kind": operation.kind, "pending": sorted(operation.pending), **operation.body()}
            for operation in world.operations.values()
        ],
    }
    return json_response(200, body)
