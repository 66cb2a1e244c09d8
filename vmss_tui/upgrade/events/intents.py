"""Intents: what an operator requests of a run, as a viewer writes it for the worker."""

from enum import StrEnum

import msgspec


class IntentKind(StrEnum):
    """What an operator may request of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    END_WAIT = "end_wait"
    ABORT = "abort"
    RETRY = "retry"
    REVERT = "revert"
    TAKE_OVER = "take_over"
    """Not a request: records that an operator ended the previous worker."""
    WITHDRAW = "withdraw"
    """Cancels an earlier intent for which no worker could be started."""
    UNRECOGNIZED = "odd"
    """A line that this version cannot read: of a newer version, or damaged."""


class Intent(msgspec.Struct, frozen=True):
    """One line of the run's intents file, appended by a viewer and read by the worker."""

    kind: IntentKind = msgspec.field(name="want")
    by: str
    at: str = ""
    """UTC, ISO 8601."""
    instance_ids: tuple[str, ...] = ()
    """For a retry: the failed instances that the operator confirmed; empty means all."""
    previous_worker: str = msgspec.field(default="", name="words")
    """For a takeover: run, user, host and pid of the worker that was ended."""
    withdrawn_id: str = msgspec.field(default="", name="takes_back")
    """For a withdrawal: the id of the intent that is cancelled."""
    id: str = ""
    """Unique in the run."""
