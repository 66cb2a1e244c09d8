"""The journal events for the answers to a run's writes, and for the result of a gate.

*Refused* means that nothing happened, *unknown* that it may have. A refusal after which sending it
again may succeed contains the seconds until then.
"""

from dataclasses import replace
from typing import Any

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Accepted, Gateway, GatewayError, InvalidInstanceIds
from vmss_tui.runtime.operations.recorded_write import FailedWrite, send_once
from vmss_tui.runtime.runs.gates import GateResult
from vmss_tui.text import redact
from vmss_tui.upgrade import events as ev

WriteIntent = ev.ModelIntent | ev.BatchIntent | ev.QuarantineIntent

MAY_HAVE_CHANGED_MESSAGE = "Not sent: the scale set may have changed since the last reading."
INTERRUPTED_MESSAGE = "Not sent: the operator requested something else at that moment."


def model_event(result: Accepted | FailedWrite) -> ev.AnyEvent:
    """The answer to the model edit."""
    if isinstance(result, Accepted):
        return ev.ModelAccepted(operation=result.operation, correlation_id=result.correlation_id)
    message, refusal = redact(result.error.message), result.refusal
    if refusal is None:
        return ev.ModelUnknown(message=message)
    return ev.ModelRefused(
        code=refusal.code,
        message=message,
        retry_after=refusal.retry_after,
        parked=refusal.is_parked,
        unclear=refusal.is_unclear,
    )


def batch_event(intent: ev.BatchIntent, result: Accepted | FailedWrite) -> ev.AnyEvent:
    """The answer to the upgrade of a batch."""
    if isinstance(result, Accepted):
        return ev.BatchAccepted(
            number=intent.number,
            operation=result.operation,
            correlation_id=result.correlation_id,
        )
    message, refusal = redact(result.error.message), result.refusal
    if refusal is None:
        return ev.BatchUnknown(number=intent.number, message=message)
    error = result.error
    gone_ids = set(error.instance_ids) if isinstance(error, InvalidInstanceIds) else set()
    return ev.BatchRefused(
        number=intent.number,
        code=refusal.code,
        message=message,
        retry_after=refusal.retry_after,
        parked=refusal.is_parked,
        unclear=refusal.is_unclear,
        gone=tuple(i for i in intent.instance_ids if i in gone_ids),
    )


def protect_failed(
    gateway: Gateway, scale_set: ScaleSetId, intent: ev.QuarantineIntent
) -> ev.QuarantineEnded:
    """Protects one failed instance, with the etag read before; sends one write, or none where it is
    protected already. The intent is in the journal; the next readings show the effect."""
    instance_id = intent.instance_id

    def ended(outcome: ev.QuarantineOutcome, message: str = "") -> ev.QuarantineEnded:
        return ev.QuarantineEnded(instance_id=instance_id, outcome=outcome, message=message)

    try:
        current = gateway.read_protection(scale_set, instance_id)
    except GatewayError as error:
        return ended(ev.QuarantineOutcome.UNSENT, redact(error.message))
    requested = current.after(OperationKind.PROTECT, ProtectionScope.SET_ACTIONS)
    if current == requested:
        return ended(ev.QuarantineOutcome.ACCEPTED, "protected already")
    policy, request_id = replace(requested, etag=current.etag), intent.client_request_id
    result = send_once(lambda: gateway.protect(scale_set, instance_id, policy, request_id))
    if isinstance(result, Accepted):
        return ended(ev.QuarantineOutcome.ACCEPTED)
    message, refusal = redact(result.error.message), result.refusal
    passes = refusal is None or refusal.retry_after is not None
    outcome = ev.QuarantineOutcome.UNKNOWN if passes else ev.QuarantineOutcome.REFUSED
    return ended(outcome, message)


def gate_event(number: int, result: GateResult) -> ev.AnyEvent:
    """How the operator's command ended."""
    fields: dict[str, Any] = {
        "number": number,
        "seconds": result.seconds,
        "output": result.output,
    }
    if result.failure:
        return ev.GateFailed(message=result.failure, **fields)
    return ev.GatePassed(**fields)


def not_sent_event(
    intent: WriteIntent,
    message: str = MAY_HAVE_CHANGED_MESSAGE,
    retry_after: float = 0.0,
) -> ev.AnyEvent:
    """A refusal by this program: what the decision was based on may have changed."""
    fields: dict[str, Any] = {"code": "TooLate", "message": message, "retry_after": retry_after}
    if isinstance(intent, ev.ModelIntent):
        return ev.ModelRefused(**fields, parked=True)
    if isinstance(intent, ev.QuarantineIntent):
        return ev.QuarantineEnded(
            instance_id=intent.instance_id, outcome=ev.QuarantineOutcome.UNSENT, message=message
        )
    return ev.BatchRefused(number=intent.number, **fields, parked=True)
