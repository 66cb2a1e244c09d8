"""Facts that are read in threads, each once: callers that need one at the same time share it."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from vmss_tui.errors import VmssError
from vmss_tui.fleet.preflight.facts import Fact
from vmss_tui.gateway import NotFound, ReadCancelled
from vmss_tui.gateway.background_call import BackgroundCall

T = TypeVar("T")
PARALLEL_READS = 8
"""Requests in flight at once, at most."""
MAX_FACTS = 4096


class PendingFact(Struct, Generic[T], frozen=True):
    """A fact that is being read, or was read."""

    call: BackgroundCall[T]
    started_at: float
    """By the clock of the store."""

    def wait(self, ends_at: float, is_cancelled: Callable[[], bool]) -> Fact[T]:
        """The fact, or why it is not known at `ends_at`.

        Raises `gateway.background_call.Cancelled` or `ReadCancelled`, and errors of the program.
        """
        if not self.call.wait(max(0.0, ends_at - time.monotonic()), is_cancelled):
            return Fact(problem="Azure did not answer in time")
        try:
            return Fact(self.call.result())
        except ReadCancelled:
            raise
        except VmssError as error:
            return Fact(problem=error.message, is_missing=isinstance(error, NotFound))


class FactStore:
    """The facts of one session by their keys. Thread-safe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._entries: dict[Hashable, PendingFact[Any]] = {}
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(PARALLEL_READS)

    def now(self) -> float:
        """The time by the clock of `PendingFact.started_at`."""
        return self._monotonic()

    def start(
        self,
        key: Hashable,
        read: Callable[[], T],
        max_age: float,
        *,
        newer_than: float | None = None,
    ) -> PendingFact[T]:
        """The fact of this key; `read` is called in a thread where there is none that is younger
        than `max_age` seconds and, where given, was started after `newer_than`."""
        now = self._monotonic()
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and _is_usable(entry, now - max_age, newer_than):
                return entry
            if len(self._entries) >= MAX_FACTS:
                self._entries.pop(next(iter(self._entries)))
            pending = PendingFact(BackgroundCall(lambda: self._read(read), "preflight"), now)
            self._entries[key] = pending
        return pending

    def _read(self, read: Callable[[], T]) -> T:
        with self._slots:
            return read()


def _is_usable(entry: PendingFact[Any], oldest: float, newer_than: float | None) -> bool:
    if newer_than is not None and entry.started_at < newer_than:
        return False
    if not entry.call.is_finished:
        return True
    return entry.call.error is None and entry.started_at > oldest
