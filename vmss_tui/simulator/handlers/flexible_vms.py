"""The handlers of virtual machines, which are the instances of Flexible sets.

Machines outside scale sets are not simulated. Source of the filter by scale set, and of the rule
that only it allows an instance view: docstring of the SDK's `virtual_machines.list`.
"""

import re

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.instance_actions import schedule_eviction, start_instance_action
from vmss_tui.simulator.handlers.responses import next_link, parse_skip_token
from vmss_tui.simulator.payloads.encoding import encode_instance, encode_page
from vmss_tui.simulator.payloads.flexible_vm import MACHINE_TYPE, machine_status_body
from vmss_tui.simulator.payloads.instance_view import instance_view_body
from vmss_tui.simulator.payloads.observation import observe
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

Machine = tuple[int, ScaleSet, Instance]
"""The position in the order of all machines, the set and the instance."""

_POSITIONS_PER_SET = 100_000
_FILTER = re.compile(r"'?virtualMachineScaleSet/id'? eq '?(/[^']*?)/?'?", re.IGNORECASE)


def list_in_group(world: World, request: Request, parameters: PathParameters) -> Response:
    """The machines of a resource group, or with the filter those of one set."""
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    machines = [
        machine for machine in _machines(world, subscription, request) if machine[1].group == group
    ]
    scale_set_id = _filtered_scale_set(request)
    expand = request.query.get("$expand", "").lower() == "instanceview"
    if expand and scale_set_id is None:
        message = "The expand query option can only be specified with a valid filter option."
        raise errors.invalid_parameter(message, "$expand")
    if scale_set_id is not None:
        machines = [machine for machine in machines if machine[1].id.lower() == scale_set_id]
    page, link = _page(world, request, machines)
    items = [
        encode_instance(world, s, m, request.as_of, expand=expand, machine=True) for _, s, m in page
    ]
    return Response(200, encode_page(items, link))


def list_in_subscription(world: World, request: Request, parameters: PathParameters) -> Response:
    """All machines of a subscription, or with `statusOnly=true` their instance views."""
    subscription = world.find_subscription(parameters["sub"])
    machines = _machines(world, subscription, request)
    scale_set_id = _filtered_scale_set(request)
    if scale_set_id is not None:
        machines = [machine for machine in machines if machine[1].id.lower() == scale_set_id]
    page, link = _page(world, request, machines)
    if request.query.get("statusonly", "").lower() != "true":
        items = [
            encode_instance(world, s, m, request.as_of, expand=False, machine=True)
            for _, s, m in page
        ]
        return Response(200, encode_page(items, link))
    values = [machine_status_body(s, m, observe(world, s, m, request.as_of)) for _, s, m in page]
    body: Json = {"value": values}
    if link is not None:
        body["nextLink"] = link
    return json_response(200, body)


def get_machine(world: World, request: Request, parameters: PathParameters) -> Response:
    """One machine."""
    scale_set, instance = find_machine(world, parameters)
    expand = request.query.get("$expand", "").lower() == "instanceview"
    body = encode_instance(world, scale_set, instance, request.as_of, expand=expand, machine=True)
    return Response(200, body, {"etag": f'"{instance.states.as_of(request.as_of).etag}"'})


def get_machine_view(world: World, request: Request, parameters: PathParameters) -> Response:
    """One machine's view."""
    scale_set, instance = find_machine(world, parameters)
    observation = observe(world, scale_set, instance, request.as_of)
    return json_response(200, instance_view_body(scale_set, instance, observation))


def start_machine_action(world: World, request: Request, parameters: PathParameters) -> Response:
    """An action on one machine or its deletion, equal to the one at the set's path."""
    scale_set, instance = find_machine(world, parameters)
    set_parameters = {**parameters, "set": scale_set.name, "id": instance.instance_id}
    return start_instance_action(world, request, set_parameters)


def simulate_eviction(world: World, request: Request, parameters: PathParameters) -> Response:
    """Evicts a Spot machine."""
    scale_set, instance = find_machine(world, parameters)
    return schedule_eviction(world, request, scale_set, instance)


def _machines(world: World, subscription: str, request: Request) -> list[Machine]:
    return [
        (index * _POSITIONS_PER_SET + instance.number, scale_set, instance)
        for index, scale_set in enumerate(world.scale_sets.values())
        if scale_set.subscription == subscription and scale_set.flexible
        for instance in scale_set.sorted_instances(request.as_of)
    ]


def _page(
    world: World, request: Request, machines: list[Machine]
) -> tuple[list[Machine], str | None]:
    after = parse_skip_token(request.query.get("$skiptoken"))
    remaining = [machine for machine in machines if machine[0] > after]
    page = remaining[: world.page_size]
    link = next_link(request, str(page[-1][0])) if len(remaining) > len(page) else None
    return page, link


def _filtered_scale_set(request: Request) -> str | None:
    """The id of the scale set in the filter, in lower case; None without a filter."""
    text = " ".join(request.query.get("$filter", "").split())
    if not text:
        return None
    match = _FILTER.fullmatch(text)
    if match is None:
        raise errors.invalid_parameter(f"The filter '{text}' is not supported.", "$filter")
    return match[1].lower()


def find_machine(world: World, parameters: PathParameters) -> tuple[ScaleSet, Instance]:
    """The Flexible set and instance of a machine. Raises ArmError (404) where there is none."""
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    for scale_set in world.scale_sets.values():
        inside = (scale_set.subscription, scale_set.group) == (subscription, group)
        instance = (
            scale_set.instance_by_id(parameters["vm"]) if inside and scale_set.flexible else None
        )
        if instance is not None:
            return scale_set, instance
    raise errors.resource_not_found(MACHINE_TYPE, parameters["vm"], group)
