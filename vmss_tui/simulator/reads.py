"""The reading handlers: scale sets, their instances, operations. They change nothing."""

import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from vmss_tui.simulator import errors, payloads, views
from vmss_tui.simulator.encoding import encoded, page
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.instances import Instance
from vmss_tui.simulator.operations import Operation
from vmss_tui.simulator.rolling import RollingUpgrade
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.world import World

SET_PAGE = 50
"""Lists of scale sets come in pages of fifty."""

_VM_SIZES = ("B1ls", "B1ms", "B1s", "B2s", "D2s_v5", "D4s_v5", "D8s_v5", "DS1_v2", "E4s_v5")

Params = Mapping[str, str]


def found(world: World, params: Params) -> ScaleSet:
    """The scale set that a path names, or the refusal."""
    return world.scale_set(params["sub"], params["rg"], params["set"])


def member_of(scale_set: ScaleSet, instance_id: str) -> Instance:
    """The instance that a path names, or the refusal."""
    member = scale_set.instances.get(instance_id)
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
    """The instance view of a scale set."""
    return json_reply(200, payloads.set_view(found(world, params), call.as_of))


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
    after = _after(call.query.get("$skiptoken"))
    members = [each for each in scale_set.members(call.as_of) if each.number > after]
    members = _filtered(scale_set, members, call)
    shown = members[: world.page_size]
    link = None
    if len(members) > len(shown):
        link = _next_link(call, str(shown[-1].number))
    expand = call.query.get("$expand", "").lower() == "instanceview"
    select = call.query.get("$select", "").lower() == "instanceview"
    items = [
        encoded(
            scale_set,
            each,
            call.as_of,
            expand=expand,
            select=select,
            stale_health=world.stale_health,
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
    body = encoded(
        scale_set,
        member,
        call.as_of,
        expand=expand == "instanceview",
        stale_health=world.stale_health,
    )
    if expand == "userdata":
        view = payloads.instance(scale_set, member, call.as_of, user_data=True)
        body = msgspec.json.encode(view)
    etag = f'"{member.states.as_of(call.as_of).etag}"'
    return Reply(200, body, {"etag": etag, "x-ms-request-charge": "1"})


def get_instance_view(world: World, call: Call, params: Params) -> Reply:
    """One instance's view."""
    scale_set = found(world, params)
    member = member_of(scale_set, params["id"])
    body = views.instance_view(scale_set, member, call.as_of, world.stale_health)
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


def rolling_latest(world: World, call: Call, params: Params) -> Reply:
    """The latest rolling upgrade of the service; 404 where there never was one."""
    scale_set = found(world, params)
    if not isinstance(scale_set.rolling, RollingUpgrade):
        raise errors.entity_not_found()
    return json_reply(200, scale_set.rolling.body(scale_set.location))


def upgrade_history(world: World, call: Call, params: Params) -> Reply:
    """The service's OS upgrades: none are simulated."""
    found(world, params)
    return json_reply(200, {"value": []})


def operation_headers(call: Call, operation: Operation, *, location: bool = True) -> dict[str, str]:
    """Where an operation is followed, on the caller's own host."""
    base = f"{call.base}{operation.path()}"
    version = quote(call.api_version)
    headers = {
        "Azure-AsyncOperation": f"{base}?api-version={version}",
        "Azure-AsyncNotification": "Enabled",
    }
    if location:
        headers["Location"] = f"{base}?monitor=true&api-version={version}"
    return headers


def _sets(world: World, call: Call, sets: list[ScaleSet], *, capitals: bool) -> Reply:
    start = _after(call.query.get("$skiptoken")) + 1
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
        answer["nextLink"] = _next_link(call, str(start + SET_PAGE - 1))
    return json_reply(200, answer)


def _after(token: str | None) -> int:
    if token is None:
        return -1
    if not token.isdecimal() or len(token) > 9:
        raise errors.invalid("The request URL is not valid.", "$skiptoken")
    return int(token)


def _next_link(call: Call, token: str) -> str:
    kept = [
        part
        for part in call.raw_query.split("&")
        if part and not part.lower().startswith(("$skiptoken=", "%24skiptoken="))
    ]
    return f"{call.base}{call.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"


def _filtered(scale_set: ScaleSet, members: list[Instance], call: Call) -> list[Instance]:
    """The two filters that Azure allows; anything else is refused."""
    text = " ".join(call.query.get("$filter", "").split())
    if not text:
        return members
    applied = re.fullmatch(r"properties/latestModelApplied eq (true|false)", text, re.IGNORECASE)
    if applied:
        wanted = applied[1].lower() == "true"
        return [each for each in members if scale_set.is_current(each, call.as_of) is wanted]
    starts = re.fullmatch(
        r"startswith\(instanceView/statuses/code, ?'(\w+)(?:/(\w*))?'\) eq true",
        text,
        re.IGNORECASE,
    )
    if starts is None:
        raise errors.invalid(f"The filter '{text}' is not supported.", "$filter")
    family, prefix = starts[1].lower(), (starts[2] or "").lower()
    states = [(each, each.states.as_of(call.as_of)) for each in members]
    if family == "powerstate":
        return [each for each, state in states if state.power.lower().startswith(prefix)]
    return [each for each, state in states if state.provisioning.lower().startswith(prefix)]
