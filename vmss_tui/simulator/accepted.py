"""How an accepted operation is answered, and where it is then followed."""

from urllib.parse import quote

from vmss_tui.simulator.exchange import Call, Reply
from vmss_tui.simulator.operations import Operation


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
