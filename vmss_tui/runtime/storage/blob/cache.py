"""Responses of the storage that viewers need several times a second, cached for some seconds."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from vmss_tui.gateway.blobs import BlobError

T = TypeVar("T")


class TimedCache(Generic[T]):
    """The result of one call, for `lifetime` real seconds, or for `tolerance` where the storage
    does not answer. Thread-safe."""

    def __init__(
        self,
        load: Callable[[], T],
        lifetime: float,
        tolerance: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._lifetime, self._tolerance = load, lifetime, tolerance
        self._now = now
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
            known = self._loaded
            if known is not None and now - known[0] <= self._lifetime:
                return known[1]
            try:
                self._loaded = known = (now, self._load())
            except BlobError:
                if known is None or now - known[0] > self._tolerance:
                    raise
            return known[1]

    def clear(self) -> None:
        """Loads again at the next `get`."""
        with self._lock:
            self._loaded = None
