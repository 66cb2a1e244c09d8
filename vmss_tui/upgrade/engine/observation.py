"""The input of the engine: one reading of the scale set, and the moment of the decision."""

from msgspec import Struct

from vmss_tui.fleet.azure_maintenance import RollingUpgrade
from vmss_tui.fleet.snapshot import Snapshot

MAX_READING_SECONDS = 300.0
"""Real seconds that a reading may take (one long `Retry-After`). A longer one began before the
machine was suspended, and its first pages are out of date."""


class Moment(Struct, frozen=True):
    """The present, on the two clocks that decisions use. Neither is the wall clock."""

    t: float
    """Seconds on the run's clock (the simulator's in a demo), for waits and deadlines."""
    real: float
    """Seconds on this machine's boot clock, for the age of a reading."""


class Observation(Struct, frozen=True):
    """Azure's own rolling upgrade, as it was read before a request of this run."""

    upgrade: RollingUpgrade | None
    """None where none ever ran, or where reading it failed."""
    begun_seq: int
    """The run's `seq` when the request was sent."""
    ended: float
    """Seconds on this machine's boot clock when the reply arrived."""
    failure: str = ""
    """Why it could not be read, or the status that is not known; empty otherwise."""
    permanent: bool = False
    """Reading it again would fail the same way: a permission is missing."""


class Reading(Struct, frozen=True):
    """A snapshot with its place in the run's history, and the status of the open operation."""

    snapshot: Snapshot
    begun_seq: int
    """The run's `seq` when the first request of the reading was sent."""
    begun_t: float
    operation_status: str = ""
    """Of the open batch's operation; empty where it was not read or could not be read."""
    operation_code: str = ""
    operation_message: str = ""
    updating_since: float | None = None
    """Run time since which the set itself says `Updating` although no request of this run is open;
    None where it does not."""
    observation: Observation | None = None
    """The latest observation of Azure's own rolling upgrade; None before the first."""

    def is_fresh(self, now: Moment) -> bool:
        """Whether it is at most 5 s old, or at most twice as old as the time it took."""
        duration = self.snapshot.ended - self.snapshot.begun
        age = now.real - self.snapshot.ended
        return duration <= MAX_READING_SECONDS and age <= max(5.0, 2 * duration)
