"""Ends the reads of a gateway before their time: for a signal, an intent, or at the exit."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CHECK_INTERVAL = 0.2
"""Real seconds between two checks during a read or a wait."""


def _never() -> bool:
    return False


class Cancellation:
    """Whether reads are to end now. Thread-safe.

    Nothing is locked, so that a signal handler may call `cancel`.
    """

    def __init__(self) -> None:
        self._is_cancelled = False
        self._source: Callable[[], bool] = _never

    @property
    def is_requested(self) -> bool:
        """While true, reads and waits end within `CHECK_INTERVAL`."""
        return self._is_cancelled or self._source()

    def cancel(self) -> None:
        """Ends all reads, now and from now on."""
        self._is_cancelled = True

    @contextmanager
    def watching(self, source: Callable[[], bool]) -> Iterator[None]:
        """Inside the block reads also end while `source` returns true.

        It is called several times a second during every read, by any thread.
        """
        previous, self._source = self._source, source
        try:
            yield
        finally:
            self._source = previous

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Ends all reads where Ctrl-C ends the block, so that a pool of threads ends at once."""
        try:
            yield
        except KeyboardInterrupt:
            self.cancel()
            raise

    def wait(self, seconds: float) -> bool:
        """Waits in real seconds; True where the wait was ended before."""
        ends_at = time.monotonic() + seconds
        while not self.is_requested:
            remaining = ends_at - time.monotonic()
            if remaining <= 0:
                return False
            time.sleep(min(remaining, CHECK_INTERVAL))
        return True
