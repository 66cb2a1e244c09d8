"""A call in a thread that its caller may leave before it returns."""

import os
import threading
import time
from collections.abc import Callable
from contextvars import Context
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import ClassVar, Generic, TypeVar

from vmss_tui.gateway.cancellation import CHECK_INTERVAL

T = TypeVar("T")

IDLE_NAME = "idle"
"""The name of a thread of this module while it has no call."""
_IDLE_SECONDS = 10.0
"""Real seconds without a call after which a thread ends."""


class Cancelled(Exception):
    """The caller does not want the result any more."""


class _CallThread:
    """A daemon thread that carries out one call after another.

    To start a thread takes longer than many a request. A thread is among the idle ones only once
    its call has ended: a call that hangs delays no other.
    """

    idle: ClassVar[list["_CallThread"]] = []
    """Threads without a call; the methods of a list are atomic."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], None], str]] = SimpleQueue()
        threading.Thread(target=self._work, name=IDLE_NAME, daemon=True).start()

    def carry_out(self, call: Callable[[], None], name: str) -> None:
        """Starts a call that raises nothing; the thread has its name, and a context of its own."""
        self._calls.put((call, name))

    def _work(self) -> None:
        thread = threading.current_thread()
        while True:
            try:
                call, thread.name = self._calls.get(timeout=_IDLE_SECONDS)
            except Empty:
                if self._is_removed():
                    return
                continue  # it was chosen meanwhile: its call is about to arrive
            Context().run(call)
            del call  # an idle thread keeps nothing alive
            thread.name = IDLE_NAME
            self.idle.append(self)

    def _is_removed(self) -> bool:
        """Takes it from the idle threads; False where it was chosen for a call meanwhile."""
        try:
            self.idle.remove(self)
        except ValueError:
            return False
        return True


os.register_at_fork(after_in_child=_CallThread.idle.clear)  # a child has none of the threads


class BackgroundCall(Generic[T]):
    """Starts the call at once, in a daemon thread."""

    def __init__(self, call: Callable[[], T], name: str) -> None:
        self._call = call
        self._values: list[T] = []
        self._error: BaseException | None = None
        self._is_finished = False
        self._running = threading.Lock()
        """Held until it is finished."""
        self._running.acquire()
        try:
            thread = _CallThread.idle.pop()
        except IndexError:
            thread = _CallThread()
        thread.carry_out(self._work, name)

    @property
    def is_finished(self) -> bool:
        """It has returned or raised."""
        return self._is_finished

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
            if self._is_finished:
                return True
            if self._running.acquire(timeout=min(CHECK_INTERVAL, remaining)):
                self._running.release()  # for another that waits
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
        self._is_finished = True
        self._running.release()
        return True
