"""Figures that a test measures, for the output of `pytest -s`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Real seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._begun


def report(figures: str) -> None:
    """Prints figures."""
    sys.stdout.write(f"\n{figures}\n")


def report_seconds(what: str, seconds: float) -> float:
    """Prints seconds and returns them."""
    report(f"{what}: {seconds:.2f} s")
    return seconds


@contextmanager
def at_most(seconds: float, what: str) -> Iterator[None]:
    """Asserts that the block takes less real time, and prints how much it took."""
    stopwatch = Stopwatch()
    yield
    assert report_seconds(what, stopwatch.seconds) < seconds
