"""What each gateway error means: for those who read a scale set, and for those who write to it.

How long to wait before the next read is the reader's decision, except where Azure states it
(`Throttled.retry_after`).
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

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
    Unreachable,
)

NOT_SENT = "NotSent"
"""Code of a `Refused` write that never left this machine."""
BUSY_WAIT = 30.0
NOT_SENT_WAIT = 10.0
SIGN_IN_WAIT = 30.0


class Condition(StrEnum):
    """Outcome of the last attempt to read a scale set, as screens show it."""

    FRESH = "fresh"
    PENDING = "looking"
    PREVIEW = "preview"
    """Not a reading, but what a run's worker elsewhere has sent of one."""
    OFFLINE = "offline"
    THROTTLED = "throttled"
    SIGNED_OUT = "signed out"
    NOT_ALLOWED = "not allowed"
    GONE = "gone"
    DAMAGED = "damaged"


class ReadFailure(Struct, frozen=True):
    """What a failed read means."""

    condition: Condition
    is_transient: bool = False
    """Another attempt may succeed without anyone's help."""
    halt_reason: str = ""
    """Why a run halts for it; empty where the run waits."""
    safe_next: str = ""
    """What the operator of a halted run can do."""


_READ_FAILURES: Mapping[type[GatewayError], ReadFailure] = {
    Throttled: ReadFailure(Condition.THROTTLED, is_transient=True),
    Unreachable: ReadFailure(Condition.OFFLINE, is_transient=True),
    InvalidResponse: ReadFailure(Condition.DAMAGED, is_transient=True),
    NotSignedIn: ReadFailure(Condition.SIGNED_OUT),
    NotAllowed: ReadFailure(
        Condition.NOT_ALLOWED,
        halt_reason="refused",
        safe_next="get the permission named above, then resume",
    ),
    NotFound: ReadFailure(
        Condition.GONE, halt_reason="gone", safe_next="the scale set no longer exists"
    ),
    GatewayError: ReadFailure(Condition.OFFLINE),
}

TRANSIENT_READ_ERRORS = tuple(
    kind for kind, failure in _READ_FAILURES.items() if failure.is_transient
)
"""Errors of a read after which another attempt may succeed without anyone's help."""


def read_failure(error: GatewayError) -> ReadFailure:
    """The table's entry for the error's class, or for its nearest base class."""
    return next(_READ_FAILURES[kind] for kind in type(error).__mro__ if kind in _READ_FAILURES)


def concerns_one_resource(error: GatewayError) -> bool:
    """Whether a failed read says nothing about reads of other resources.

    One of several that are read together is then left out and reported. False where the next read
    would fail, too: without a sign-in or a connection, and while Azure throttles the subscription.
    """
    if isinstance(error, Unreachable):
        return error.status is not None  # a server answered
    return isinstance(error, Refused | InvalidResponse)


class WriteRefusal(Struct, frozen=True):
    """A write that certainly did not happen."""

    code: str
    retry_after: float | None = None
    """Seconds after which sending it again may succeed; None: it would be refused again."""
    is_parked: bool = False
    """Succeeds after a new sign-in or with a connection, however long either takes."""
    is_unclear: bool = False
    """Azure does not say whether it may ever succeed: worth one further attempt, not many."""


def write_refusal(error: GatewayError) -> WriteRefusal | None:
    """What a failed write means; None where it may have happened."""
    match error:
        case Throttled(retry_after=seconds):
            # Compute throttles with a code that has other meanings, too.
            return WriteRefusal("Throttled", seconds)
        case NotSignedIn():
            return WriteRefusal(error.code, SIGN_IN_WAIT, is_parked=True)
        case Busy():
            return WriteRefusal(error.code, BUSY_WAIT)
        case UnclearConflict():
            return WriteRefusal(error.code, BUSY_WAIT, is_unclear=True)
        case PreconditionFailed():
            return WriteRefusal(error.code, 0.0)
        case Refused(code=code) if code == NOT_SENT:
            return WriteRefusal(code, NOT_SENT_WAIT, is_parked=True)
        case Refused():
            return WriteRefusal(error.code)
    return None
