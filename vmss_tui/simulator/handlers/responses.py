"""Pages of lists, and the filters of the list of instances."""

import re
from urllib.parse import quote

from vmss_tui.simulator import errors
from vmss_tui.simulator.exchange import Request, Response
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet


def operation_headers(
    request: Request, operation: Operation, *, location: bool = True
) -> dict[str, str]:
    """Where an operation is followed, on the caller's own host."""
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
    """The empty 202 of an action that touches `charge` instances."""
    headers = operation_headers(request, operation)
    headers["x-ms-request-charge"] = str(charge)
    return Response(202, headers=headers)


def parse_skip_token(token: str | None) -> int:
    """The place that a `$skiptoken` names; -1 without one, a refusal of an odd one."""
    if token is None:
        return -1
    if not token.isdecimal() or len(token) > 9:
        raise errors.invalid_parameter("The request URL is not valid.", "$skiptoken")
    return int(token)


def next_link(request: Request, token: str) -> str:
    """The same question from `token` on, on the caller's own host."""
    kept = [
        part
        for part in request.raw_query.split("&")
        if part and not part.lower().startswith(("$skiptoken=", "%24skiptoken="))
    ]
    return f"{request.base}{request.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"


def filter_instances(
    scale_set: ScaleSet, instances: list[Instance], request: Request
) -> list[Instance]:
    """The two filters that Azure allows; anything else is refused."""
    text = " ".join(request.query.get("$filter", "").split())
    if not text:
        return instances
    applied = re.fullmatch(r"properties/latestModelApplied eq (true|false)", text, re.IGNORECASE)
    if applied:
        wanted = applied[1].lower() == "true"
        return [
            each for each in instances if scale_set.has_latest_model(each, request.as_of) is wanted
        ]
    starts = re.fullmatch(
        r"startswith\(instanceView/statuses/code, ?'(\w+)(?:/(\w*))?'\) eq true",
        text,
        re.IGNORECASE,
    )
    if starts is None:
        raise errors.invalid_parameter(f"The filter '{text}' is not supported.", "$filter")
    family, prefix = starts[1].lower(), (starts[2] or "").lower()
    states = [(each, each.states.as_of(request.as_of)) for each in instances]
    if family == "powerstate":
        return [each for each, state in states if state.power.lower().startswith(prefix)]
    return [each for each, state in states if state.provisioning.lower().startswith(prefix)]
