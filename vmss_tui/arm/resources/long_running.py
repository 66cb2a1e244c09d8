"""Asks after a long-running operation. Its answer is a hint; the truth is in instance views."""

from vmss_tui.arm.translate.instance import cleaned
from vmss_tui.arm.translate.scale_set import fit_etag
from vmss_tui.arm.transport.error_explanations import with_explanation
from vmss_tui.arm.transport.errors import parse_error
from vmss_tui.arm.transport.send import Response, RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import OperationWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.gateway import Accepted, InvalidResponse, PollResult, OperationStatus, Refused, Unreachable

_KNOWN = {status.value.lower(): status for status in OperationStatus} | {
    "running": OperationStatus.IN_PROGRESS,
    "updating": OperationStatus.IN_PROGRESS,
    "cancelled": OperationStatus.CANCELED,
}


def accepted(paths: ArmUrls, answer: Response) -> Accepted:
    """What a write's answer says of the operation it began."""
    named = answer.headers.get("azure-asyncoperation") or answer.headers.get("location")
    return Accepted(
        operation=named if named and paths.is_operation(named) else None,
        correlation_id=cleaned(answer.headers.get("x-ms-correlation-request-id", "")),
        etag=fit_etag(answer.headers.get("etag")),
    )


def ask(sender: RequestSender, paths: ArmUrls, operation: str) -> PollResult:
    """Reads an operation's URL, on our host only: it may come from a file somebody could edit.

    Raises `Throttled` and `NotSignedIn`; whatever else goes wrong is an unknown status.
    """
    if not paths.is_operation(operation):
        return PollResult(OperationStatus.UNKNOWN, message="Not an operation of the host we use.")
    try:
        answer = sender.read(operation)
        wire, _ = decode_item(answer.body, OperationWire)
    except (Unreachable, InvalidResponse, Refused) as error:
        return PollResult(OperationStatus.UNKNOWN, error.code, error.message)
    except InvalidJson:
        return PollResult(OperationStatus.UNKNOWN, message="The answer is not an operation's.")
    said = parse_error(answer.body)
    status = _KNOWN.get((wire.status or "").lower(), OperationStatus.UNKNOWN)
    code, words = said.code or "", said.message or ""
    return PollResult(status, code, with_explanation(words, code, words) if words else words)
