"""The reading handlers: scale sets, their instances, operations. They change nothing."""

from collections.abc import Mapping

import msgspec

from vmss_tui.simulator import errors
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.responses import (
    after_token,
    filtered,
    next_link,
    operation_headers,
)
from vmss_tui.simulator.payloads import flexible_vm as machine_payloads
from vmss_tui.simulator.payloads import instance_view as views
from vmss_tui.simulator.payloads import scale_set as payloads
from vmss_tui.simulator.payloads.encoding import encoded, page
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

SET_PAGE = 50
"""Lists of scale sets come in pages of fifty."""

_VM_SIZES = ("B1ls", "B1ms", "B1s", "B2s", "D2s_v5", "D4s_v5", "D8s_v5", "DS1_v2", "E4s_v5")

Params = Mapping[str, str]


def found(world: World, params: Params) -> ScaleSet:
    """The scale set that a path names, or the refusal."""
    return world.scale_set(params["sub"], params["rg"], params["set"])


def member_of(scale_set: ScaleSet, instance_id: str) -> Instance:
    """The instance that a path names, or the refusal."""
    member = scale_set.find(instance_id)
    if member is None:
        refusal = errors.entity_not_found()
        refusal.headers["x-ms-request-charge"] = "1"
        raise refusal
    return member


def list_in_subscription(world: World, call: Call, params: Params) -> Reply:
    """All scale sets of a subscription; the set's id has its group in capitals, as recorded."""
    subscription = world.known_subscription(params["sub"])
    wanted = params.get("location", "").replace(" ", "").lower()
    sets = [
        each
        for each in world.scale_sets.values()
        if each.subscription == subscription and wanted in ("", each.location)
    ]
    return _sets(world, call, sets, capitals=True)


def list_in_group(world: World, call: Call, params: Params) -> Reply:
    """All scale sets of a resource group."""
    group = world.known_group(params["sub"], params["rg"])
    known = world.known_subscription(params["sub"])
    sets = [s for s in world.scale_sets.values() if (s.subscription, s.group) == (known, group)]
    return _sets(world, call, sets, capitals=False)


def get_set(world: World, call: Call, params: Params) -> Reply:
    """One scale set."""
    scale_set = found(world, params)
    user_data = call.query.get("$expand", "").lower() == "userdata"
    body = payloads.scale_set(scale_set, call.as_of, user_data=user_data)
    return json_reply(200, body, {"etag": body["etag"]})


def set_view(world: World, call: Call, params: Params) -> Reply:
    """The instance view of a scale set; a Flexible one has none.

    Words of the refusal: hashicorp/nomad-autoscaler issue 1096.
    """
    scale_set = found(world, params)
    if scale_set.flexible:
        what = "Operation 'VirtualMachineScaleSets.instanceView.GET' is not allowed on"
        raise errors.not_allowed(f"{what} Virtual Machine Scale Set '{scale_set.name}'.")
    return json_reply(200, payloads.set_view(scale_set, call.as_of))


def set_skus(world: World, call: Call, params: Params) -> Reply:
    """The sizes a scale set could have."""
    scale_set = found(world, params)
    single = scale_set.state.properties.get("singlePlacementGroup", False)
    capacity = {
        "minimum": 0,
        "maximum": 100 if single else 1000,
        "defaultCapacity": 1,
        "scaleType": "Automatic",
    }
    skus = [
        {
            "resourceType": payloads.SET_TYPE,
            "sku": {"name": f"Standard_{size}", "tier": "Standard"},
            "capacity": capacity,
        }
        for size in _VM_SIZES
    ]
    return json_reply(200, {"value": skus})


def list_instances(world: World, call: Call, params: Params) -> Reply:
    """A page of instances in the order of their ids."""
    scale_set = found(world, params)
    after = after_token(call.query.get("$skiptoken"))
    members = [each for each in scale_set.members(call.as_of) if each.number > after]
    members = filtered(scale_set, members, call)
    shown = members[: world.page_size]
    link = None
    if len(members) > len(shown):
        link = next_link(call, str(shown[-1].number))
    expand = call.query.get("$expand", "").lower() == "instanceview"
    select = call.query.get("$select", "").lower() == "instanceview"
    items = [
        encoded(
            scale_set,
            each,
            call.as_of,
            expand=expand,
            select=select,
            stale_health=world.outdated_report_health,
        )
        for each in shown
    ]
    headers = {"x-ms-request-charge": str(len(shown))} if shown else {}
    return Reply(200, page(items, link), headers)


def get_instance(world: World, call: Call, params: Params) -> Reply:
    """One instance."""
    scale_set = found(world, params)
    member = member_of(scale_set, params["id"])
    expand = call.query.get("$expand", "").lower()
    etag = f'"{member.states.as_of(call.as_of).etag}"'
    headers = {"etag": etag, "x-ms-request-charge": "1"}
    if scale_set.flexible:
        return json_reply(200, machine_payloads.protected_stub(scale_set, member), headers)
    body = encoded(
        scale_set,
        member,
        call.as_of,
        expand=expand == "instanceview",
        stale_health=world.outdated_report_health,
    )
    if expand == "userdata":
        view = payloads.instance(scale_set, member, call.as_of, user_data=True)
        body = msgspec.json.encode(view)
    return Reply(200, body, headers)


def get_instance_view(world: World, call: Call, params: Params) -> Reply:
    """One instance's view."""
    scale_set = found(world, params)
    member = member_of(scale_set, params["id"])
    body = views.instance_view(scale_set, member, call.as_of, world.outdated_report_health)
    return json_reply(200, body, {"x-ms-request-charge": "1"})


def get_operation(world: World, call: Call, params: Params) -> Reply:
    """A poll; with `monitor=true` 202 while it runs and an empty 200 afterwards."""
    operation = world.operations.get(params["operation"].lower())
    if operation is None or operation.subscription.lower() != params["sub"].lower():
        raise errors.entity_not_found()
    if call.query.get("monitor", "").lower() != "true":
        reply = json_reply(200, operation.body())
        if operation.ended is None and operation.estimate is not None:
            reply.headers["Retry-After"] = str(world.real_seconds(operation.estimate))
            operation.estimate = None
        return reply
    if operation.ended is None:
        return Reply(202, headers=operation_headers(call, operation))
    return Reply(200)


def _sets(world: World, call: Call, sets: list[ScaleSet], *, capitals: bool) -> Reply:
    start = after_token(call.query.get("$skiptoken")) + 1
    shown = sets[start : start + SET_PAGE]
    values = []
    for each in shown:
        body = payloads.scale_set(each, call.as_of)
        if capitals:
            body["id"] = body["id"].replace(
                f"/resourceGroups/{each.group}/", f"/resourceGroups/{each.group.upper()}/"
            )
        values.append(body)
    answer: dict[str, object] = {"value": values}
    if start + SET_PAGE < len(sets):
        answer["nextLink"] = next_link(call, str(start + SET_PAGE - 1))
    return json_reply(200, answer)
