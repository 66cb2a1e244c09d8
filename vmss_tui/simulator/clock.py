"""The simulated time: a moment that a speed drives and a caller may push.

Time is counted in seconds since a fixed epoch, so that a seeded world begins the same way
whatever the wall clock says. It knows nothing of what happens in that time.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

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
