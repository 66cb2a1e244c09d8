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


def estimate_run_time(last_time: float, last_event_at: str, clock: Clock) -> float:
    """A run's clock now, for who does not host it: where it stood (`t`) at its last event, and
    what has passed since by the wall. `at` is ISO 8601; empty where there is no event yet."""
    if not last_event_at:
        return last_time
    elapsed = clock.wall() - datetime.fromisoformat(last_event_at)
    return last_time + max(0.0, elapsed.total_seconds()) * clock.rate()


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

    POLL_INTERVAL = 0.5
    """Real seconds between two questions; a changed speed is noticed within that."""
    MIN_WAIT = 0.02
    MAX_WAIT = 0.25
    """Real seconds, so that a stopped or sped-up demo is noticed."""

    def __init__(self, endpoint: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/_simulator/clock"
        self._lock = threading.Lock()
        self._polled_at = float("-inf")
        self._polled_seconds = 0.0
        self._speed = 1.0
        self._latest = 0.0

    def run(self) -> float:
        """Seconds of the simulator's clock since its epoch."""
        with self._lock:
            self._poll()
            estimate = self._polled_seconds + (self.real() - self._polled_at) * self._speed
            self._latest = max(self._latest, estimate)
            return self._latest

    def rate(self) -> float:
        """The demo's speed; 0 while its time stands still."""
        with self._lock:
            self._poll()
            return self._speed

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits until the demo's clock has moved on so far, in short real steps."""
        deadline = self.run() + run_seconds
        while (remaining := deadline - self.run()) > 0:
            speed = self.rate()
            step = remaining / speed if speed else self.MAX_WAIT
            if wake.wait(min(max(step, self.MIN_WAIT), self.MAX_WAIT)):
                return True
        return wake.is_set()

    def _poll(self) -> None:
        """A demo that is gone keeps its last speed: the gateway is who says that it is gone."""
        if self.real() - self._polled_at < self.POLL_INTERVAL:
            return
        try:
            with urllib.request.urlopen(self._url, timeout=2) as response:  # loopback only
                reply = json.load(response)
        except (urllib.error.URLError, OSError, ValueError):
            if self._polled_at == float("-inf"):
                self._polled_at = self.real()
            return
        self._polled_seconds = float(reply["seconds"])
        self._speed = float(reply["speed"])
        self._polled_at = self.real()
