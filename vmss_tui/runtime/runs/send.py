"""Turns what the gateway answered into the event that the journal keeps.

*Refused* means that nothing happened; *unknown* that it may have. Refusals that pass by
themselves carry the seconds after which asking again makes sense.
"""

from collections.abc import Callable
from typing import Any

from vmss_tui.gateway import (
    Accepted,
    Busy,
    Changed,
    GatewayError,
    NotSignedIn,
    Refused,
    StaleIds,
    Throttled,
)
from vmss_tui.text import redact
from vmss_tui.upgrade import events as ev

BUSY_WAIT = 30.0
NOT_SENT_WAIT = 10.0
SIGN_IN_WAIT = 30.0


def ask_model(intent: ev.ModelIntent, send: Callable[[], Accepted]) -> ev.Event:
    """Sends the model edit once and says what came of it."""
    try:
        accepted = send()
    except GatewayError as error:
        if not _nothing_happened(error):
            return ev.ModelUnknown(words=redact(error.words))
        return ev.ModelRefused(
            code=_code(error),
            words=redact(error.words),
            retry_after=_retry_after(error),
            parked=_parked(error),
        )
    return ev.ModelAccepted(operation=accepted.operation)


def ask_batch(intent: ev.BatchIntent, send: Callable[[], Accepted]) -> ev.Event:
    """Sends the upgrade of a batch once and says what came of it."""
    try:
        accepted = send()
    except GatewayError as error:
        if not _nothing_happened(error):
            return ev.BatchUnknown(number=intent.number, words=redact(error.words))
        named = set(error.instance_ids) if isinstance(error, StaleIds) else set()
        return ev.BatchRefused(
            number=intent.number,
            code=_code(error),
            words=redact(error.words),
            retry_after=_retry_after(error),
            parked=_parked(error),
            gone=tuple(i for i in intent.instance_ids if i in named),
        )
    return ev.BatchAccepted(
        number=intent.number,
        operation=accepted.operation,
        correlation_id=accepted.correlation_id,
    )


MAY_HAVE_CHANGED = "Not sent: the set may have changed since it was last looked at."


def too_late(
    intent: ev.ModelIntent | ev.BatchIntent,
    words: str = MAY_HAVE_CHANGED,
    retry_after: float = 0.0,
) -> ev.Event:
    """Not asked at all: what was seen is not all that there is, so it looks again."""
    told: dict[str, Any] = {"code": "TooLate", "words": words, "retry_after": retry_after}
    if isinstance(intent, ev.ModelIntent):
        return ev.ModelRefused(**told, parked=True)
    return ev.BatchRefused(number=intent.number, **told, parked=True)


def _nothing_happened(error: GatewayError) -> bool:
    return isinstance(error, Refused | Throttled | NotSignedIn)


def _code(error: GatewayError) -> str:
    """Compute throttles under a code that also means other things."""
    return "Throttled" if isinstance(error, Throttled) else error.code


def _parked(error: GatewayError) -> bool:
    """Passes by a new sign-in, or when this machine is connected again, however long it takes."""
    return isinstance(error, NotSignedIn) or (
        isinstance(error, Refused) and error.code == "NotSent"
    )


def _retry_after(error: GatewayError) -> float | None:
    """Seconds, or None where asking again would only be refused again."""
    match error:
        case Throttled(retry_after=seconds):
            return seconds
        case Busy():
            return BUSY_WAIT
        case Changed():
            return 0.0
        case NotSignedIn():
            return SIGN_IN_WAIT
        case Refused(code="NotSent"):
            return NOT_SENT_WAIT
        case _:
            return None
