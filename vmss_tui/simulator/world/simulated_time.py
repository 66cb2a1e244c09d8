"""The simulated time: a moment that a speed drives and a caller may push.

Time is counted in seconds since a fixed epoch, so that a seeded world begins the same way
whatever the wall clock says. It knows nothing of what happens in that time.
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

KEEP = 600.0
"""Simulated seconds of the past that stale answers may reach back to."""


class Timeline(Generic[T]):
    """The current value, when it came, and the values of the last ten minutes before it."""

    __slots__ = ("_past", "current", "revision", "since")

    def __init__(self, at: float, value: T) -> None:
        self.current = value
        self.since = at
        self.revision = 0
        self._past: list[tuple[float, T]] = []

    def put(self, at: float, value: T) -> None:
        """From `at` on the value is `value`."""
        self._past.append((self.since, self.current))
        while len(self._past) > 1 and self._past[1][0] < at - KEEP:
            del self._past[0]
        self.current = value
        self.since = at
        self.revision += 1

    def as_of(self, moment: float | None) -> T:
        """The value at `moment`, the oldest kept if that is too long ago; None means now."""
        if moment is None or moment >= self.since:
            return self.current
        for since, value in reversed(self._past):
            if since <= moment:
                return value
        return self._past[0][1] if self._past else self.current


Step = Callable[[float], None]
"""Something that happens at a moment, given as simulated seconds since the epoch."""


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    step: Step = field(compare=False)


class Schedule:
    """A heap of steps. Steps due at the same moment happen in the order they were put in."""

    def __init__(self) -> None:
        self._heap: list[_Due] = []
        self._count = 0

    def __len__(self) -> int:
        """How many steps are still to come."""
        return len(self._heap)

    def at(self, moment: float, step: Step) -> None:
        """Puts `step` at `moment`."""
        self._count += 1
        heapq.heappush(self._heap, _Due(moment, self._count, step))

    def run_until(self, now: float, arrive: Step) -> None:
        """Lets happen all that is due by `now`; steps may add steps.

        Each happens at its own moment, at which `arrive` is called before it.
        """
        while self._heap and self._heap[0].at <= now:
            due = heapq.heappop(self._heap)
            arrive(due.at)
            due.step(due.at)


EPOCH = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
"""The moment at which every seeded world begins."""


@lru_cache(maxsize=8192)
def stamp(seconds: float) -> str:
    """A moment as Azure writes it: seven digits of fraction and an explicit offset."""
    whole, ticks = divmod(round(seconds * 10_000_000), 10_000_000)
    moment = EPOCH + timedelta(seconds=whole)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ticks:07d}+00:00"


def http_date(seconds: float) -> str:
    """A moment as an HTTP `Date` header writes it."""
    moment = EPOCH + timedelta(seconds=int(seconds))
    return f"{moment:%a, %d %b %Y %H:%M:%S} GMT"


class Clock:
    """Simulated seconds since `EPOCH`; with speed 0 they pass only through `advance`."""

    def __init__(self, speed: float = 1.0, real: Callable[[], float] = time.monotonic) -> None:
        """`real` is a monotonic clock in seconds; only its differences are used."""
        self._lock = threading.Lock()
        self._real = real
        self._anchor = real()
        self._base = 0.0
        self._speed = max(0.0, speed)

    @property
    def speed(self) -> float:
        """Simulated seconds to a real second."""
        return self._speed

    def now(self) -> float:
        """Simulated seconds since the epoch; never runs backwards."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Pushes the time on at once; a negative push is refused."""
        if seconds < 0:
            raise ValueError("time only moves forward")
        with self._lock:
            self._base += seconds

    def set_speed(self, speed: float) -> None:
        """Changes the speed from this moment on."""
        if speed < 0:
            raise ValueError("a speed is zero or more")
        with self._lock:
            self._base = self._now()
            self._anchor = self._real()
            self._speed = speed

    def _now(self) -> float:
        return self._base + (self._real() - self._anchor) * self._speed
