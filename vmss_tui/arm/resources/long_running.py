"""Asks after a long-running operation. Its answer is a hint; the truth is in instance views."""

from vmss_tui.arm.translate.instance import clean_json
from vmss_tui.arm.translate.scale_set import clean_etag
from vmss_tui.arm.transport.error_explanations import with_explanation
from vmss_tui.arm.transport.errors import parse_error
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import OperationWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.gateway import Accepted, InvalidResponse, PollResult, OperationStatus, Refused, Unreachable

_STATUSES = {status.value.lower(): status for status in OperationStatus} | {
    "running": OperationStatus.IN_PROGRESS,
    "updating": OperationStatus.IN_PROGRESS,
    "cancelled": OperationStatus.CANCELED,
}


def parse_accepted(paths: ArmUrls, response: Response) -> Accepted:
    """What a write's answer says of the operation it began."""
    url = response.headers.get("azure-asyncoperation") or response.headers.get("location")
    return Accepted(
        operation=url if url and paths.is_operation(url) else None,
        correlation_id=clean_json(response.headers.get("x-ms-correlation-request-id", "")),
        etag=clean_etag(response.headers.get("etag")),
    )


def poll_operation(sender: RequestSender, paths: ArmUrls, operation: str) -> PollResult:
    """Reads an operation's URL, on our host only: it may come from a file somebody could edit.

    Raises `Throttled` and `NotSignedIn`; whatever else goes wrong is an unknown status.
    """
    if not paths.is_operation(operation):
        return PollResult(OperationStatus.UNKNOWN, message="Not an operation of the host we use.")
    try:
        response = sender.read(operation)
        wire, _ = decode_item(response.body, OperationWire)
    except (Unreachable, InvalidResponse, Refused) as error:
        return PollResult(OperationStatus.UNKNOWN, error.code, error.message)
    except InvalidJson:
        return PollResult(OperationStatus.UNKNOWN, message="The answer is not an operation's.")
    said = parse_error(response.body)
    status = _STATUSES.get((wire.status or "").lower(), OperationStatus.UNKNOWN)
    code, message = said.code or "", said.message or ""
    return PollResult(status, code, with_explanation(message, code, message) if message else message)
