"""What a gate, the operator's own command, was asked and said, as events. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event


class GateStarted(Event, frozen=True, tag="gate_started"):
    """The operator's command is about to be asked whether the run may go on."""

    number: int
    """Of the batch that it stands before; one more than there were, at the end."""
    finished: tuple[str, ...] = ()
    """Instances of the batch before it."""
    instance_ids: tuple[str, ...] = ()
    """Instances of the batch it stands before: no other may be asked on its word."""


class GatePassed(Event, frozen=True, tag="gate_passed"):
    """It said yes."""

    number: int
    seconds: float = 0.0
    output: str = ""


class GateFailed(Event, frozen=True, tag="gate_failed"):
    """It said no, or nothing in time."""

    number: int
    message: str = msgspec.field(name="words")
    seconds: float = 0.0
    output: str = ""
