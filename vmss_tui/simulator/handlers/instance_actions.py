"""The handlers of actions on instances, and of what else is posted to a set or an instance."""

from collections.abc import Sequence

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.behaviour import scaling
from vmss_tui.simulator.behaviour import spot_eviction as eviction
from vmss_tui.simulator.behaviour import validate as shape
from vmss_tui.simulator.behaviour.merge import merged, refuse_capacity
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.responses import accepted
from vmss_tui.simulator.handlers.scale_set_reads import Params, found, member_of
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

ACTIONS = {
    "manualupgrade": "upgrade",
    "restart": "restart",
    "start": "start",
    "poweroff": "poweroff",
    "deallocate": "deallocate",
    "reimage": "reimage",
    "reimageall": "reimageall",
    "redeploy": "redeploy",
    "performmaintenance": "redeploy",
    "reapply": "reapply",
    "delete": "delete",
}
"""The last segment of a path → what is done to instances."""

_NEED_IDS = frozenset({"upgrade", "delete"})
_EVICTION = (20.0, 60.0, 600.0)
"""Simulated seconds until a simulated eviction strikes; a guess."""


def set_action(world: World, call: Call, params: Params) -> Reply:
    """An action on the instances that the body names; without ids on all, where Azure allows."""
    scale_set = found(world, params)
    kind = ACTIONS[params["action"].lower()]
    ids = _ids(call.json())
    if ids is None and kind in _NEED_IDS:
        raise errors.invalid("Required parameter 'instanceIds' is missing (null).", "instanceIds")
    members = lifecycle.selectable(scale_set, ids)
    operation, touched = lifecycle.act(
        world, scale_set, kind, members, client_request_id=call.client_request_id
    )
    if kind == "delete":
        _shrink(world, scale_set, len(touched))
    return accepted(call, operation, len(touched))


def instance_action(world: World, call: Call, params: Params) -> Reply:
    """An action on one instance, or on all where its id is `*`; protection does not matter."""
    scale_set = found(world, params)
    action = params.get("action", "delete").lower()
    kind = ACTIONS.get(action)
    if kind is None or kind == "upgrade":
        raise errors.entity_not_found()
    every = params["id"] == "*"
    members = scale_set.members() if every else [member_of(scale_set, params["id"])]
    operation, touched = lifecycle.act(
        world,
        scale_set,
        kind,
        members,
        client_request_id=call.client_request_id,
        of_set=every,
    )
    if kind == "delete":
        _shrink(world, scale_set, len(touched))
    return accepted(call, operation, len(touched))


def simulate_eviction(world: World, call: Call, params: Params) -> Reply:
    """Evicts a Spot instance, within the half hour that Azure allows itself."""
    scale_set = found(world, params)
    return evict(world, call, scale_set, member_of(scale_set, params["id"]))


def evict(world: World, call: Call, scale_set: ScaleSet, member: Instance) -> Reply:
    """The same for an instance that has been found."""
    if member.state.model.profile.get("priority") != "Spot":
        text = "Operation 'simulateEviction' is allowed only for Spot Virtual Machines"
        raise errors.not_allowed(text)
    delay = world.dice.around(_EVICTION, "evict", scale_set.id.lower(), member.instance_id)
    request_id = call.client_request_id
    world.after(
        world.now,
        delay,
        lambda at: eviction.evict(world, scale_set, [member], at, request_id),
    )
    return Reply(204)


def scale_out(world: World, call: Call, params: Params) -> Reply:
    """Adds instances, in a zone where one is named; known from the SDK's model only."""
    scale_set = found(world, params)
    asked = call.json()
    shape.check(asked)
    count = asked.get("capacity")
    zone = (asked.get("properties") or {}).get("zone")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise errors.invalid("Required parameter 'capacity' is missing or invalid.", "capacity")
    if zone is not None and zone not in scale_set.zones:
        raise errors.invalid(f"The scale set does not span zone '{zone}'.", "zone")
    capacity = {"sku": {"capacity": scale_set.state.capacity + count}}
    after = merged(scale_set.state.body, capacity)
    refuse_capacity(after)
    operation = world.begin("scale out", scale_set)
    scale_set.become(world.now, body=after, etag=scale_set.state.etag + 1)
    world.note(world.now, "capacity", scale_set, None, operation, call.client_request_id)
    charge = scaling.scale(world, scale_set, operation, call.client_request_id, zone)
    world.hold(scale_set, operation, world.now, "Updating")
    return accepted(call, operation, charge)


def walk_domain(world: World, call: Call, params: Params) -> Reply:
    """Service Fabric's walk over update domains: answered where it exists, at its end."""
    found(world, params)
    domain = call.query.get("platformupdatedomain", "")
    if not domain.isdecimal() or len(domain) > 3:
        raise errors.invalid("The value of parameter platformUpdateDomain is invalid.")
    return json_reply(200, {"walkPerformed": True, "nextPlatformUpdateDomain": int(domain) + 1})


def run_command(world: World, call: Call, params: Params) -> Reply:
    """Runs nothing, and says so in the output of its operation."""
    scale_set = found(world, params)
    member = member_of(scale_set, params["id"])
    if not isinstance(call.json().get("commandId"), str):
        raise errors.invalid("Required parameter 'commandId' is missing (null).", "commandId")
    operation = world.begin("run command", scale_set)
    text = "Enable succeeded: \n[stdout]\nnothing runs in a simulator\n\n[stderr]\n"
    status = {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "message": text,
    }
    operation.output = {"value": [status]}
    world.note(world.now, "command", scale_set, [member], operation, call.client_request_id)
    world.after(world.now, 30.0, operation.settle)
    return accepted(call, operation, 1)


def boot_diagnostics(world: World, call: Call, params: Params) -> Reply:
    """Where the console's picture and log would be."""
    scale_set = found(world, params)
    member = member_of(scale_set, params["id"])
    base = f"https://simulated.blob.core.windows.net/bootdiagnostics/{member.vm_id}"
    links = {
        "consoleScreenshotBlobUri": f"{base}.screenshot.bmp",
        "serialConsoleLogBlobUri": f"{base}.serialconsole.log",
    }
    return json_reply(200, links)


def set_service_state(world: World, call: Call, params: Params) -> Reply:
    """Suspends or resumes automatic repairs."""
    scale_set = found(world, params)
    action = str(call.json().get("action", ""))
    states = {"Suspend": "Suspended", "Resume": "Running"}
    if action not in states:
        raise errors.invalid("The value of parameter action is invalid.", "action")
    scale_set.automatic_repairs = states[action]
    operation = world.begin("service state", scale_set)
    world.after(world.now, 1.0, operation.settle)
    return accepted(call, operation, 0)


def _ids(body: Json) -> Sequence[str] | None:
    shape.check(body)
    return [str(each) for each in body.get("instanceIds") or []] or None


def _shrink(world: World, scale_set: ScaleSet, count: int) -> None:
    sku = {"capacity": max(0, scale_set.state.capacity - count)}
    body = merged(scale_set.state.body, {"sku": sku})
    scale_set.become(world.now, body=body)
