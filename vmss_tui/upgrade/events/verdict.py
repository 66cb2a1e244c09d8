"""Events of the bake time and of the verdict's samples. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event
from vmss_tui.upgrade.plan.verdict import Sample, SampleResult


class BakeStarted(Event, frozen=True, tag="bake_started"):
    """Every instance has reached a final stage; the run is observed for so long before it ends."""

    seconds: float


class VerdictSampled(Event, frozen=True, tag="verdict_sample"):
    """One sample of the verdict ended."""

    result: SampleResult
    message: str = ""
    numbers: dict[str, float] = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    """Real seconds that it took."""

    @property
    def sample(self) -> Sample:
        """The sample as a value."""
        return Sample(
            result=self.result, message=self.message, numbers=self.numbers, seconds=self.seconds
        )
