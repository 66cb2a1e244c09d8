"""Answers that are not asked for again for a while: the image catalogue moves by the day."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")
KEPT_FOR = 3600.0
"""Seconds for which a list is not asked for again, unless somebody wants it anew."""


class Kept:
    """What was read in this session, by URL, with the moment it was read. For many threads."""

    def __init__(self, monotonic: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._monotonic, self._now = monotonic, now
        self._known: dict[str, tuple[float, datetime, object]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, read: Callable[[str], T], *, fresh: bool = False) -> tuple[T, datetime]:
        """The answer and when it was read; `read` is called where there is none young enough."""
        with self._lock:
            known = self._known.get(url)
        if known and not fresh and self._monotonic() - known[0] < KEPT_FOR:
            return known[2], known[1]  # type: ignore[return-value]
        found = read(url)
        taken = self._now()
        with self._lock:
            self._known[url] = (self._monotonic(), taken, found)
        return found, taken
