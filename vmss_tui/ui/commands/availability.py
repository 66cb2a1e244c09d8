"""Why a command may not run now, in sentences. Pure; knows commands only as their conditions."""

from collections.abc import Callable
from typing import NamedTuple

from vmss_tui.fleet.states import PolicyMode
from vmss_tui.upgrade.run.phase import Phase


class CommandContext(NamedTuple):
    """What the obstacles may know of the moment."""

    read_only: bool = False
    protected: str = ""
    """Why the set's name is to be typed first (the settings, another service); else empty."""
    has_reading: bool = False
    has_cursor: bool = False
    policy_mode: PolicyMode | None = None
    rolling: str = ""
    """How Azure's own rolling upgrade stands while it is at work; else empty."""
    repairs_on: bool = False
    """The model has automatic repairs."""
    run_phase: Phase | None = None
    """Of the run on screen; None where there is none."""
    run_alive: bool = False
    run_holds: bool = False
    """It is paused or halted, with nothing open: operations may go beside it."""
    run_reason: str = ""
    run_waits: bool = False
    """It is in the pause between two batches."""
    no_retry: str = "there is no run on this set"
    """Why the run on screen cannot be retried; empty where it can. `no_revert` likewise."""
    no_revert: str = "there is no run on this set"


Obstacle = Callable[[CommandContext], str | None]


def nothing(_: CommandContext) -> str | None:
    """Nothing stands in the way."""
    return None


def needs_reading(standing: CommandContext) -> str | None:
    """Something must have been read."""
    return None if standing.has_reading else "there is no reading yet"


def needs_cursor(standing: CommandContext) -> str | None:
    """Something must be under the cursor."""
    return None if standing.has_cursor else "there is no instance under the cursor"


def upgradable(standing: CommandContext) -> str | None:
    """A Manual set, read, and no live run on it."""
    if not standing.has_reading:
        return "there is no reading to plan with"
    if not standing.has_cursor:
        return "there is no instance here to upgrade"
    if standing.policy_mode is not PolicyMode.MANUAL:
        return (
            f"the set's upgrade policy is {standing.policy_mode}: Azure itself upgrades its "
            "instances; only Manual sets are upgraded from here"
        )
    if standing.run_alive:
        return _LIVE
    if standing.rolling:
        return f"{_ROLLING} ({standing.rolling}): let it end, or cancel it (x) first"
    return None


def may_pause_or_resume(standing: CommandContext) -> str | None:
    """A run that is not over; resuming writes."""
    match standing.run_phase:
        case None:
            return "there is no run on this set"
        case Phase.COMPLETED | Phase.CANCELLED:
            return f"the run is over ({standing.run_phase})"
        case Phase.PAUSED | Phase.FAULTED if standing.read_only:
            return "this session only looks (read-only): it may pause a run, not resume one"
    return None


def at_checkpoint(standing: CommandContext) -> str | None:
    """A run that waits for a person."""
    if standing.run_phase is Phase.PAUSED and standing.run_reason == "checkpoint":
        return None
    return "no run waits at a checkpoint here"


def needs_live_run(standing: CommandContext) -> str | None:
    """A worker must be at work."""
    return None if standing.run_alive else "no live run is on this set"


def waiting(standing: CommandContext) -> str | None:
    """A live run in the pause between two batches."""
    if words := needs_live_run(standing):
        return words
    if standing.run_waits:
        return None
    return "nothing is waited for: no pause between batches is running"


def abortable(standing: CommandContext) -> str | None:
    """A run that is not over."""
    if standing.run_phase is None:
        return "there is no run on this set"
    if standing.run_phase in (Phase.COMPLETED, Phase.CANCELLED):
        return f"the run is over ({standing.run_phase})"
    return None


def takeable(standing: CommandContext) -> str | None:
    """A run that is not over, with a worker that can be taken from it."""
    if words := abortable(standing):
        return words
    return None if standing.run_alive else "the run has no worker now: resume it (p)"


def retryable(standing: CommandContext) -> str | None:
    """A run whose failed instances can be asked again."""
    return f"nothing to retry: {standing.no_retry}" if standing.no_retry else None


def revertible(standing: CommandContext) -> str | None:
    """A run that changed the model and can put the previous one back."""
    return f"nothing to revert: {standing.no_revert}" if standing.no_revert else None


def operable(standing: CommandContext) -> str | None:
    """Something under the cursor, and no run at work on the set."""
    if not standing.has_cursor:
        return "there is no instance under the cursor"
    if standing.run_alive and not standing.run_holds:
        return "a run is live on this set: pause it (p) first, and let its batch end"
    return None


def scalable(standing: CommandContext) -> str | None:
    """A set that was read, without a live run."""
    if not standing.has_reading:
        return "there is no reading yet"
    return _LIVE if standing.run_alive else None


def rollable(standing: CommandContext) -> str | None:
    """A set that was read, which neither we nor Azure roll through now."""
    if words := scalable(standing):
        return words
    return f"{_ROLLING} already ({standing.rolling})" if standing.rolling else None


def repairable(standing: CommandContext) -> str | None:
    """A set that was read, without a live run, with automatic repairs in its model."""
    if words := scalable(standing):
        return words
    return None if standing.repairs_on else "automatic repairs are off in the model"


_LIVE = "a run is live on this set: let it end, or abort it (A), first"
_ROLLING = "Azure's own rolling upgrade is at work"
