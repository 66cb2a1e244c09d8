"""Turns what the gateway answered into the event that the journal keeps.

*Refused* means that nothing happened; *unknown* that it may have. Refusals that pass by
themselves carry the seconds after which asking again makes sense.
"""

from collections.abc import Callable
from typing import Any

from vmss_tui.gateway import Accepted, GatewayError, InvalidInstanceIds
from vmss_tui.gateway.failures import write_refusal
from vmss_tui.text import redact
from vmss_tui.upgrade import events as ev


def ask_model(intent: ev.ModelIntent, send: Callable[[], Accepted]) -> ev.AnyEvent:
    """Sends the model edit once and says what came of it."""
    try:
        accepted = send()
    except GatewayError as error:
        refusal = write_refusal(error)
        if refusal is None:
            return ev.ModelUnknown(message=redact(error.message))
        return ev.ModelRefused(
            code=refusal.code,
            message=redact(error.message),
            retry_after=refusal.retry_after,
            parked=refusal.is_parked,
        )
    return ev.ModelAccepted(operation=accepted.operation)


def ask_batch(intent: ev.BatchIntent, send: Callable[[], Accepted]) -> ev.AnyEvent:
    """Sends the upgrade of a batch once and says what came of it."""
    try:
        accepted = send()
    except GatewayError as error:
        refusal = write_refusal(error)
        if refusal is None:
            return ev.BatchUnknown(number=intent.number, message=redact(error.message))
        named = set(error.instance_ids) if isinstance(error, InvalidInstanceIds) else set()
        return ev.BatchRefused(
            number=intent.number,
            code=refusal.code,
            message=redact(error.message),
            retry_after=refusal.retry_after,
            parked=refusal.is_parked,
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
) -> ev.AnyEvent:
    """Not asked at all: what was seen is not all that there is, so it looks again."""
    told: dict[str, Any] = {"code": "TooLate", "message": words, "retry_after": retry_after}
    if isinstance(intent, ev.ModelIntent):
        return ev.ModelRefused(**told, parked=True)
    return ev.BatchRefused(number=intent.number, **told, parked=True)
