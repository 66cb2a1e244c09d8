"""The read-only handlers: scale sets, their instances, operations."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.responses import (
    filter_instances,
    next_link,
    operation_headers,
    parse_skip_token,
)
from vmss_tui.simulator.payloads.encoding import encode_instance, encode_page
from vmss_tui.simulator.payloads.flexible_vm import protected_stub_body
from vmss_tui.simulator.payloads.instance import instance_body
from vmss_tui.simulator.payloads.instance_view import instance_view_body
from vmss_tui.simulator.payloads.observation import observe
from vmss_tui.simulator.payloads.scale_set import (
    SCALE_SET_TYPE,
    scale_set_body,
    scale_set_view_body,
)
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

SET_PAGE = 50
"""Scale sets per page of a list."""

_VM_SIZES = ("B1ls", "B1ms", "B1s", "B2s", "D2s_v5", "D4s_v5", "D8s_v5", "DS1_v2", "E4s_v5")


def find_scale_set(world: World, parameters: PathParameters) -> ScaleSet:
    """The scale set of a path. Raises ArmError (404) where there is none."""
    return world.find_scale_set(parameters["sub"], parameters["rg"], parameters["set"])


def find_instance(scale_set: ScaleSet, instance_id: str) -> Instance:
    """The instance of a path. Raises ArmError (404) where there is none."""
    instance = scale_set.instance_by_id(instance_id)
    if instance is None:
        error = errors.entity_not_found()
        error.headers["x-ms-request-charge"] = "1"
        raise error
    return instance


def list_in_subscription(world: World, request: Request, parameters: PathParameters) -> Response:
    """All scale sets of a subscription; their ids have the group in capitals (recorded)."""
    subscription = world.find_subscription(parameters["sub"])
    location = parameters.get("location", "").replace(" ", "").lower()
    sets = [
        scale_set
        for scale_set in world.scale_sets.values()
        if scale_set.subscription == subscription and location in ("", scale_set.location)
    ]
    return _list_response(world, request, sets, capitals=True)


def list_in_group(world: World, request: Request, parameters: PathParameters) -> Response:
    """All scale sets of a resource group."""
    group = world.find_group(parameters["sub"], parameters["rg"])
    subscription = world.find_subscription(parameters["sub"])
    sets = [
        s for s in world.scale_sets.values() if (s.subscription, s.group) == (subscription, group)
    ]
    return _list_response(world, request, sets, capitals=False)


def get_set(world: World, request: Request, parameters: PathParameters) -> Response:
    """One scale set."""
    scale_set = find_scale_set(world, parameters)
    user_data = request.query.get("$expand", "").lower() == "userdata"
    body = scale_set_body(scale_set, request.as_of, user_data=user_data)
    return json_response(200, body, {"etag": body["etag"]})


def get_set_view(world: World, request: Request, parameters: PathParameters) -> Response:
    """The instance view of a scale set; a Flexible one has none.

    Source of the error message: hashicorp/nomad-autoscaler issue 1096.
    """
    scale_set = find_scale_set(world, parameters)
    if scale_set.flexible:
        raise errors.operation_not_allowed(
            "Operation 'VirtualMachineScaleSets.instanceView.GET' is not allowed on "
            f"Virtual Machine Scale Set '{scale_set.name}'."
        )
    states = [
        observe(world, scale_set, instance, request.as_of).state
        for instance in scale_set.sorted_instances(request.as_of)
    ]
    return json_response(200, scale_set_view_body(scale_set, states, request.as_of))


def list_set_skus(world: World, request: Request, parameters: PathParameters) -> Response:
    """The sizes that a scale set can have."""
    scale_set = find_scale_set(world, parameters)
    single = scale_set.state.properties.get("singlePlacementGroup", False)
    capacity = {
        "minimum": 0,
        "maximum": 100 if single else 1000,
        "defaultCapacity": 1,
        "scaleType": "Automatic",
    }
    skus = [
        {
            "resourceType": SCALE_SET_TYPE,
            "sku": {"name": f"Standard_{size}", "tier": "Standard"},
            "capacity": capacity,
        }
        for size in _VM_SIZES
    ]
    return json_response(200, {"value": skus})


def list_instances(world: World, request: Request, parameters: PathParameters) -> Response:
    """A page of instances in the order of their ids."""
    scale_set = find_scale_set(world, parameters)
    after = parse_skip_token(request.query.get("$skiptoken"))
    instances = [
        instance
        for instance in scale_set.sorted_instances(request.as_of)
        if instance.number > after
    ]
    instances = filter_instances(world, scale_set, instances, request)
    page = instances[: world.page_size]
    link = None
    if len(instances) > len(page):
        link = next_link(request, str(page[-1].number))
    expand = request.query.get("$expand", "").lower() == "instanceview"
    select = request.query.get("$select", "").lower() == "instanceview"
    items = [
        encode_instance(world, scale_set, instance, request.as_of, expand=expand, select=select)
        for instance in page
    ]
    headers = {"x-ms-request-charge": str(len(page))} if page else {}
    return Response(200, encode_page(items, link), headers)


def get_instance(world: World, request: Request, parameters: PathParameters) -> Response:
    """One instance."""
    scale_set = find_scale_set(world, parameters)
    instance = find_instance(scale_set, parameters["id"])
    expand = request.query.get("$expand", "").lower()
    etag = f'"{instance.states.as_of(request.as_of).etag}"'
    headers = {"etag": etag, "x-ms-request-charge": "1"}
    if scale_set.flexible:
        observation = observe(world, scale_set, instance, request.as_of)
        return json_response(200, protected_stub_body(scale_set, instance, observation), headers)
    if expand == "userdata":
        observation = observe(world, scale_set, instance, request.as_of)
        with_data = instance_body(scale_set, instance, observation, user_data=True)
        return json_response(200, with_data, headers)
    expanded = expand == "instanceview"
    body = encode_instance(world, scale_set, instance, request.as_of, expand=expanded)
    return Response(200, body, headers)


def get_instance_view(world: World, request: Request, parameters: PathParameters) -> Response:
    """One instance's view."""
    scale_set = find_scale_set(world, parameters)
    instance = find_instance(scale_set, parameters["id"])
    observation = observe(world, scale_set, instance, request.as_of)
    body = instance_view_body(scale_set, instance, observation)
    return json_response(200, body, {"x-ms-request-charge": "1"})


