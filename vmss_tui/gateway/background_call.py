"""A call in a thread that its caller may leave before it returns."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from vmss_tui.gateway.cancellation import CHECK_INTERVAL

T = TypeVar("T")


class Cancelled(Exception):
    """The caller does not want the result any more."""


class BackgroundCall(Generic[T]):
    """Starts the call at once, in a daemon thread."""

    def __init__(self, call: Callable[[], T], name: str) -> None:
        self._call = call
        self._values: list[T] = []
        self._error: BaseException | None = None
        self._finished = threading.Event()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    @property
    def is_finished(self) -> bool:
        """It has returned or raised."""
        return self._finished.is_set()

    @property
    def error(self) -> BaseException | None:
        """What it raised; None before its end, too."""
        return self._error

    def wait(self, seconds: float | None, is_cancelled: Callable[[], bool]) -> bool:
        """Waits until it is finished; False after `seconds`, where given.

        Raises `Cancelled` where `is_cancelled` returns true; it is called every `CHECK_INTERVAL`.
        """
        ends_at = float("inf") if seconds is None else time.monotonic() + seconds
        while True:
            remaining = max(0.0, ends_at - time.monotonic())
            if self._finished.wait(min(CHECK_INTERVAL, remaining)):
                return True
            if is_cancelled():
                raise Cancelled
            if time.monotonic() >= ends_at:
                return False

    def result(self) -> T:
        """What the finished call returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._values[0]

    def _work(self) -> None:
        with self:
            self._values.append(self._call())

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        """Keeps the error for `result`, whatever it is: no caller of the thread could catch it."""
        self._error = error
        self._finished.set()
        return True
