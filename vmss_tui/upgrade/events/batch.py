"""A batch: what was asked of Azure, what it said, how it ended, as events. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event, InstanceEvent


class BatchIntent(Event, frozen=True, tag="batch_intent"):
    """These instances are about to be asked to upgrade."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    client_request_id: str
    attempt: int = 1
    failed: tuple[str, ...] = ()
    """Those of them that have failed already: that they are failed proves nothing later."""


class BatchAccepted(Event, frozen=True, tag="batch_accepted"):
    """Azure took the request."""

    number: int
    operation: str | None = None
    correlation_id: str = ""


class BatchRefused(Event, frozen=True, tag="batch_refused"):
    """Azure did not take it and nothing happened. Retryable ones wait and are asked again."""

    number: int
    code: str
    message: str = msgspec.field(name="words")
    retry_after: float | None = None
    """Seconds after which asking again may succeed; None where it is final."""
    gone: tuple[str, ...] = ()
    """Ids that Azure named as not active."""
    parked: bool = False
    """It waits for a person or for this machine, not for Azure: that is not counted."""


class BatchUnknown(Event, frozen=True, tag="batch_unknown"):
    """The answer was lost: it may have happened."""

    number: int
    message: str = msgspec.field(name="words")


class LateEffectDetected(InstanceEvent, frozen=True, tag="batch_landed"):
    """The effect of a lost request shows after all, or a failed one has come round: these are
    followed like the members of an open batch. Nothing is sent."""

    number: int
    row: str


class OperationEnded(Event, frozen=True, tag="operation_ended"):
    """Azure's own word on the batch's operation; the instances decide all the same."""

    number: int
    status: str
    code: str = ""
    message: str = msgspec.field(default="", name="words")


class BatchSettled(Event, frozen=True, tag="batch_settled"):
    """Every member of the batch has come to its end."""

    number: int
    upgraded: int
    failed: int
    gone: int
    reopened: int = 0
