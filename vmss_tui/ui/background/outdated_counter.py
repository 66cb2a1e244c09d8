"""Counts the outdated instances of the scale sets in view on the list, within a request budget.

One thread reads one scale set after another, and follows live runs from this machine's disk
without a request. All scale sets share one budget as if they were one (Azure counts requests by
scale set), so that a list that stays open stays cheap. The thread ends when the list is left.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from textual.message import Message
from textual.message_pump import MessagePump

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Throttled
from vmss_tui.runtime.observe.rate_budget import TokenBucket
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.ui.background.workers import EXPECTED_ERRORS, error_message, post_from_thread
from vmss_tui.upgrade.run.run import Run

POLL_INTERVAL = 2.0
"""Real seconds between two readings of the journals of live runs."""
RECOUNT_INTERVAL = 60.0
"""Real seconds between two counts of a scale set, for each page of its list of instances."""


@dataclass(frozen=True, slots=True)
class OutdatedCount:
    """The result of one reading of a scale set. None and 0 are different."""

    taken_at: datetime
    pages: int = 1
    outdated: int | None = None
    """None where the scale set could not be read, or Azure does not report it."""
    up_to_date: int = 0
    total: int = 0
    error: str = ""
    """Why the scale set could not be read."""
    changed_at: datetime | None = None
    """Time of the newest status of an instance."""
    is_transitioning: bool = False
    """Azure is changing an instance."""

    def is_expired(self, now: datetime) -> bool:
        """Return True where a newer count should exist by now."""
        return now - self.taken_at > timedelta(seconds=2 * RECOUNT_INTERVAL * self.pages)


class CountArrived(Message):
    """A scale set was counted, or its live run has progressed."""

    def __init__(self, key: str, count: OutdatedCount | None, run: Run | None) -> None:
        super().__init__()
        self.key, self.count, self.run = key, count, run


class OutdatedCounter:
    """A thread that counts the scale sets in view and posts `CountArrived` until stopped."""

    def __init__(
        self, services: Services, target: MessagePump, now: Callable[[], datetime]
    ) -> None:
        self._services, self._target, self._now = services, target, now
        self._visible: tuple[ScaleSetId, ...] = ()
        self._counts: dict[str, OutdatedCount] = {}
        self._followers: dict[str, RunFollower] = {}
        self._bucket = TokenBucket()
        self._counted_at: dict[str, float] = {}
        self._throttled_until = 0.0
        self._stopped, self._wake = threading.Event(), threading.Event()
        self.idle = threading.Event()
        """Set while no count is due."""

    def set_visible(self, scale_sets: Sequence[ScaleSetId]) -> None:
        """Sets the scale sets to count: those in view."""
        if not self._stopped.is_set():
            self.idle.clear()
        self._visible = tuple(scale_sets)
        self._wake.set()

    def recount(self) -> None:
        """Counts everything in view again, within the budget."""
        self._counted_at.clear()
        self.set_visible(self._visible)

    def start(self) -> None:
        """Starts the thread; earlier counts are kept."""
        self.idle.clear()
        self._end_thread()  # a screen can be resumed twice without having been suspended
        self._stopped, self._wake = threading.Event(), threading.Event()
        threading.Thread(
            target=self._loop, args=(self._stopped,), name="outdated-counter", daemon=True
        ).start()

    def stop(self) -> None:
        """Stops the thread."""
        self._end_thread()
        self.idle.set()

    def _end_thread(self) -> None:
        self._stopped.set()
        self._wake.set()

    def _loop(self, stopped: threading.Event) -> None:
        wake = self._wake
        while not stopped.is_set():
            self._poll_runs()
            pause = self._count_next()
            if not pause:
                continue
            if not wake.is_set():
                self.idle.set()
            wake.wait(min(pause, POLL_INTERVAL))
            wake.clear()

    def _count_next(self) -> float:
        """Counts the scale set that is due first; seconds to wait where none may be read now."""
        now = time.monotonic()
        due_at = {scale_set.key: self._due_at(scale_set.key, now) for scale_set in self._visible}
        scale_set = min(self._visible, key=lambda visible: due_at[visible.key], default=None)
        if scale_set is None:
            return POLL_INTERVAL
        key = scale_set.key
        previous = self._counts.get(key)
        pages = previous.pages if previous else 1
        needs_request = key not in self._followers
        wait = max(
            due_at[key] - now,
            self._throttled_until - now if needs_request else 0.0,
            self._bucket.seconds_until(pages, now) if needs_request else 0.0,
        )
        if wait > 0:
            return wait
        count = self._count(scale_set, previous)
        self._counted_at[key], self._counts[key] = time.monotonic(), count
        self._post(key)
        return 0.0

    def _due_at(self, key: str, now: float) -> float:
        if key not in self._counted_at:
            return now
        return self._counted_at[key] + RECOUNT_INTERVAL * self._counts[key].pages

    def _count(self, scale_set: ScaleSetId, previous: OutdatedCount | None) -> OutdatedCount:
        """One reading; after an error the previous count with its own time."""
        try:
            follower = self._followers.get(scale_set.key)
            snapshot = _worker_snapshot(follower) if follower else None
            if snapshot is None:
                snapshot = self._services.queries.observe(scale_set)
                self._bucket.spend(snapshot.pages, time.monotonic())
        except EXPECTED_ERRORS as error:
            self._bucket.spend(1, time.monotonic())
            if isinstance(error, Throttled):
                self._throttled_until = time.monotonic() + error.retry_after
            return replace(previous or OutdatedCount(self._now()), error=error_message(error))
        unknown = all(i.latest_model_applied is None for i in snapshot.instances)
        return OutdatedCount(
            snapshot.taken_at,
            snapshot.pages,
            None if unknown and snapshot.instances else snapshot.outdated,
            snapshot.current,
            len(snapshot.instances),
            changed_at=snapshot.changed_at,
            is_transitioning=snapshot.is_transitioning,
        )

    def _poll_runs(self) -> None:
        for scale_set in self._visible:
            try:
                self._poll_run(scale_set.key, self._services.run_control.live_run_name(scale_set))
            except EXPECTED_ERRORS:
                continue  # the list of runs shows the error

    def _poll_run(self, key: str, live: str | None) -> None:
        previous = self._followers.get(key)
        if live is None:
            if self._followers.pop(key, None) is not None:
                self._post(key)
            return
        follower = previous
        if follower is None or follower.name != live:
            follower = self._followers[key] = self._services.run_control.follow(live)
        if follower.read_new() or follower is not previous:
            self._post(key)

    def _post(self, key: str) -> None:
        if not self._stopped.is_set():
            follower = self._followers.get(key)
            run = follower.run if follower else None
            post_from_thread(self._target, CountArrived(key, self._counts.get(key), run))


def _worker_snapshot(follower: RunFollower) -> Snapshot | None:
    """The newest snapshot of the run's worker, where it has written one."""
    view = follower.folder.read_latest()
    return view.snapshot if view else None
