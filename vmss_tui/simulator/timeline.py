"""A value that changes at known moments, so that a late answer can tell what was before."""

from typing import Generic, TypeVar

T = TypeVar("T")

KEEP = 600.0
"""Simulated seconds of the past that stale answers may reach back to."""


class Timeline(Generic[T]):
    """The current value, when it came, and the values of the last ten minutes before it."""

    __slots__ = ("_past", "current", "revision", "since")

    def __init__(self, at: float, value: T) -> None:
        self.current = value
        self.since = at
        self.revision = 0
        self._past: list[tuple[float, T]] = []

    def put(self, at: float, value: T) -> None:
        """From `at` on the value is `value`."""
        self._past.append((self.since, self.current))
        while len(self._past) > 1 and self._past[1][0] < at - KEEP:
            del self._past[0]
        self.current = value
        self.since = at
        self.revision += 1

    def as_of(self, moment: float | None) -> T:
        """The value at `moment`, the oldest kept if that is too long ago; None means now."""
        if moment is None or moment >= self.since:
            return self.current
        for since, value in reversed(self._past):
            if since <= moment:
                return value
        return self._past[0][1] if self._past else self.current
