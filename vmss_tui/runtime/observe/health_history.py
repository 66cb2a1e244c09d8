"""The recent health of each instance by minutes, from readings. Pure, in memory, bounded.

A minute has the worst health that a reading showed in it, the newest one that of the last reading.
Minutes without a reading are `NOT_READ`.
"""

from collections import deque
from datetime import UTC, datetime
from enum import IntEnum
from operator import attrgetter

from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.states import State

MAX_MINUTES = 60
"""Minutes that are kept."""


class HealthLevel(IntEnum):
    """The health in one minute; a greater number is worse."""

    NOT_READ = 0
    GONE = 1
    """Deallocated."""
    OFF = 2
    GOOD = 3
    """Running and provisioned, without a report of being unhealthy, on whichever model."""
    UNKNOWN = 4
    MOVING = 5
    UNHEALTHY = 6
    FAILED = 7


_LEVELS = {
    State.CURRENT: HealthLevel.GOOD,
    State.STALE: HealthLevel.GOOD,
    State.UNDETERMINED: HealthLevel.GOOD,
    State.UPDATING: HealthLevel.MOVING,
    State.STARTING: HealthLevel.MOVING,
    State.STOPPING: HealthLevel.MOVING,
    State.DEALLOCATING: HealthLevel.MOVING,
    State.STOPPED: HealthLevel.OFF,
    State.DEALLOCATED: HealthLevel.GONE,
    State.UNHEALTHY: HealthLevel.UNHEALTHY,
    State.FAILED: HealthLevel.FAILED,
    State.UNKNOWN: HealthLevel.UNKNOWN,
}
_instance_id, _state = attrgetter("instance_id"), attrgetter("state")


class _Minute:
    """The worst and the last levels of all instances in one minute, a byte each in the order of
    `ids`."""

    __slots__ = ("ids", "last", "number", "worst")

    def __init__(self, number: int, ids: tuple[str, ...], levels: bytes) -> None:
        self.number, self.ids, self.worst, self.last = number, ids, levels, levels


class HealthHistory:
    """The last `MAX_MINUTES` minutes of a scale set."""

    def __init__(self) -> None:
        self._minutes: deque[_Minute] = deque(maxlen=MAX_MINUTES)
        self._ids: tuple[str, ...] = ()
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        self._last: Snapshot | None = None

    def record(self, snapshot: Snapshot) -> None:
        """Takes a reading; one that is incomplete, or was taken already, changes nothing."""
        if snapshot is self._last or not snapshot.complete:
            return
        self._last = snapshot
        ids = tuple(map(_instance_id, snapshot.instances))
        if ids != self._ids:
            self._ids = ids
            kept = {minute.ids for minute in self._minutes}
            self._places = {old: self._places[old] for old in kept if old in self._places}
            self._places[ids] = {instance_id: place for place, instance_id in enumerate(ids)}
        levels = bytes(map(_LEVELS.__getitem__, map(_state, snapshot.instances)))
        number = _minute_of(snapshot.taken_at)
        newest = self._minutes[-1] if self._minutes else None
        if newest is None or newest.number < number:
            self._minutes.append(_Minute(number, self._ids, levels))
        elif newest.ids is self._ids:
            newest.worst, newest.last = bytes(map(max, newest.worst, levels)), levels
        else:  # instances came or went within the minute
            newest.ids, newest.worst, newest.last = self._ids, levels, levels

    def levels(self, instance_id: str) -> tuple[HealthLevel, ...]:
        """The levels of an instance by minutes, oldest first, from its first reading until the last
        one of the scale set."""
        by_number: dict[int, HealthLevel] = {}
        for minute in self._minutes:
            place = self._places[minute.ids].get(instance_id)
            if place is not None:
                is_newest = minute is self._minutes[-1]
                levels = minute.last if is_newest else minute.worst
                by_number[minute.number] = HealthLevel(levels[place])
        if not by_number:
            return ()
        end = self._minutes[-1].number
        first = max(min(by_number), end - MAX_MINUTES + 1)
        return tuple(
            by_number.get(number, HealthLevel.NOT_READ) for number in range(first, end + 1)
        )

    @property
    def ends_at(self) -> datetime | None:
        """The minute of the last reading; None before the first."""
        if not self._minutes:
            return None
        return datetime.fromtimestamp(60 * self._minutes[-1].number, UTC)


def _minute_of(at: datetime) -> int:
    return int(at.timestamp() // 60)
