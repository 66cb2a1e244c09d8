"""The API budget of one scale set: a bucket of list requests, spent before Azure refuses.

Source: "Compute throttling limits" (HighCostGetVMScaleSetResource: 30 burst, 10 a minute).
"""

BURST = 30.0
REFILL_PER_SECOND = 10 / 60
SECONDS_PER_PAGE = 6.0
QUIET_AFTER = 10
"""Readings on end that say the same, after which a set is quiet."""
MAX_QUIET_INTERVAL = 30.0
"""Seconds to which a quiet set's interval may grow."""


def steady_interval(pages: int) -> float:
    """The shortest steady interval in seconds at which a set of so many pages may be read."""
    return SECONDS_PER_PAGE * max(1, pages)


def quiet_interval(pause: float) -> float:
    """The interval once nothing has changed for a while: fewer readings, unless they are few."""
    return max(pause, min(2 * pause, MAX_QUIET_INTERVAL))


class TokenBucket:
    """Reckons what is left between answers; Azure's own word, where given, wins."""

    def __init__(self) -> None:
        self._level = BURST
        self._updated_at: float | None = None

    def available(self, now: float) -> float:
        """List requests that may be spent at `now` (run seconds)."""
        if self._updated_at is None:
            return BURST
        return min(BURST, self._level + max(0.0, now - self._updated_at) * REFILL_PER_SECOND)

    def spend(self, pages: int, now: float, reported: int | None = None) -> None:
        """A reading of so many pages was made; `told` is what Azure said is left."""
        level = self.available(now) - pages
        self._level = level if reported is None else min(level, float(reported))
        self._updated_at = now

    def seconds_until(self, pages: int, now: float) -> float:
        """Seconds until a reading of so many pages fits."""
        required = min(float(pages), BURST)
        return max(0.0, (required - self.available(now)) / REFILL_PER_SECOND)
