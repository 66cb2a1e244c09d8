"""The handlers of actions on instances, and of the other POST requests to a set or an instance."""

from collections.abc import Sequence

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.actions import select_instances, start_action
from vmss_tui.simulator.behaviour.lasting_refusals import check_not_deleting
from vmss_tui.simulator.behaviour.merge import check_capacity, merge_body
from vmss_tui.simulator.behaviour.scaling import scale_to_capacity
from vmss_tui.simulator.behaviour.spot_eviction import evict_instances
from vmss_tui.simulator.behaviour.validate import check_body
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.responses import accepted_response
from vmss_tui.simulator.handlers.scale_set_reads import find_instance, find_scale_set
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
"""The last segment of a path → the kind of action."""

_NEED_IDS = frozenset({"upgrade", "delete"})
_EVICTION_DELAY = (20.0, 60.0, 600.0)
"""Simulated seconds (low, median, high) until a requested eviction starts; a guess."""


def start_set_action(world: World, request: Request, parameters: PathParameters) -> Response:
    """An action on the instances in the body; without ids on all, for kinds that allow it."""
    scale_set = find_scale_set(world, parameters)
    kind = ACTIONS[parameters["action"].lower()]
    ids = _instance_ids(request.json())
    if ids is None and kind in _NEED_IDS:
        raise errors.invalid_parameter(
            "Required parameter 'instanceIds' is missing (null).", "instanceIds"
        )
    instances = select_instances(scale_set, ids)
    operation, affected = start_action(
        world, scale_set, kind, instances, client_request_id=request.client_request_id
    )
    if kind == "delete":
        _reduce_capacity(world, scale_set, len(affected))
    return accepted_response(request, operation, len(affected))


def start_instance_action(world: World, request: Request, parameters: PathParameters) -> Response:
    """An action on one instance whatever its protection policy, or on all with the id `*`."""
    scale_set = find_scale_set(world, parameters)
    action = parameters.get("action", "delete").lower()
    kind = ACTIONS.get(action)
    if kind is None or kind == "upgrade":
        raise errors.entity_not_found()
    set_wide = parameters["id"] == "*"
    if set_wide:
        instances = scale_set.sorted_instances()
    else:
        instances = [find_instance(scale_set, parameters["id"])]
    operation, affected = start_action(
        world,
        scale_set,
        kind,
        instances,
        client_request_id=request.client_request_id,
        set_wide=set_wide,
    )
    if kind == "delete":
        _reduce_capacity(world, scale_set, len(affected))
    return accepted_response(request, operation, len(affected))


def simulate_eviction(world: World, request: Request, parameters: PathParameters) -> Response:
    """Evicts a Spot instance after a delay; Azure promises to do so within 30 minutes."""
    scale_set = find_scale_set(world, parameters)
    return schedule_eviction(world, request, scale_set, find_instance(scale_set, parameters["id"]))


def schedule_eviction(
    world: World, request: Request, scale_set: ScaleSet, instance: Instance
) -> Response:
    """Schedules the eviction of an instance. Raises ArmError (409) if it is not a Spot one."""
    if instance.state.model.profile.get("priority") != "Spot":
        message = "Operation 'simulateEviction' is allowed only for Spot Virtual Machines"
        raise errors.operation_not_allowed(message)
    delay = world.random.sample(
        _EVICTION_DELAY, "evict", scale_set.id.lower(), instance.instance_id
    )
    request_id = request.client_request_id
    world.call_later(
        world.now,
        delay,
        lambda at: evict_instances(world, scale_set, [instance], at, request_id),
    )
    return Response(204)


def scale_out(world: World, request: Request, parameters: PathParameters) -> Response:
    """Adds instances, in a zone where one is given; known only from the SDK's model."""
    scale_set = find_scale_set(world, parameters)
    body = request.json()
    check_body(body)
    count = body.get("capacity")
    zone = (body.get("properties") or {}).get("zone")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise errors.invalid_parameter(
            "Required parameter 'capacity' is missing or invalid.", "capacity"
        )
    if zone is not None and zone not in scale_set.zones:
        raise errors.invalid_parameter(f"The scale set does not span zone '{zone}'.", "zone")
    check_not_deleting(world, scale_set, "scaleOut")
    capacity = {"sku": {"capacity": scale_set.state.capacity + count}}
    after = merge_body(scale_set.state.body, capacity)
    check_capacity(after)
    operation = world.start_operation("scale out", scale_set)
    scale_set.update_state(world.now, body=after, etag=scale_set.state.etag + 1)
    world.record_effect(
        world.now, "capacity", scale_set, None, operation, request.client_request_id
    )
    charge = scale_to_capacity(world, scale_set, operation, request.client_request_id, zone)
    world.hold_provisioning(scale_set, operation, world.now, "Updating")
    return accepted_response(request, operation, charge)


def walk_update_domain(world: World, request: Request, parameters: PathParameters) -> Response:
    """Service Fabric's walk over update domains; always reported as performed."""
    find_scale_set(world, parameters)
    domain = request.query.get("platformupdatedomain", "")
    if not domain.isdecimal() or len(domain) > 3:
        raise errors.invalid_parameter("The value of parameter platformUpdateDomain is invalid.")
    return json_response(200, {"walkPerformed": True, "nextPlatformUpdateDomain": int(domain) + 1})


def set_service_state(world: World, request: Request, parameters: PathParameters) -> Response:
    """Suspends or resumes automatic repairs."""
    scale_set = find_scale_set(world, parameters)
    action = str(request.json().get("action", ""))
    states = {"Suspend": "Suspended", "Resume": "Running"}
    if action not in states:
        raise errors.invalid_parameter("The value of parameter action is invalid.", "action")
    scale_set.automatic_repairs_state = states[action]
    operation = world.start_operation("service state", scale_set)
    world.call_later(world.now, 1.0, operation.complete)
    return accepted_response(request, operation, 0)


def _instance_ids(body: Json) -> Sequence[str] | None:
    check_body(body)
    return [str(instance_id) for instance_id in body.get("instanceIds") or []] or None


def _reduce_capacity(world: World, scale_set: ScaleSet, count: int) -> None:
    sku = {"capacity": max(0, scale_set.state.capacity - count)}
    body = merge_body(scale_set.state.body, {"sku": sku})
    scale_set.update_state(world.now, body=body)
