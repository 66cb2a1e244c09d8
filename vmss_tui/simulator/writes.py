"""The writing handlers: models, actions on instances, deletion. Accepted whole or refused whole."""

from collections.abc import Sequence

from vmss_tui.simulator import errors, lifecycle, model, payloads, rolling, shape
from vmss_tui.simulator.encoding import encoded
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.merge import merged
from vmss_tui.simulator.operations import Operation
from vmss_tui.simulator.reads import Params, found, member_of, operation_headers
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.world import World

ACTIONS = {
    "manualupgrade": "upgrade",
    "restart": "restart",
    "start": "start",
    "poweroff": "poweroff",
    "deallocate": "deallocate",
    "reimage": "reimage",
    "reimageall": "reimageall",
    "redeploy": "redeploy",
    "delete": "delete",
}
"""The last segment of a path → what is done to instances."""

_FIRST_WAIT = 10.0
_ESTIMATES = {200: 37.0, 201: 61.0}
"""Simulated seconds that the first poll after a model write tells to wait (recorded 2019)."""
_NEED_IDS = frozenset({"upgrade", "delete"})


def put_set(world: World, call: Call, params: Params) -> Reply:
    """Creates a set, or writes the model of one that exists."""
    subscription = world.known_subscription(params["sub"])
    group = world.known_group(subscription, params["rg"])
    key = (subscription.lower(), group.lower(), params["set"].lower())
    existing = world.scale_sets.get(key)
    if existing is not None:
        return _write(world, call, existing)
    _check_match(call, None)
    body = call.json()
    shape.check(body)
    made, written = model.create(
        world, subscription, group, params["set"], body, call.client_request_id
    )
    return _model_reply(world, call, made, written, 201)


def patch_set(world: World, call: Call, params: Params) -> Reply:
    """Writes a part of the model."""
    return _write(world, call, found(world, params))


def delete_set(world: World, call: Call, params: Params) -> Reply:
    """Deletes a set with its instances."""
    scale_set = found(world, params)
    members = scale_set.members()
    operation, touched = lifecycle.act(
        world, scale_set, "delete", members, client_request_id=call.client_request_id
    )
    scale_set.become(world.now, provisioning="Deleting")
    world.note(world.now, "delete set", scale_set, None, operation, call.client_request_id)
    operation.when_done.append(lambda at: world.remove(scale_set))
    return _accepted(call, operation, len(touched))


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
    return _accepted(call, operation, len(touched))


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
    return _accepted(call, operation, len(touched))


def put_instance(world: World, call: Call, params: Params) -> Reply:
    """Writes an instance: its protection policy and tags are what can be changed here."""
    scale_set = found(world, params)
    instance_id = params["id"]
    if instance_id not in scale_set.instances:
        raise errors.instance_not_active(instance_id)
    member = scale_set.instances[instance_id]
    _check_match(call, f'"{member.state.etag}"')
    asked = call.json()
    shape.check(asked)
    properties: Json = asked.get("properties") or {}
    protection = properties.get("protectionPolicy") or member.state.protection
    if protection is not None:
        protection = {"protectFromScaleIn": False, "protectFromScaleSetActions": False} | protection
        actions = protection["protectFromScaleSetActions"]
        if actions and not protection["protectFromScaleIn"]:
            message = "protectFromScaleSetActions cannot be true when protectFromScaleIn is false."
            raise errors.invalid(message, "protectionPolicy")
    if member.operation is not None:
        raise errors.conflict()
    operation = world.begin("write instance", scale_set)
    operation.pending = {instance_id}
    member.operation = operation.name
    member.turn += 1
    member.become(
        world.now,
        provisioning="Updating",
        protection=protection,
        tags=asked.get("tags", member.state.tags),
        etag=member.state.etag + 1,
    )
    world.note(world.now, "instance", scale_set, [member], operation, call.client_request_id)

    def finish(at: float) -> None:
        if member.operation == operation.name:
            member.operation = None
            member.become(at, provisioning="Succeeded", settled_at=at)
        operation.settle(at, instance_id)

    world.after(world.now, 1.0, finish)
    body = encoded(scale_set, member, None, expand=False, stale_health=world.stale_health)
    headers = operation_headers(call, operation, location=False)
    headers |= {"etag": f'"{member.state.etag}"', "x-ms-request-charge": "1"}
    return Reply(200, body, headers)


def start_rolling(world: World, call: Call, params: Params) -> Reply:
    """Starts the service's own rolling upgrade of everything that lacks the model."""
    scale_set = found(world, params)
    operation = world.begin("rolling upgrade", scale_set)
    rolling.start(world, scale_set, operation, call.client_request_id)
    world.hold(scale_set, operation, world.now, "Updating")
    return _accepted(call, operation, 0)


def cancel_rolling(world: World, call: Call, params: Params) -> Reply:
    """Cancels the service's rolling upgrade."""
    scale_set = found(world, params)
    if not rolling.cancel(world, scale_set):
        raise errors.not_allowed("There is no ongoing Rolling Upgrade to cancel.")
    operation = world.begin("cancel rolling upgrade", scale_set)
    world.after(world.now, 1.0, operation.settle)
    return _accepted(call, operation, 0)


def simulate_eviction(world: World, call: Call, params: Params) -> Reply:
    """Evicts a Spot instance; there are none."""
    member_of(found(world, params), params["id"])
    text = "Operation 'simulateEviction' is allowed only for Spot Virtual Machines"
    raise errors.not_allowed(text)


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
    return _accepted(call, operation, 0)


def _write(world: World, call: Call, scale_set: ScaleSet) -> Reply:
    _check_match(call, scale_set.state.quoted_etag)
    body = call.json()
    shape.check(body)
    written = model.write(world, scale_set, body, call.client_request_id)
    return _model_reply(world, call, scale_set, written, 200)


def _model_reply(
    world: World, call: Call, scale_set: ScaleSet, written: model.Written, status: int
) -> Reply:
    body = payloads.scale_set(scale_set)
    headers = operation_headers(call, written.operation, location=False)
    headers |= {"etag": body["etag"], "x-ms-request-charge": str(written.charge)}
    headers["Retry-After"] = str(world.real_seconds(_FIRST_WAIT))
    written.operation.estimate = _ESTIMATES[status]
    return json_reply(status, body, headers)


def _check_match(call: Call, etag: str | None) -> None:
    wanted = call.headers.get("if-match")
    if wanted is not None and (etag is None or wanted not in ("*", etag)):
        raise errors.etag_mismatch(wanted, etag or "")
    if etag is not None and call.headers.get("if-none-match") in ("*", etag):
        raise errors.etag_mismatch(call.headers["if-none-match"], etag)


def _ids(body: Json) -> Sequence[str] | None:
    shape.check(body)
    ids: list[str] = body.get("instanceIds") or []
    return ids or None


def _shrink(world: World, scale_set: ScaleSet, count: int) -> None:
    sku = {"capacity": max(0, scale_set.state.capacity - count)}
    body = merged(scale_set.state.body, {"sku": sku})
    scale_set.become(world.now, body=body)


def _accepted(call: Call, operation: Operation, charge: int) -> Reply:
    headers = operation_headers(call, operation)
    headers["x-ms-request-charge"] = str(charge)
    return Reply(202, headers=headers)
