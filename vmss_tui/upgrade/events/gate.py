"""Events of a gate: the operator's own command that may stop a run. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event


class GateStarted(Event, frozen=True, tag="gate_started"):
    """The gate command is about to be run."""

    number: int
    """Number of the batch after the gate; at the end, one more than the last batch."""
    finished: tuple[str, ...] = ()
    """Instances of the batch before the gate."""
    instance_ids: tuple[str, ...] = ()
    """Instances of the batch after the gate; the result is valid for no others."""


class GatePassed(Event, frozen=True, tag="gate_passed"):
    """The gate command exited with 0."""

    number: int
    seconds: float = 0.0
    output: str = ""


class GateFailed(Event, frozen=True, tag="gate_failed"):
    """The gate command failed, or did not end in time."""

    number: int
    message: str = msgspec.field(name="words")
    seconds: float = 0.0
    output: str = ""
