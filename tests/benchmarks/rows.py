"""What a measurement is, and how to take one."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: a measured value beside what it has to reach."""

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


def cpu(work: Callable[[], object], runs: int = 5) -> float:
    """Median CPU seconds of this process, all its threads, over several runs after a first."""
    return _median(work, runs, time.process_time)


def wall(work: Callable[[], object], runs: int = 5) -> float:
    """Median seconds by the clock over several runs after a first."""
    return _median(work, runs, time.perf_counter)


def _median(work: Callable[[], object], runs: int, clock: Callable[[], float]) -> float:
    work()
    taken = []
    for _ in range(runs):
        gc.collect()
        begun = clock()
        work()
        taken.append(clock() - begun)
    return statistics.median(taken)
