"""The meaning of each gateway error, for reads and for writes."""

import pytest

from vmss_tui.gateway import (
    Busy,
    GatewayError,
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
from vmss_tui.gateway.failures import (
    NOT_SENT,
    TRANSIENT_READ_ERRORS,
    Condition,
    WriteRefusal,
    read_failure,
    write_refusal,
)


@pytest.mark.parametrize(
    ("error", "condition", "is_transient", "halt_reason"),
    [
        (Throttled("", 5.0), Condition.THROTTLED, True, ""),
        (Unreachable(""), Condition.OFFLINE, True, ""),
        (InvalidResponse(""), Condition.DAMAGED, True, ""),
        (NotSignedIn(""), Condition.SIGNED_OUT, False, ""),
        (NotAllowed(""), Condition.NOT_ALLOWED, False, "refused"),
        (NotFound(""), Condition.GONE, False, "gone"),
        (Busy(""), Condition.OFFLINE, False, ""),
        (Unknown(""), Condition.OFFLINE, False, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GatewayError) else "",
)
def test_a_failed_read_has_a_condition(
    error: GatewayError, condition: Condition, is_transient: bool, halt_reason: str
) -> None:
    failure = read_failure(error)
    assert (failure.condition, failure.is_transient) == (condition, is_transient)
    assert failure.halt_reason == halt_reason
    assert bool(failure.safe_next) == bool(halt_reason)
    assert isinstance(error, TRANSIENT_READ_ERRORS) == is_transient


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (Throttled("", 5.0, code="OperationNotAllowed"), WriteRefusal("Throttled", 5.0)),
        (NotSignedIn("", code="Expired"), WriteRefusal("Expired", 30.0, is_parked=True)),
        (Refused("", code=NOT_SENT), WriteRefusal("NotSent", 10.0, is_parked=True)),
        (Busy("", code="Conflict"), WriteRefusal("Conflict", 30.0)),
        (UnclearConflict("", code="Odd"), WriteRefusal("Odd", 30.0, is_unclear=True)),
        (PreconditionFailed("", code="Etag"), WriteRefusal("Etag", 0.0)),
        (Refused("", code="No"), WriteRefusal("No")),
        (Unknown(""), None),
        (Unreachable(""), None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GatewayError) else "",
)
def test_a_failed_write_did_not_happen_or_is_unknown(
    error: GatewayError, refusal: WriteRefusal | None
) -> None:
    assert write_refusal(error) == refusal
