"""The handlers of virtual machines, which is what the instances of a Flexible set are.

Machines outside of scale sets are not simulated. The filter by set, and a view only with it:
docstring of the SDK's `virtual_machines.list`.
"""

import re

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers import instance_actions as actions
from vmss_tui.simulator.handlers.responses import after_token, next_link
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.payloads import flexible_vm as machine_payloads
from vmss_tui.simulator.payloads import instance_view as views
from vmss_tui.simulator.payloads.encoding import encoded, page
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

Machine = tuple[int, ScaleSet, Instance]
"""A place in the order of all machines, the set and the instance."""

_PER_SET = 100_000
"""Places that a set has in the order of machines."""
_FILTER = re.compile(r"'?virtualMachineScaleSet/id'? eq '?(/[^']*?)/?'?", re.IGNORECASE)


def list_in_group(world: World, call: Call, params: Params) -> Reply:
    """The machines of a resource group; with the filter those of one set, which allows a view."""
    subscription = world.known_subscription(params["sub"])
    group = world.known_group(subscription, params["rg"])
    found = [each for each in _machines(world, subscription, call) if each[1].group == group]
    wanted = _wanted(call)
    expand = call.query.get("$expand", "").lower() == "instanceview"
    if expand and wanted is None:
        message = "The expand query option can only be specified with a valid filter option."
        raise errors.invalid(message, "$expand")
    if wanted is not None:
        found = [each for each in found if each[1].id.lower() == wanted]
    shown, link = _shown(world, call, found)
    items = [
        encoded(s, m, call.as_of, expand=expand, machine=True, stale_health=world.outdated_report_health)
        for _, s, m in shown
    ]
    return Reply(200, page(items, link))


def list_in_subscription(world: World, call: Call, params: Params) -> Reply:
    """All machines of a subscription, or with `statusOnly=true` how they are."""
    subscription = world.known_subscription(params["sub"])
    found = _machines(world, subscription, call)
    wanted = _wanted(call)
    if wanted is not None:
        found = [each for each in found if each[1].id.lower() == wanted]
    shown, link = _shown(world, call, found)
    if call.query.get("statusonly", "").lower() != "true":
        items = [encoded(s, m, call.as_of, expand=False, machine=True) for _, s, m in shown]
        return Reply(200, page(items, link))
    health = world.outdated_report_health
    body: Json = {"value": [machine_payloads.status(s, m, call.as_of, health) for _, s, m in shown]}
    if link is not None:
        body["nextLink"] = link
    return json_reply(200, body)


def get(world: World, call: Call, params: Params) -> Reply:
    """One machine."""
    scale_set, member = _found(world, params)
    expand = call.query.get("$expand", "").lower() == "instanceview"
    body = encoded(
        scale_set,
        member,
        call.as_of,
        expand=expand,
        machine=True,
        stale_health=world.outdated_report_health,
    )
    return Reply(200, body, {"etag": f'"{member.states.as_of(call.as_of).etag}"'})


def get_view(world: World, call: Call, params: Params) -> Reply:
    """One machine's view."""
    scale_set, member = _found(world, params)
    return json_reply(200, views.instance_view(scale_set, member, call.as_of, world.outdated_report_health))


def act(world: World, call: Call, params: Params) -> Reply:
    """An action on one machine, or its deletion: as the set's own path would have it."""
    scale_set, member = _found(world, params)
    place = {**params, "set": scale_set.name, "id": member.instance_id}
    return actions.instance_action(world, call, place)


def evict(world: World, call: Call, params: Params) -> Reply:
    """Evicts a Spot machine."""
    scale_set, member = _found(world, params)
    return actions.evict(world, call, scale_set, member)


def _machines(world: World, subscription: str, call: Call) -> list[Machine]:
    return [
        (order * _PER_SET + member.number, scale_set, member)
        for order, scale_set in enumerate(world.scale_sets.values())
        if scale_set.subscription == subscription and scale_set.flexible
        for member in scale_set.members(call.as_of)
    ]


def _shown(world: World, call: Call, found: list[Machine]) -> tuple[list[Machine], str | None]:
    after = after_token(call.query.get("$skiptoken"))
    left = [each for each in found if each[0] > after]
    shown = left[: world.page_size]
    link = next_link(call, str(shown[-1][0])) if len(left) > len(shown) else None
    return shown, link


def _wanted(call: Call) -> str | None:
    """The set that the filter names, in lower case; None without a filter."""
    text = " ".join(call.query.get("$filter", "").split())
    if not text:
        return None
    match = _FILTER.fullmatch(text)
    if match is None:
        raise errors.invalid(f"The filter '{text}' is not supported.", "$filter")
    return match[1].lower()


def _found(world: World, params: Params) -> tuple[ScaleSet, Instance]:
    subscription = world.known_subscription(params["sub"])
    group = world.known_group(subscription, params["rg"])
    for scale_set in world.scale_sets.values():
        inside = (scale_set.subscription, scale_set.group) == (subscription, group)
        member = scale_set.find(params["vm"]) if inside and scale_set.flexible else None
        if member is not None:
            return scale_set, member
    raise errors.resource_not_found(machine_payloads.MACHINE_TYPE, params["vm"], group)
