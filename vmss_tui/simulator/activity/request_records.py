"""Enters the requests that write into the Activity Log; those that read are never there."""

from collections.abc import Callable

from vmss_tui.simulator.activity.principals import token_principal
from vmss_tui.simulator.activity.write_records import Write, WriteRecord
from vmss_tui.simulator.errors import ArmError
from vmss_tui.simulator.exchange import PathParameters, Request, Response, error_response
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_NEVER_LOGGED = ("/read",)
"""Ends of operations that read, whatever their method."""


def record_request(
    world: World,
    request: Request,
    parameters: PathParameters,
    operation: str,
    scope: str,
    handle: Callable[[], Response],
) -> Response:
    """The response of `handle`, after it was recorded; an ArmError becomes a response."""
    if operation.endswith(_NEVER_LOGGED):
        return _answer(handle)
    principal = token_principal(request.headers.get("authorization", ""))
    uri = f"{request.base}{request.path}?{request.raw_query}"
    write = Write(principal, operation, scope, request.client_request_id, request.method, uri)
    before = _scale_set(world, parameters)
    record = WriteRecord(world, write, before)
    response = _answer(handle)
    message = response.body.decode(errors="replace") if response.status >= 400 else ""
    after = before or _scale_set(world, parameters)
    created = after if before is None else None
    record.end(response.status, _operation(world, response), message, created)
    return response


def _answer(handle: Callable[[], Response]) -> Response:
    try:
        return handle()
    except ArmError as error:
        return error_response(error)


def _scale_set(world: World, parameters: PathParameters) -> ScaleSet | None:
    key = tuple(parameters.get(name, "").lower() for name in ("sub", "rg", "set"))
    return world.scale_sets.get((key[0], key[1], key[2]))


def _operation(world: World, response: Response) -> Operation | None:
    """The operation that a response names."""
    url = response.headers.get("Azure-AsyncOperation", "")
    return world.operations.get(url.partition("?")[0].rpartition("/")[2])
