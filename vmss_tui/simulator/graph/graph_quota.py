"""The quota of Azure Resource Graph: 15 queries in five seconds."""

from dataclasses import dataclass

QUOTA = 15
WINDOW = 5.0
"""Simulated seconds."""


@dataclass(slots=True)
class GraphQuota:
    """The queries in the current window."""

    start: float = -WINDOW
    count: int = 0

    def take(self, now: float) -> tuple[int, float]:
        """The queries that remain after this one, -1 where it is too many; seconds to the reset."""
        if now >= self.start + WINDOW:
            self.start, self.count = now, 0
        self.count += 1
        return max(QUOTA - self.count, -1), self.start + WINDOW - now
