"""A watcher whose pauses a test ends one by one."""

import re
import threading
from datetime import datetime
from queue import Queue
from typing import Protocol

from tests.support.bench import Bench
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.storage.latest_view import LatestView

LIST = "/virtualMachines$"


class WatcherHarness:
    """A watcher that stays in each of its pauses until the test ends it."""

    def __init__(self, bench: Bench, at_least: float = 6.0) -> None:
        self.views: list[LatestView] = []
        self.pauses: Queue[float] = Queue()
        self._bench = bench
        self._gate = threading.Semaphore(0)
        self._ended = threading.Event()
        bench.clock.before_wait = self._wait
        services = bench.services
        self.watcher = Watcher(
            bench.gateway,
            services.store,
            bench.clock,
            bench.set_id,
            self.views.append,
            min_interval=at_least,
        )
        known = set(threading.enumerate())
        self.watcher.start()
        started = set(threading.enumerate()) - known
        self.thread = next(thread for thread in started if thread.name == "watcher")
        self.paused_at = 0.0

    def _wait(self) -> None:
        self.pauses.put(self._bench.clock.run())
        if not self._ended.is_set():
            self._gate.acquire(timeout=20)

    def wait_for_pause(self) -> float:
        """Waits for the next pause; returns its simulated time in seconds."""
        self.paused_at = self.pauses.get(timeout=20)
        return self.paused_at

    def end_pause(self) -> float:
        """Ends the present pause; returns the simulated time of the next."""
        self._gate.release()
        return self.wait_for_pause()

    @property
    def view(self) -> LatestView:
        """The latest view."""
        return self.watcher.view

    def end(self) -> None:
        """Stops the watcher."""
        self._ended.set()
        self.watcher.stop()
        self._gate.release(100)


class WatcherFactory(Protocol):
    """Makes a watcher that is in its first pause and ends with the test."""

    def __call__(self, bench: Bench, *, at_least: float = 6.0) -> WatcherHarness: ...


def list_requests(bench: Bench) -> list[tuple[float, int | None]]:
    """(simulated seconds since noon, status) of every list of instances."""
    return [
        (datetime.fromisoformat(request["at"]).timestamp(), request["status"])
        for request in bench.requests("GET")
        if re.search(LIST, request["path"])
    ]
