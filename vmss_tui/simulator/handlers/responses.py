"""Parts of responses: headers of operations, links to next pages, the filters of instances."""

import re
from urllib.parse import quote

from vmss_tui.simulator import errors
from vmss_tui.simulator.exchange import Request, Response
from vmss_tui.simulator.payloads.observation import observe
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World


def operation_headers(
    request: Request, operation: Operation, *, location: bool = True
) -> dict[str, str]:
    """The headers with the URLs of an operation, which have the request's own host."""
    base = f"{request.base}{operation.path()}"
    version = quote(request.api_version)
    headers = {
        "Azure-AsyncOperation": f"{base}?api-version={version}",
        "Azure-AsyncNotification": "Enabled",
    }
    if location:
        headers["Location"] = f"{base}?monitor=true&api-version={version}"
    return headers


def accepted_response(request: Request, operation: Operation, charge: int) -> Response:
    """The empty 202 of an action that affects `charge` instances."""
    headers = operation_headers(request, operation)
    headers["x-ms-request-charge"] = str(charge)
    return Response(202, headers=headers)


def parse_skip_token(token: str | None) -> int:
    """The position in a `$skiptoken`; -1 without one. Raises ArmError (400) for an invalid one."""
    if token is None:
        return -1
    if not token.isdecimal() or len(token) > 9:
        raise errors.invalid_parameter("The request URL is not valid.", "$skiptoken")
    return int(token)


def next_link(request: Request, token: str) -> str:
    """The URL of the page after `token`: the request's own URL with another `$skiptoken`."""
    parts = [
        part
        for part in request.raw_query.split("&")
        if part and not part.lower().startswith(("$skiptoken=", "%24skiptoken="))
    ]
    return f"{request.base}{request.path}?{'&'.join([*parts, f'$skiptoken={token}'])}"


def filter_instances(
    world: World, scale_set: ScaleSet, instances: list[Instance], request: Request
) -> list[Instance]:
    """Applies one of the two filters that Azure allows. Raises ArmError (400) for another."""
    text = " ".join(request.query.get("$filter", "").split())
    if not text:
        return instances
    observed = [(item, observe(world, scale_set, item, request.as_of)) for item in instances]
    model_filter = re.fullmatch(
        r"properties/latestModelApplied eq (true|false)", text, re.IGNORECASE
    )
    if model_filter:
        latest = model_filter[1].lower() == "true"
        return [instance for instance, seen in observed if seen.has_latest_model is latest]
    status_filter = re.fullmatch(
        r"startswith\(instanceView/statuses/code, ?'(\w+)(?:/(\w*))?'\) eq true",
        text,
        re.IGNORECASE,
    )
    if status_filter is None:
        raise errors.invalid_parameter(f"The filter '{text}' is not supported.", "$filter")
    family, prefix = status_filter[1].lower(), (status_filter[2] or "").lower()
    states = [(instance, seen.state) for instance, seen in observed]
    if family == "powerstate":
        return [instance for instance, state in states if state.power.lower().startswith(prefix)]
    return [instance for instance, state in states if state.provisioning.lower().startswith(prefix)]
