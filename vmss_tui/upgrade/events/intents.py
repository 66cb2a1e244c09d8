"""What people want of a run, as viewers write it down for the worker."""

from enum import StrEnum

import msgspec


class IntentKind(StrEnum):
    """What a person may want of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    END_WAIT = "end_wait"
    ABORT = "abort"
    RETRY = "retry"
    REVERT = "revert"
    TAKE_OVER = "take_over"
    """Not a wish but a fact: somebody has ended the worker before this one."""
    WITHDRAW = "withdraw"
    """Takes an earlier wish back that no worker could be started for."""
    UNRECOGNIZED = "odd"
    """A line that this program does not understand: a newer one's, or damage."""


class Intent(msgspec.Struct, frozen=True):
    """One wish, as a viewer appends it for the worker to read."""

    kind: IntentKind = msgspec.field(name="want")
    by: str
    at: str = ""
    """UTC, ISO 8601."""
    instance_ids: tuple[str, ...] = ()
    """For a retry: the failed ones that were shown and agreed to; empty means all."""
    previous_worker: str = msgspec.field(default="", name="words")
    """For a takeover: whose worker it was."""
    withdrawn_id: str = msgspec.field(default="", name="takes_back")
    """For a withdrawal: the id of the wish."""
    id: str = ""
    """Tells it from every other wish of the run."""
