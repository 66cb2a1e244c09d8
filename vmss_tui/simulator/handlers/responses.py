"""Pages of lists, and the filters of the list of instances."""

import re
from urllib.parse import quote

from vmss_tui.simulator import errors
from vmss_tui.simulator.exchange import Call, Reply
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.operations import Operation
from vmss_tui.simulator.world.scale_set import ScaleSet


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


def accepted(call: Call, operation: Operation, charge: int) -> Reply:
    """The empty 202 of an action that touches `charge` instances."""
    headers = operation_headers(call, operation)
    headers["x-ms-request-charge"] = str(charge)
    return Reply(202, headers=headers)


def after_token(token: str | None) -> int:
    """The place that a `$skiptoken` names; -1 without one, a refusal of an odd one."""
    if token is None:
        return -1
    if not token.isdecimal() or len(token) > 9:
        raise errors.invalid("The request URL is not valid.", "$skiptoken")
    return int(token)


def next_link(call: Call, token: str) -> str:
    """The same question from `token` on, on the caller's own host."""
    kept = [
        part
        for part in call.raw_query.split("&")
        if part and not part.lower().startswith(("$skiptoken=", "%24skiptoken="))
    ]
    return f"{call.base}{call.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"


def filtered(scale_set: ScaleSet, members: list[Instance], call: Call) -> list[Instance]:
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
