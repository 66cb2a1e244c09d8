"""The handlers that write a set or an instance, or delete a set. Accepted or refused as a whole."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour import actions as lifecycle
from vmss_tui.simulator.behaviour import model_write as model
from vmss_tui.simulator.behaviour import validate as shape
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers.responses import accepted, operation_headers
from vmss_tui.simulator.handlers.scale_set_reads import Params, found
from vmss_tui.simulator.payloads import scale_set as payloads
from vmss_tui.simulator.payloads.encoding import encoded
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_FIRST_WAIT = 10.0
_ESTIMATES = {200: 37.0, 201: 61.0}
"""Simulated seconds that the first poll after a model write tells to wait (recorded 2019)."""


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
    return accepted(call, operation, len(touched))


def put_instance(world: World, call: Call, params: Params) -> Reply:
    """Writes an instance: its protection policy and tags are what can be changed here."""
    scale_set = found(world, params)
    member = scale_set.find(params["id"])
    if member is None:
        raise errors.instance_not_active(params["id"])
    instance_id = member.instance_id
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
    body = encoded(scale_set, member, None, expand=False, stale_health=world.outdated_report_health)
    headers = operation_headers(call, operation, location=False)
    headers |= {"etag": f'"{member.state.etag}"', "x-ms-request-charge": "1"}
    return Reply(200, body, headers)


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
