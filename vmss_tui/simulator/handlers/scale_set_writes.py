"""The handlers that write a set or an instance, or delete a set."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.behaviour.actions import start_action
from vmss_tui.simulator.behaviour.model_write import WriteResult, create_scale_set, write_scale_set
from vmss_tui.simulator.behaviour.validate import check_body
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.responses import accepted_response, operation_headers
from vmss_tui.simulator.handlers.scale_set_reads import find_scale_set
from vmss_tui.simulator.payloads.flexible_vm import protected_stub_body
from vmss_tui.simulator.payloads.instance import instance_body
from vmss_tui.simulator.payloads.observation import true_observation
from vmss_tui.simulator.payloads.scale_set import scale_set_body
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_WRITE_RETRY_AFTER = 10.0
_POLL_RETRY_AFTER = {200: 37.0, 201: 61.0}
"""Simulated seconds in `Retry-After` of the first poll after a model write (recorded 2019)."""


def put_set(world: World, request: Request, parameters: PathParameters) -> Response:
    """Creates a set, or writes an existing one."""
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    key = (subscription.lower(), group.lower(), parameters["set"].lower())
    existing = world.scale_sets.get(key)
    if existing is not None:
        return _write(world, request, existing)
    _check_etag(request, None)
    body = request.json()
    check_body(body)
    scale_set, result = create_scale_set(
        world, subscription, group, parameters["set"], body, request.client_request_id
    )
    return _write_response(world, request, scale_set, result, 201)


def patch_set(world: World, request: Request, parameters: PathParameters) -> Response:
    """Writes a part of a set."""
    return _write(world, request, find_scale_set(world, parameters))


def delete_set(world: World, request: Request, parameters: PathParameters) -> Response:
    """Deletes a set with its instances."""
    scale_set = find_scale_set(world, parameters)
    instances = scale_set.sorted_instances()
    operation, affected = start_action(
        world, scale_set, "delete", instances, client_request_id=request.client_request_id
    )
    scale_set.update_state(world.now, provisioning="Deleting")
    world.record_effect(
        world.now, "delete set", scale_set, None, operation, request.client_request_id
    )
    operation.end_callbacks.append(lambda at: world.remove_scale_set(scale_set))
    return accepted_response(request, operation, len(affected))


def put_instance(world: World, request: Request, parameters: PathParameters) -> Response:
    """Writes an instance: its protection policy and its tags."""
    scale_set = find_scale_set(world, parameters)
    instance = scale_set.instance_by_id(parameters["id"])
    if instance is None:
        raise errors.instance_not_active(parameters["id"])
    instance_id = instance.instance_id
    _check_etag(request, f'"{instance.state.etag}"')
    written = request.json()
    check_body(written)
    properties: Json = written.get("properties") or {}
    protection = properties.get("protectionPolicy") or instance.state.protection
    if protection is not None:
        protection = {"protectFromScaleIn": False, "protectFromScaleSetActions": False} | protection
        actions = protection["protectFromScaleSetActions"]
        if actions and not protection["protectFromScaleIn"]:
            message = "protectFromScaleSetActions cannot be true when protectFromScaleIn is false."
            raise errors.invalid_parameter(message, "protectionPolicy")
    if instance.operation is not None:
        raise errors.conflict()
    operation = world.start_operation("write instance", scale_set)
    operation.pending = {instance_id}
    instance.operation = operation.name
    instance.generation += 1
    instance.update_state(
        world.now,
        provisioning="Updating",
        protection=protection,
        tags=written.get("tags", instance.state.tags),
        etag=instance.state.etag + 1,
    )
    world.record_effect(
        world.now, "instance", scale_set, [instance], operation, request.client_request_id
    )

    def finish(at: float) -> None:
        if instance.operation == operation.name:
            instance.operation = None
            instance.update_state(at, provisioning="Succeeded", settled_at=at)
        operation.complete(at, instance_id)

    world.call_later(world.now, 1.0, finish)
    observation = true_observation(world, scale_set, instance)
    in_shape = protected_stub_body if scale_set.flexible else instance_body
    body = in_shape(scale_set, instance, observation)
    headers = operation_headers(request, operation, location=False)
    headers |= {"etag": f'"{instance.state.etag}"', "x-ms-request-charge": "1"}
    return json_response(200, body, headers)


def _write(world: World, request: Request, scale_set: ScaleSet) -> Response:
    _check_etag(request, scale_set.state.quoted_etag)
    body = request.json()
    check_body(body)
    result = write_scale_set(world, scale_set, body, request.client_request_id)
    return _write_response(world, request, scale_set, result, 200)


def _write_response(
    world: World, request: Request, scale_set: ScaleSet, result: WriteResult, status: int
) -> Response:
    body = scale_set_body(scale_set)
    headers = operation_headers(request, result.operation, location=False)
    headers |= {"etag": body["etag"], "x-ms-request-charge": str(result.charge)}
    headers["Retry-After"] = str(world.retry_after_seconds(_WRITE_RETRY_AFTER))
    result.operation.first_retry_after = _POLL_RETRY_AFTER[status]
    return json_response(status, body, headers)


def _check_etag(request: Request, etag: str | None) -> None:
    expected = request.headers.get("if-match")
    if expected is not None and (etag is None or expected not in ("*", etag)):
        raise errors.etag_mismatch(expected, etag or "")
    if etag is not None and request.headers.get("if-none-match") in ("*", etag):
        raise errors.etag_mismatch(request.headers["if-none-match"], etag)
