"""The count of a scale set on the list: instances by group of states, of one reading."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from vmss_tui.fleet.estate.row import InstanceCount, group_totals, outdated_of
from vmss_tui.fleet.state_groups import StateGroup

RECOUNT_INTERVAL = 60.0
"""Real seconds between two counts of a scale set, for each page of its list of instances."""


class OutdatedCount(Struct, frozen=True):
    """The result of one reading of a scale set. None and 0 are different."""

    taken_at: datetime
    pages: int = 1
    outdated: int | None = None
    """None where the scale set could not be read, or Azure does not report it."""
    groups: Mapping[StateGroup, int] = field(default_factory=dict)
    """The number of instances in each group of states; empty where there is no count."""
    counts: tuple[InstanceCount, ...] | None = None
    """The same by image version, too; None where there is no count."""
    is_indexed: bool = False
    """By Azure's index, which knows no health and may be a minute behind."""
    error: str = ""
    """Why the scale set could not be read."""
    group: str = ""
    """The resource group as the scale set itself spells it; empty where it was not read."""
    changed_at: datetime | None = None
    """Time of the newest status of an instance."""
    is_transitioning: bool = False
    """Azure is changing an instance."""

    def is_expired(self, now: datetime) -> bool:
        """Return True where a newer count should exist by now."""
        return now - self.taken_at > timedelta(seconds=2 * RECOUNT_INTERVAL * self.pages)


def running_versions(count: OutdatedCount | None) -> frozenset[str]:
    """The image versions that instances run; empty before the count."""
    return frozenset(part.version for part in (count.counts or ())) if count else frozenset()


def indexed_count(counts: Sequence[InstanceCount], read_at: datetime) -> OutdatedCount:
    """The count of a set by the index."""
    groups = {**dict.fromkeys(StateGroup, 0), **group_totals(counts)}
    return OutdatedCount(
        read_at,
        outdated=outdated_of(groups),
        groups=groups,
        counts=tuple(counts),
        is_indexed=True,
    )
