"""Events of a batch: the request, Azure's reply, and how the batch ended. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event, InstanceEvent


class BatchIntent(Event, frozen=True, tag="batch_intent"):
    """An upgrade request for these instances is about to be sent."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    client_request_id: str
    attempt: int = 1
    failed: tuple[str, ...] = ()
    """Those that are failed already: seen failed again, they do not show an effect."""


class BatchAccepted(Event, frozen=True, tag="batch_accepted"):
    """Azure accepted the request."""

    number: int
    operation: str | None = None
    correlation_id: str = ""


class BatchRefused(Event, frozen=True, tag="batch_refused"):
    """Azure refused the request and nothing happened."""

    number: int
    code: str
    message: str = msgspec.field(name="words")
    retry_after: float | None = None
    """Seconds after which the request may be repeated; None where the refusal is final."""
    gone: tuple[str, ...] = ()
    """Ids that Azure reported as not active."""
    parked: bool = False
    """The cause is on this machine or with the operator, so it does not count as a refusal."""
    unclear: bool = False
    """Azure does not say whether it may ever be accepted; false in older journals."""


class BatchUnknown(Event, frozen=True, tag="batch_unknown"):
    """The reply was lost: the request may have taken effect."""

    number: int
    message: str = msgspec.field(name="words")


class LateEffectDetected(InstanceEvent, frozen=True, tag="batch_landed"):
    """A request whose reply was lost shows an effect after all, or a failed instance recovered.

    These instances are followed like members of an open batch; nothing is sent."""

    number: int
    row: str


class OperationEnded(Event, frozen=True, tag="operation_ended"):
    """The batch's long-running operation ended; only the instance views settle the batch."""

    number: int
    status: str
    code: str = ""
    message: str = msgspec.field(default="", name="words")


class BatchSettled(Event, frozen=True, tag="batch_settled"):
    """Every member of the batch has reached a final stage, or waits again."""

    number: int
    upgraded: int
    failed: int
    gone: int
    reopened: int = 0
