"""The API budget of one scale set: a bucket of list requests, spent before Azure refuses.

Source: "Compute throttling limits" (HighCostGetVMScaleSetResource: 30 burst, 10 a minute).
"""

BURST = 30.0
PER_SECOND = 10 / 60
SECONDS_A_PAGE = 6.0
QUIET_AFTER = 10
"""Readings on end that say the same, after which a set is quiet."""
QUIET_LONGEST = 30.0
"""Seconds to which a quiet set's interval may grow."""


def interval(pages: int) -> float:
    """The shortest steady interval in seconds at which a set of so many pages may be read."""
    return SECONDS_A_PAGE * max(1, pages)


def quiet_interval(pause: float) -> float:
    """The interval once nothing has changed for a while: fewer readings, unless they are few."""
    return max(pause, min(2 * pause, QUIET_LONGEST))


class Bucket:
    """Reckons what is left between answers; Azure's own word, where given, wins."""

    def __init__(self) -> None:
        self._level = BURST
        self._at: float | None = None

    def left(self, now: float) -> float:
        """List requests that may be spent at `now` (run seconds)."""
        if self._at is None:
            return BURST
        return min(BURST, self._level + max(0.0, now - self._at) * PER_SECOND)

    def spend(self, pages: int, now: float, told: int | None = None) -> None:
        """A reading of so many pages was made; `told` is what Azure said is left."""
        level = self.left(now) - pages
        self._level = level if told is None else min(level, float(told))
        self._at = now

    def wait_for(self, pages: int, now: float) -> float:
        """Seconds until a reading of so many pages fits."""
        wanted = min(float(pages), BURST)
        return max(0.0, (wanted - self.left(now)) / PER_SECOND)