def get_operation(world: World, request: Request, parameters: PathParameters) -> Response:
    """A poll of an operation; with `monitor=true` an empty 202 in progress, then a 200.

    That is empty too, unless the operation has an output (recorded: flow-vmss-runCommand-action).
    """
    operation = world.operations.get(parameters["operation"].lower())
    if operation is None or operation.subscription.lower() != parameters["sub"].lower():
        raise errors.entity_not_found()
    if request.query.get("monitor", "").lower() != "true":
        response = json_response(200, operation.body())
        if operation.ended is None and operation.first_retry_after is not None:
            response.headers["Retry-After"] = str(
                world.retry_after_seconds(operation.first_retry_after)
            )
            operation.first_retry_after = None
        return response
    if operation.ended is None:
        return Response(202, headers=operation_headers(request, operation))
    if operation.status == "Succeeded" and operation.output is not None:
        return json_response(200, operation.output)
    return Response(200)


def _list_response(
    world: World, request: Request, sets: list[ScaleSet], *, capitals: bool
) -> Response:
    start = parse_skip_token(request.query.get("$skiptoken")) + 1
    page = sets[start : start + SET_PAGE]
    values = []
    for scale_set in page:
        body = scale_set_body(scale_set, request.as_of)
        if capitals:
            body["id"] = body["id"].replace(
                f"/resourceGroups/{scale_set.group}/", f"/resourceGroups/{scale_set.group.upper()}/"
            )
        values.append(body)
    page_body: dict[str, object] = {"value": values}
    if start + SET_PAGE < len(sets):
        page_body["nextLink"] = next_link(request, str(start + SET_PAGE - 1))
    return json_response(200, page_body)
