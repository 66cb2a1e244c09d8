"""Injected time: the wall clock for people, the boot clock for ages, the run clock for waits.

With Azure the run clock is the boot clock, which includes the time that a machine is suspended. In
a demo it is the simulator's clock: at speed 60 a settle window of 60 s takes one second.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Protocol

from vmss_tui.gateway.background_call import BackgroundCall

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """The time as runs, screens and operations use it."""

    def wall(self) -> datetime:
        """UTC, for people and for comparisons between processes."""

    def real(self) -> float:
        """Seconds on this machine's boot clock."""

    def run(self) -> float:
        """Seconds on the clock of waits and deadlines; never decreases."""

    def rate(self) -> float:
        """Run seconds per real second: 1 with Azure, else the demo's speed."""

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits for these run seconds, or until `wake` is set; True where it was set."""


def estimate_run_time(last_time: float, last_event_at: str, clock: Clock) -> float:
    """The clock of a run now, in another process than its worker: its value at the last event plus
    the wall time since then. `last_event_at` is ISO 8601, empty before the first event."""
    if not last_event_at:
        return last_time
    elapsed = clock.wall() - datetime.fromisoformat(last_event_at)
    return last_time + max(0.0, elapsed.total_seconds()) * clock.rate()


class BootClock:
    """The machine's own clocks."""

    def wall(self) -> datetime:
        """UTC now."""
        return datetime.now(UTC)

    def real(self) -> float:
        """Seconds since boot, with suspended time where the system supports that."""
        return time.clock_gettime(_BOOT)

    def run(self) -> float:
        """Equal to `real`."""
        return self.real()

    def rate(self) -> float:
        """Always 1."""
        return 1.0

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits in real seconds."""
        return wake.wait(max(0.0, run_seconds))


class DemoClock(BootClock):
    """A simulator's clock: read now and then, extrapolated in between."""

    POLL_INTERVAL = 0.5
    """Real seconds between two reads; a changed speed is noticed within that time."""
    FIRST_TIMEOUT, TIMEOUT = 2.0, 0.25
    """Real seconds that a read is waited for; without an answer the time is extrapolated."""
    MIN_WAIT = 0.02
    MAX_WAIT = 0.25
    """Real seconds; short enough to notice that a demo was stopped or made faster."""

    def __init__(self, endpoint: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/_simulator/clock"
        self._lock = threading.Lock()
        self._polled_at = self._attempted_at = float("-inf")
        self._polled_seconds = 0.0
        self._speed = 1.0
        self._latest = 0.0
        self._pending: BackgroundCall[tuple[float, float, float]] | None = None

    def run(self) -> float:
        """Seconds of the simulator's clock since its epoch."""
        with self._lock:
            self._poll()
            estimate = self._polled_seconds + (self.real() - self._polled_at) * self._speed
            self._latest = max(self._latest, estimate)
            return self._latest

    def rate(self) -> float:
        """The demo's speed; 0 while it is paused."""
        with self._lock:
            self._poll()
            return self._speed

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Waits in short real steps until the demo's clock has reached the end."""
        deadline = self.run() + run_seconds
        while (remaining := deadline - self.run()) > 0:
            speed = self.rate()
            step = remaining / speed if speed else self.MAX_WAIT
            if wake.wait(min(max(step, self.MIN_WAIT), self.MAX_WAIT)):
                return True
        return wake.is_set()

    def _poll(self) -> None:
        """Reads the clock. If the simulator has ended or does not answer, the last speed stays: the
        gateway reports that."""
        is_first = self._polled_at == float("-inf")
        seconds = 0.0
        if self._pending is None:
            if self.real() - self._attempted_at < self.POLL_INTERVAL:
                return
            self._pending = BackgroundCall(self._read_clock, "demo-clock")
            seconds = self.FIRST_TIMEOUT if is_first else self.TIMEOUT
        if self._pending.wait(seconds, lambda: False):
            pending, self._pending = self._pending, None
            self._attempted_at = self.real()
            try:
                self._polled_seconds, self._speed, self._polled_at = pending.result()
                return
            except (urllib.error.URLError, OSError, ValueError):
                pass
        if is_first:
            self._polled_at = self.real()

    def _read_clock(self) -> tuple[float, float, float]:
        """Seconds, speed, and the real time at which they were true."""
        begun = self.real()
        with urllib.request.urlopen(self._url, timeout=self.FIRST_TIMEOUT) as response:
            reply = json.load(response)  # from loopback only
        now = self.real()
        if now - begun > self.FIRST_TIMEOUT:
            raise ValueError("the clock's answer is too old")
        return float(reply["seconds"]), float(reply["speed"]), now
