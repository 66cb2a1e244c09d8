"""The list budget of one scale set, counted here so that Azure need not refuse requests.

Source: "Compute throttling limits" (HighCostGetVMScaleSetResource: 30 burst, 10 a minute).
"""

BURST = 30.0
REFILL_PER_SECOND = 10 / 60
SECONDS_PER_PAGE = 6.0
"""Seconds in which the budget refills by one list request."""
QUIET_AFTER = 10
"""Equal readings in a row after which a scale set is quiet."""
MAX_QUIET_INTERVAL = 30.0
"""Seconds between two reads of a quiet scale set, at most, unless its pages need more."""


def steady_interval(pages: int) -> float:
    """The shortest interval in seconds at which so many pages can be read again and again."""
    return SECONDS_PER_PAGE * max(1, pages)


def quiet_interval(pause: float) -> float:
    """The interval of a quiet scale set, whose usual interval is `pause` seconds."""
    return max(pause, min(2 * pause, MAX_QUIET_INTERVAL))


class TokenBucket:
    """The list requests that are left; what Azure reports takes precedence over what is counted."""

    def __init__(self) -> None:
        self._level = BURST
        self._updated_at: float | None = None

    def available(self, now: float) -> float:
        """List requests that may be spent at `now` (run seconds)."""
        if self._updated_at is None:
            return BURST
        return min(BURST, self._level + max(0.0, now - self._updated_at) * REFILL_PER_SECOND)

    def spend(self, pages: int, now: float, reported: int | None = None) -> None:
        """Counts a read of so many pages; `reported` is what Azure reported as left."""
        level = self.available(now) - pages
        self._level = level if reported is None else min(level, float(reported))
        self._updated_at = now

    def seconds_until(self, pages: int, now: float) -> float:
        """Seconds until a read of so many pages is within the budget."""
        required = min(float(pages), BURST)
        return max(0.0, (required - self.available(now)) / REFILL_PER_SECOND)
