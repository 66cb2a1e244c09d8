"""Translates Azure's error responses into gateway errors.

A write answered with one of the listed 4xx was certainly not accepted; after 408, 5xx, a redirect
or a page that is not Azure's, its outcome is unknown. Bodies have the `error` envelope or, when
the compute service throttles (`doc-429-compute-throttle-classic`), lack it.
"""

import re
from collections.abc import Mapping

from vmss_tui.arm.transport.conflicts import Conflict, classify_conflict
from vmss_tui.arm.transport.error_explanations import with_explanation
from vmss_tui.arm.transport.pipeline import retry_after
from vmss_tui.arm.wire.compute import EnvelopeWire, ErrorWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.phrases import refusal_text
from vmss_tui.gateway import (
    Busy,
    GatewayError,
    InvalidInstanceIds,
    InvalidResponse,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PreconditionFailed,
    Refused,
    Throttled,
    UnclearConflict,
    Unknown,
    Unreachable,
)
from vmss_tui.text import clean, redact_start

REFUSED_STATUSES = frozenset(
    {400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 422, 423, 428, 429, 431}
)
"""Statuses after which a write certainly did not happen."""
DEFAULT_RETRY_AFTER = 10.0
"""Seconds to wait after a 429 without Retry-After; the list bucket gains one each six seconds."""
UNCLEAR_CONFLICT = (
    "Azure does not report whether this is temporary: either another operation is in progress, "
    "or the "
    "request itself is not possible"
)
"""Added to the message of a 409 that can be read in two ways."""
_MAX_TEXT_LENGTH = 1000
_INACTIVE_IDS = re.compile(
    r"provided instanceIds? ((?:(?!provided |(?:is|are) not )[^ ]++ )++)"
    r"(?:is|are) not (?:an )?active",
    re.IGNORECASE,
)
_ID = re.compile(r"[\w\-.]++")


def parse_error(body: bytes) -> ErrorWire:
    """Code, message and target of an error body, cleaned; all None if there is no error in it."""
    try:
        envelope, _ = decode_item(body, EnvelopeWire)
    except InvalidJson:
        return ErrorWire()
    error = envelope.error or ErrorWire(envelope.code, envelope.message, envelope.target)
    message = _reason_in_details(error) or error.message
    return ErrorWire(_clean_text(error.code), _clean_text(message), _clean_text(error.target))


def _reason_in_details(error: ErrorWire) -> str | None:
    """Resource Graph's own message only says what to report to the support."""
    if not (error.message or "").startswith("Please provide below info"):
        return None
    return next(
        (detail.message for detail in error.details or () if detail and detail.message), None
    )


def refusal_error(status: int, headers: Mapping[str, str], body: bytes) -> GatewayError:
    """The error for a response of 400-499. None of them means that anything happened."""
    error = parse_error(body)
    code = error.code or ""
    reason = error.message or f"no reason given, HTTP {status}"
    message = f"Azure refused: {reason}" + (f" ({code})" if code else "")
    message = with_explanation(message, code, reason)
    match status:
        case 401:
            return NotSignedIn(f"Azure rejected the sign-in: {reason}", code=code, status=401)
        case 403:
            return NotAllowed(message, code=code, status=403)
        case 404 | 410 if code != "InvalidResourceType":  # that concerns the api-version
            return NotFound(message, code=code, status=status)
        case 409:
            return _conflict_error(message, code, reason)
        case 412:
            return PreconditionFailed(message, code=code, status=412)
        case 429:
            seconds = retry_after(headers) or DEFAULT_RETRY_AFTER
            return Throttled(
                f"Throttled by Azure for {seconds:.0f} s: {reason}", seconds, code=code
            )
        case 400 if inactive_ids := _INACTIVE_IDS.search(reason):
            ids = _ID.findall(inactive_ids[1])
            return InvalidInstanceIds(
                message, [instance_id for instance_id in ids if instance_id != "and"], code=code
            )
    return Refused(message, code=code, status=status)


def _conflict_error(message: str, code: str, reason: str) -> Refused:
    match classify_conflict(code, reason):
        case Conflict.PASSING:
            return Busy(message, code=code, status=409)
        case Conflict.LASTING:
            return Refused(message, code=code, status=409)
    return UnclearConflict(f"{message}. {UNCLEAR_CONFLICT}", code=code, status=409)


def doubtful_acceptance(status: int, body: bytes) -> Unknown | None:
    """The error for a 2xx to a write whose body contradicts it; None where it does not."""
    if body.strip() and not _may_be_json(body):
        return Unknown("Something other than Azure responded (a proxy's page?).", status=status)
    error = parse_error(body)
    if not (error.code or error.message):
        return None
    reason = refusal_text(error.message or "no reason given", error.code or "")
    message = f"The response contradicts itself (HTTP {status} with an error): {reason}"
    return Unknown(message, code=error.code or "", status=status)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> GatewayError:
    """The error for the response to a read whose status is not 200."""
    if status >= 500 or status == 408:
        error, seconds = parse_error(body), retry_after(headers)
        message = error.message or "no reason given"
        wait = f", retry after {seconds:.0f} s" if seconds else ""
        return Unreachable(
            f"Azure failed to respond (HTTP {status}{wait}): {message}",
            code=error.code or "",
            status=status,
        )
    if status >= 400:
        return refusal_error(status, headers, body)
    if status >= 300:
        return InvalidResponse(f"A redirect (HTTP {status}) was not followed.", status=status)
    return InvalidResponse(f"The response to a read has no content (HTTP {status}).", status=status)


def _clean_text(text: str | None) -> str | None:
    return clean(redact_start(text, _MAX_TEXT_LENGTH))[:_MAX_TEXT_LENGTH] if text else None


def _may_be_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[", b'"', b"n")
