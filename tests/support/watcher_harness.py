"""A watcher whose waits a test ends one by one."""

import re
import threading
from datetime import datetime
from queue import Queue
from typing import Protocol

from tests.support.bench import Bench
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.storage.latest_view import LatestView

LIST = "/virtualMachines$"


class Watched:
    """A watcher that is let through each of its waits, one by one; `r` may be mashed meanwhile."""

    def __init__(self, bench: Bench, at_least: float = 6.0) -> None:
        self.views: list[LatestView] = []
        self.waits: Queue[float] = Queue()
        self._bench = bench
        self._door = threading.Semaphore(0)
        self._ended = threading.Event()
        bench.clock.before_wait = self._wait
        cockpit = bench.services
        self.watcher = Watcher(
            bench.gateway,
            cockpit.store,
            bench.clock,
            bench.set_id,
            self.views.append,
            min_interval=at_least,
        )
        known = set(threading.enumerate())
        self.watcher.start()
        begun = set(threading.enumerate()) - known
        self.thread = next(each for each in begun if each.name == "watcher")
        self.waiting_since = 0.0

    def _wait(self) -> None:
        self.waits.put(self._bench.clock.run())
        if not self._ended.is_set():
            self._door.acquire(timeout=20)

    def waits_at(self) -> float:
        """Simulated seconds at which it has come to its next wait."""
        self.waiting_since = self.waits.get(timeout=20)
        return self.waiting_since

    def let_go(self) -> float:
        """Ends the present wait; returns when it has come to the next."""
        self._door.release()
        return self.waits_at()

    @property
    def view(self) -> LatestView:
        """What was told last."""
        return self.watcher.view

    def end(self) -> None:
        """Stops watching."""
        self._ended.set()
        self.watcher.stop()
        self._door.release(100)


class Watch(Protocol):
    """Makes one that has come to its first wait, and ends with the test."""

    def __call__(self, bench: Bench, *, at_least: float = 6.0) -> Watched: ...


def lists(bench: Bench) -> list[tuple[float, int | None]]:
    """(simulated seconds since noon, status) of every list of instances."""
    return [
        (datetime.fromisoformat(each["at"]).timestamp(), each["status"])
        for each in bench.requests("GET")
        if re.search(LIST, each["path"])
    ]
