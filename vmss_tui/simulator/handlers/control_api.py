"""The handlers under `/_simulator/`: look at the world from outside, move its time, break it."""

from typing import Any

import msgspec

from vmss_tui.simulator.behaviour import model_write as model
from vmss_tui.simulator.behaviour import spot_eviction as faulting
from vmss_tui.simulator.behaviour import validate as shape
from vmss_tui.simulator.errors import ArmError
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.payloads import scale_set as payloads
from vmss_tui.simulator.scenarios.other_operators import body_at
from vmss_tui.simulator.world.simulated_time import stamp
from vmss_tui.simulator.world.world import World

_OPERATOR = "another-operator"
"""The client request id under which an edit is in the ledger."""


def ledger(world: World, call: Call, params: Params) -> Reply:
    """What truly happened, and what was asked."""
    return json_reply(200, {"effects": world.ledger.effects, "requests": world.ledger.requests})


def add_fault(world: World, call: Call, params: Params) -> Reply:
    """Puts a fault in force."""
    try:
        faulting.add(world, call.json())
        world.tick()
    except (ValueError, TypeError, AttributeError) as error:
        raise ArmError(400, "InvalidFault", str(error)) from error
    return json_reply(201, {"faults": len(world.faults.wire) + len(world.faults.instances)})


def clear_faults(world: World, call: Call, params: Params) -> Reply:
    """Lifts all faults."""
    world.faults.clear()
    return json_reply(200, {"faults": 0})


def get_clock(world: World, call: Call, params: Params) -> Reply:
    """The simulated time and its speed."""
    body = {"now": stamp(world.now), "seconds": world.now, "speed": world.clock.speed}
    return json_reply(200, body)


def move_clock(world: World, call: Call, params: Params) -> Reply:
    """Pushes the time on, or changes its speed, or both."""
    asked = call.json()
    try:
        if "speed" in asked:
            world.clock.set_speed(float(asked["speed"]))
        if "advance" in asked:
            world.clock.advance(float(asked["advance"]))
    except (ValueError, TypeError) as error:
        raise ArmError(400, "InvalidClock", str(error)) from error
    world.tick()
    return get_clock(world, call, params)


def edit(world: World, call: Call, params: Params) -> Reply:
    """Another operator's write: `{"scale_set":"rg/name","set":{"json.path":value}}`."""
    asked = call.json()
    scale_set = world.labelled(str(asked.get("scale_set", "")))
    changes = asked.get("set")
    if scale_set is None or not isinstance(changes, dict):
        raise ArmError(400, "InvalidEdit", "an edit names a scale set and what to set in it")
    body = body_at(changes)
    shape.check(body)
    model.write(world, scale_set, body, _OPERATOR)
    return json_reply(200, payloads.scale_set(scale_set))


def whole(world: World, call: Call, params: Params) -> Reply:
    """The whole state, for debugging."""
    sets = [
        {
            "scale_set": each.label,
            "subscription": each.subscription,
            "resource": payloads.scale_set(each),
            "instances": [
                msgspec.Raw(
                    msgspec.json.encode(
                        payloads.instance(
                            each, member, expand=True, stale_health=world.outdated_report_health
                        )
                    )
                )
                for member in each.members()
            ],
        }
        for each in world.scale_sets.values()
    ]
    body: dict[str, Any] = {
        "now": stamp(world.now),
        "seed": world.dice.seed,
        "pending_steps": len(world.schedule),
        "scale_sets": sets,
        "operations": [
            {"kind": each.kind, "pending": sorted(each.pending), **each.body()}
            for each in world.operations.values()
        ],
    }
    return json_reply(200, body)
