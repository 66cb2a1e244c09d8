"""Time, injected: the wall for people, the boot clock for ages, the run's clock for waits.

Against Azure the run's clock is the boot clock (it goes on while a laptop sleeps). In a demo it
is the simulator's, so that a settle window of 60 s passes in one at speed 60.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Protocol

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """What a runner or a watcher may know of time."""

    def wall(self) -> datetime:
        """UTC, for people and for bridging two processes."""

    def real(self) -> float:
        """Seconds on this machine's boot clock."""

    def run(self) -> float:
        """Seconds on the clock that waits and deadlines follow; never goes back."""

    def rate(self) -> float:
        """Run seconds per real second: 1 against Azure, the demo's speed else."""

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits so many run seconds, or until `wake` is set; True where it was."""


def bridged(t: float, at: str, clock: Clock) -> float:
    """A run's clock now, for who does not host it: where it stood (`t`) at its last event, and
    what has passed since by the wall. `at` is ISO 8601; empty where there is no event yet."""
    if not at:
        return t
    away = clock.wall() - datetime.fromisoformat(at)
    return t + max(0.0, away.total_seconds()) * clock.rate()


class BootClock:
    """Time as it is."""

    def wall(self) -> datetime:
        """UTC now."""
        return datetime.now(UTC)

    def real(self) -> float:
        """Seconds since boot, suspended time included where the system says."""
        return time.clock_gettime(_BOOT)

    def run(self) -> float:
        """The same: a run waits in real seconds."""
        return self.real()

    def rate(self) -> float:
        """Always 1."""
        return 1.0

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits in real seconds."""
        return wake.wait(max(0.0, run_seconds))


class DemoClock(BootClock):
    """Follows a simulator's clock: asks it now and then, and reckons in between."""

    ASK_EVERY = 0.5
    """Real seconds between two questions; a changed speed is noticed within that."""
    SHORTEST_WAIT = 0.02
    LONGEST_WAIT = 0.25
    """Real seconds, so that a stopped or sped-up demo is noticed."""

    def __init__(self, endpoint: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/_simulator/clock"
        self._lock = threading.Lock()
        self._asked = float("-inf")
        self._known = 0.0
        self._speed = 1.0
        self._latest = 0.0

    def run(self) -> float:
        """Seconds of the simulator's clock since its epoch."""
        with self._lock:
            self._ask()
            reckoned = self._known + (self.real() - self._asked) * self._speed
            self._latest = max(self._latest, reckoned)
            return self._latest

    def rate(self) -> float:
        """The demo's speed; 0 while its time stands still."""
        with self._lock:
            self._ask()
            return self._speed

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits until the demo's clock has moved on so far, in short real steps."""
        until = self.run() + run_seconds
        while (left := until - self.run()) > 0:
            speed = self.rate()
            step = left / speed if speed else self.LONGEST_WAIT
            if wake.wait(min(max(step, self.SHORTEST_WAIT), self.LONGEST_WAIT)):
                return True
        return wake.is_set()

    def _ask(self) -> None:
        """A demo that is gone keeps its last speed: the gateway is who says that it is gone."""
        if self.real() - self._asked < self.ASK_EVERY:
            return
        try:
            with urllib.request.urlopen(self._url, timeout=2) as answer:  # loopback only
                told = json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            if self._asked == float("-inf"):
                self._asked = self.real()
            return
        self._known = float(told["seconds"])
        self._speed = float(told["speed"])
        self._asked = self.real()
