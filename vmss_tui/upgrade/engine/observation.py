"""What the engine is shown: one reading of the set, and the moment at which it decides."""

from dataclasses import dataclass

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.snapshot import Snapshot

MAX_READING_SECONDS = 300.0
"""Real seconds that a reading may take (one long wait of Azure's): one that took longer began
before this machine slept, and what it saw first is not true any more."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on the two clocks that decisions use. No wall clock: shifting it moves nothing."""

    t: float
    """Seconds on the run's clock (the simulator's in a demo), for waits and deadlines."""
    real: float
    """Seconds on this machine's boot clock, for the age of a reading."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was found of a rolling upgrade of Azure's own, when a request of ours was due."""

    upgrade: RollingUpgrade | None
    """None: none ever ran, or it is `unread`."""
    begun_seq: int
    """The run's seq when it was asked for."""
    ended: float
    """Seconds on this machine's boot clock when the answer came."""
    failure: str = ""
    """Why it could not be read, or what Azure said that says neither yes nor no."""
    permanent: bool = False
    """Asking again would be answered alike: a right is missing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot with its place in the run's history, and the open operation's own word."""

    snapshot: Snapshot
    begun_seq: int
    """The run's seq when the first request of the reading was sent."""
    begun_t: float
    operation_status: str = ""
    """Of the open batch's operation, empty where it was not or could not be asked."""
    operation_code: str = ""
    operation_message: str = ""
    observation: Observation | None = None
    """The newest look at Azure's own rolling upgrade, None before the first."""

    def is_fresh(self, now: Moment) -> bool:
        """Recent enough to act on: at most 5 s old, or twice the time it took to read."""
        duration = self.snapshot.ended - self.snapshot.begun
        return duration <= MAX_READING_SECONDS and now.real - self.snapshot.ended <= max(
            5.0, 2 * duration
        )
