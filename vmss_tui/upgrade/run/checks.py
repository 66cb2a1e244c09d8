"""What a run knows of its verdict's samples and of its quarantine. Values only."""

import msgspec

from vmss_tui.upgrade.events.quarantine import QuarantineOutcome
from vmss_tui.upgrade.plan.verdict import Sample


class Quarantine(msgspec.Struct, frozen=True):
    """The requests to protect one failed instance, and their outcome."""

    attempts: int = 0
    requested_at: float = 0.0
    outcome: QuarantineOutcome | None = None
    """None before the first answer."""
    message: str = ""

    @property
    def is_decided(self) -> bool:
        """Whether nothing more is sent for it."""
        return self.outcome in (
            QuarantineOutcome.PROTECTED,
            QuarantineOutcome.NOT_SHOWN,
            QuarantineOutcome.REFUSED,
        )

    @property
    def is_requested(self) -> bool:
        """Whether a request may have an effect that no reading has shown yet."""
        return self.outcome in (QuarantineOutcome.ACCEPTED, QuarantineOutcome.UNKNOWN)


class TakenSample(msgspec.Struct, frozen=True):
    """A sample of the verdict in the journal."""

    seq: int
    t: float
    """The run's clock when it ended."""
    sample: Sample

    @property
    def began_at(self) -> float:
        """The run's clock when it began; a little late where a demo's clock runs faster."""
        return self.t - self.sample.seconds
