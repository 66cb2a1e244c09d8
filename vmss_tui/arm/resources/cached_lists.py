"""Remembers lists that rarely change, for the time of a session."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")

CACHE_SECONDS = 3600.0
"""Seconds for which a list is not read again, except on request (`fresh`)."""


class CachedLists:
    """The lists read in this session, by URL, each with its time of reading. Thread-safe."""

    def __init__(self, monotonic: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._monotonic, self._now = monotonic, now
        self._entries: dict[str, tuple[float, datetime, object]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, read: Callable[[str], T], *, fresh: bool = False) -> tuple[T, datetime]:
        """The list and its time of reading; calls `read` where none is cached or it is too old."""
        with self._lock:
            entry = self._entries.get(url)
        if entry and not fresh and self._monotonic() - entry[0] < CACHE_SECONDS:
            return entry[2], entry[1]  # type: ignore[return-value]
        value = read(url)
        read_at = self._now()
        with self._lock:
            self._entries[url] = (self._monotonic(), read_at, value)
        return value, read_at
