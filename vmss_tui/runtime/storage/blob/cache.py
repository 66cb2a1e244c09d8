"""Answers of the storage that viewers ask for several times a second, kept for a moment."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TimedCache(Generic[T]):
    """The result of one call, for `lifetime` real seconds. Thread-safe."""

    def __init__(
        self, load: Callable[[], T], lifetime: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._load, self._lifetime, self._now = load, lifetime, now
        self._lock = threading.Lock()
        self._loaded: tuple[float, T] | None = None

    @property
    def age(self) -> float:
        """Real seconds since the result was loaded; 0 before."""
        return self._now() - self._loaded[0] if self._loaded else 0.0

    def get(self) -> T:
        """The result; loads it where it is too old. Raises what the call raises."""
        with self._lock:
            now = self._now()
            if self._loaded is None or now - self._loaded[0] > self._lifetime:
                self._loaded = (now, self._load())
            return self._loaded[1]

    def clear(self) -> None:
        """Loads again at the next `get`."""
        with self._lock:
            self._loaded = None
