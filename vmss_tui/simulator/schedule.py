"""What will happen, in the order in which it falls due. Knows neither clock nor world."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

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
