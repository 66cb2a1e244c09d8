"""Azure's refusals in the gateway's words: which answer means no, which means not known.

The meaning of a write's answer: the listed 4xx are definitely not accepted; 408, 5xx, a
redirect or a page that is not Azure's mean that nobody knows. Bodies come with the `error`
envelope or, from the compute service's throttle (`doc-429-compute-throttle-classic`), without.
"""

import re
from collections.abc import Mapping

from vmss_tui.arm.transport.error_explanations import with_meaning
from vmss_tui.arm.transport.pipeline import retry_after
from vmss_tui.arm.wire.compute import EnvelopeWire, ErrorWire
from vmss_tui.arm.wire.decode import Unreadable, decode_item
from vmss_tui.gateway import (
    Busy,
    PreconditionFailed,
    GatewayError,
    NotFound,
    NotAllowed,
    NotSignedIn,
    Refused,
    InvalidInstanceIds,
    Throttled,
)
from vmss_tui.text import clean, redact

NOT_ACCEPTED = frozenset(
    {400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 422, 423, 428, 429, 431}
)
"""Statuses after which a write has certainly not happened."""
THROTTLED_FOR = 10.0
"""Seconds to wait where a 429 does not say: the list bucket refills by one in six."""
_LONGEST_WORDS = 1000
_NOT_ACTIVE = re.compile(r"provided instanceIds? (.{1,400}?) (?:is|are) not (?:an )?active", re.I)
_WILL_NOT_PASS = frozenset(
    {
        "ScopeLocked",
        "NotSupported",
        "QuotaExceeded",
        "MissingSubscriptionRegistration",
        "ReadOnlyDisabledSubscription",
        "RequestDisallowedByPolicy",
    }
)
"""Codes of a 409 that waiting does not cure."""


def error_in(body: bytes) -> ErrorWire:
    """Code, message and target of an error body, cleaned; all None where there is none."""
    try:
        envelope, _ = decode_item(body, EnvelopeWire)
    except Unreadable:
        return ErrorWire()
    found = envelope.error or ErrorWire(envelope.code, envelope.message, envelope.target)
    return ErrorWire(_words(found.code), _words(found.message), _words(found.target))


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> GatewayError:
    """The error that a refusing answer (400-499) means. Nothing has happened in any of them."""
    error = error_in(body)
    code = error.code or ""
    said = error.message or f"no reason given, HTTP {status}"
    words = f"Azure refused: {said}" + (f" ({code})" if code else "")
    words = with_meaning(words, code, said)
    match status:
        case 401:
            return NotSignedIn(f"Azure does not take our sign-in: {said}", code=code, status=401)
        case 403:
            return NotAllowed(words, code=code, status=403)
        case 404 | 410:
            return NotFound(words, code=code, status=status)
        case 409 if code not in _WILL_NOT_PASS and "quota" not in said.lower():
            return Busy(words, code=code, status=409)
        case 412:
            return PreconditionFailed(words, code=code, status=412)
        case 429:
            seconds = retry_after(headers) or THROTTLED_FOR
            return Throttled(f"Throttled by Azure for {seconds:.0f} s: {said}", seconds, code=code)
        case 400 if found := _NOT_ACTIVE.search(said):
            ids = re.findall(r"[\w\-.]+", found[1], re.ASCII)
            return InvalidInstanceIds(words, [each for each in ids if each != "and"], code=code)
    return Refused(words, code=code, status=status)


def _words(text: str | None) -> str | None:
    return clean(redact(text))[:_LONGEST_WORDS] if text else None
