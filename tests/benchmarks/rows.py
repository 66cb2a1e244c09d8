"""A measurement, and how it is taken."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: a measured value and its target."""

    name: str
    measured: float
    target: float
    unit: str = "×"
    at_least: bool = False
    """The target is a floor, not a ceiling."""
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the measured value is on the right side of its target."""
        return self.measured >= self.target if self.at_least else self.measured <= self.target

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self) | {"reached": self.reached}

    def as_line(self, width: int) -> str:
        """For people."""
        sign = "≥" if self.at_least else "≤"
        measured = f"{self.measured:9.3g} {self.unit}".ljust(14)
        target = f"{sign} {self.target:g} {self.unit}".ljust(12)
        verdict = "ok  " if self.reached else "MISS"
        return f"{self.name:<{width}} {measured} {target} {verdict} {self.note}".rstrip()


def cpu(rounds: int = 5, **works: Callable[[], object]) -> dict[str, float]:
    """Median CPU seconds of this process, with all its threads, for each of several functions.

    The functions are called in turns, after a first round that does not count; short ones are
    called several times in a turn. A busy moment of the machine then affects all of them alike.
    """
    return measure_in_turns(works, rounds, time.process_time)


def wall(rounds: int = 5, **works: Callable[[], object]) -> dict[str, float]:
    """The same in seconds by the clock."""
    return measure_in_turns(works, rounds, time.perf_counter)


_TURN_SECONDS, _MOST_AT_ONCE = 0.4, 20
"""Seconds that a turn of a short function lasts, and its most calls in a turn."""


def measure_in_turns(
    works: dict[str, Callable[[], object]], rounds: int, clock: Callable[[], float]
) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in works}
    times = dict.fromkeys(works, 1)
    for turn in range(rounds + 1):
        for name, work in works.items():
            gc.collect()
            start = clock()
            for _ in range(times[name]):
                work()
            took = (clock() - start) / times[name]
            if turn:
                seconds[name].append(took)
            else:
                times[name] = min(_MOST_AT_ONCE, max(1, round(_TURN_SECONDS / max(took, 1e-6))))
    return {name: statistics.median(times) for name, times in seconds.items()}
