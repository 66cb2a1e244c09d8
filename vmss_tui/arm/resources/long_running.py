"""Polls long-running operations. Only instance views tell what an operation really did."""

from vmss_tui.arm.translate.instance import clean_json
from vmss_tui.arm.translate.scale_set import clean_etag
from vmss_tui.arm.transport.error_explanations import with_explanation
from vmss_tui.arm.transport.errors import parse_error
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import OperationWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.gateway import (
    Accepted,
    InvalidResponse,
    OperationStatus,
    PollResult,
    Refused,
    Unreachable,
)

_STATUSES = {status.value.lower(): status for status in OperationStatus} | {
    "running": OperationStatus.IN_PROGRESS,
    "updating": OperationStatus.IN_PROGRESS,
    "cancelled": OperationStatus.CANCELED,
}


def parse_accepted(urls: ArmUrls, response: Response) -> Accepted:
    """The operation in the response to a write; other hosts' URLs are ignored."""
    url = response.headers.get("azure-asyncoperation") or response.headers.get("location")
    return Accepted(
        operation=url if url and urls.is_operation(url) else None,
        correlation_id=clean_json(response.headers.get("x-ms-correlation-request-id", "")),
        etag=clean_etag(response.headers.get("etag")),
    )


def poll_operation(sender: RequestSender, urls: ArmUrls, operation: str) -> PollResult:
    """Reads an operation's URL, on our host only, because it may come from an edited file.

    Raises `Throttled` and `NotSignedIn`; any other failure is an unknown status.
    """
    if not urls.is_operation(operation):
        return PollResult(
            OperationStatus.UNKNOWN, message="Not an operation of the configured endpoint."
        )
    try:
        response = sender.read(operation)
        return parse_operation(response.body)
    except (Unreachable, InvalidResponse, Refused) as error:
        return PollResult(OperationStatus.UNKNOWN, error.code, error.message)
    except InvalidJson:
        return PollResult(OperationStatus.UNKNOWN, message="The response is not an operation.")


def parse_operation(body: bytes) -> PollResult:
    """The status in the body of a poll; raises `InvalidJson`."""
    wire, _ = decode_item(body, OperationWire)
    azure_error = parse_error(body)
    status = _STATUSES.get((wire.status or "").lower(), OperationStatus.UNKNOWN)
    code, message = azure_error.code or "", azure_error.message or ""
    return PollResult(
        status, code, with_explanation(message, code, message) if message else message
    )
