"""Simulated time: a clock, a schedule of callbacks, and values with their recent history.

Time is counted in seconds since an epoch, so that a seeded world starts the same way whatever the
wall clock shows; only the dates that clients see depend on the epoch.
"""

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

HISTORY_SECONDS = 600.0
"""Simulated seconds that outdated responses may reach back."""


class Timeline(Generic[T]):
    """The current value, the time of its change, and the values of the ten minutes before."""

    __slots__ = ("_past", "current", "revision", "since")

    def __init__(self, at: float, value: T) -> None:
        self.current = value
        self.since = at
        self.revision = 0
        self._past: list[tuple[float, T]] = []

    def record(self, at: float, value: T) -> None:
        """Makes `value` the current one from `at` on."""
        self._past.append((self.since, self.current))
        while len(self._past) > 1 and self._past[1][0] < at - HISTORY_SECONDS:
            del self._past[0]
        self.current = value
        self.since = at
        self.revision += 1

    def as_of(self, moment: float | None) -> T:
        """The value at `moment` (None: now); the oldest one where `moment` is too long ago."""
        if moment is None or moment >= self.since:
            return self.current
        for since, value in reversed(self._past):
            if since <= moment:
                return value
        return self._past[0][1] if self._past else self.current


Step = Callable[[float], None]
"""A scheduled callback; its argument is the time in simulated seconds since the epoch."""


@dataclass(order=True, slots=True)
class _ScheduledStep:
    at: float
    order: int
    step: Step = field(compare=False)


class Schedule:
    """A heap of scheduled steps; steps of the same time run in the order of their insertion."""

    def __init__(self) -> None:
        self._heap: list[_ScheduledStep] = []
        self._count = 0

    def __len__(self) -> int:
        """The number of steps that have not run yet."""
        return len(self._heap)

    def add(self, at: float, step: Step) -> None:
        """Schedules `step` for the time `at`."""
        self._count += 1
        heapq.heappush(self._heap, _ScheduledStep(at, self._count, step))

    def run_until(self, end: float, before_step: Step) -> None:
        """Runs every step due by `end`; steps may schedule further steps.

        Each runs with its own time; `before_step` is called with that time first.
        """
        while self._heap and self._heap[0].at <= end:
            due = heapq.heappop(self._heap)
            before_step(due.at)
            due.step(due.at)


EPOCH = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
"""The time at which simulated worlds start, unless the process has set another one."""


@dataclass(slots=True)
class Calendar:
    """The date and time of second 0 of every world in this process."""

    epoch: datetime = EPOCH

    def start_at(self, moment: datetime) -> None:
        """Lets worlds start at `moment`, to the second. To be called before the first request."""
        self.epoch = moment.replace(microsecond=0)
        timestamp.cache_clear()


CALENDAR = Calendar()


@lru_cache(maxsize=8192)
def timestamp(seconds: float) -> str:
    """A time in Azure's format: seven digits of fraction and an explicit offset."""
    whole, ticks = divmod(round(seconds * 10_000_000), 10_000_000)
    moment = CALENDAR.epoch + timedelta(seconds=whole)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ticks:07d}+00:00"


def http_date(seconds: float) -> str:
    """A time in the format of the HTTP `Date` header."""
    moment = CALENDAR.epoch + timedelta(seconds=int(seconds))
    return f"{moment:%a, %d %b %Y %H:%M:%S} GMT"


class Clock:
    """Simulated seconds since the epoch; with speed 0 they pass only through `advance`."""

    def __init__(self, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic` is a clock in seconds; only its differences are used."""
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._anchor = monotonic()
        self._base = 0.0
        self._speed = max(0.0, speed)

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    def now(self) -> float:
        """Simulated seconds since the epoch; never decreases."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Moves the time forward at once. Raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError("time only moves forward")
        with self._lock:
            self._base += seconds

    def set_speed(self, speed: float) -> None:
        """Changes the speed from now on. Raises ValueError for a negative speed."""
        if speed < 0:
            raise ValueError("a speed is zero or more")
        with self._lock:
            self._base = self._now()
            self._anchor = self._monotonic()
            self._speed = speed

    def _now(self) -> float:
        return self._base + (self._monotonic() - self._anchor) * self._speed
