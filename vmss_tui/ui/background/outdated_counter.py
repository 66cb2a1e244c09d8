"""Counts the instances of the scale sets on the list by group of states, within a request budget.

One thread reads one scale set after another, and follows live runs from this machine's disk
without a request. All scale sets share one budget as if they were one (Azure counts requests by
scale set), so that a list that stays open stays cheap. Scale sets in view are counted again and
again, the others once, as long as a reserve is left for those in view. The versions of each image
are read once. The thread ends when the list is left.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace
from textual.message import Message
from textual.message_pump import MessagePump

from vmss_tui.fleet.estate.row import instance_counts
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import StateGroup, count_groups
from vmss_tui.gateway import Throttled
from vmss_tui.runtime.images import image_key
from vmss_tui.runtime.observe.rate_budget import BURST, TokenBucket
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.ui.background.outdated_count import RECOUNT_INTERVAL, OutdatedCount
from vmss_tui.ui.background.workers import EXPECTED_ERRORS, error_message, post_from_thread
from vmss_tui.upgrade.run.run import Run

POLL_INTERVAL = 2.0
"""Real seconds between two readings of the journals of live runs."""
_OTHERS_INTERVAL = 15.0
"""Real seconds between two readings of the runs of scale sets that are not in view."""
_RESERVE = 8
"""Requests that are left for the scale sets in view while others are read."""
_MAX_VERSION_READS = 8
"""Images whose versions are read until the list is read again. Azure counts requests to the
catalogue apart from those to scale sets."""


class VersionsArrived(Message):
    """The versions of an image were read; `Images.versions_behind` compares with them."""


class CountArrived(Message):
    """A scale set was counted, or its live run has progressed."""

    def __init__(self, key: str, count: OutdatedCount | None, run: Run | None) -> None:
        super().__init__()
        self.key, self.count, self.run = key, count, run


class OutdatedCounter:
    """A thread that counts the scale sets and posts `CountArrived` until stopped."""

    def __init__(
        self, services: Services, target: MessagePump, now: Callable[[], datetime]
    ) -> None:
        self._services, self._target, self._now = services, target, now
        self._visible: tuple[ScaleSet, ...] = ()
        self._others: tuple[ScaleSet, ...] = ()
        self._indexed: frozenset[str] = frozenset()
        self._counts: dict[str, OutdatedCount] = {}
        self._followers: dict[str, RunFollower] = {}
        self._bucket = TokenBucket()
        self._counted_at: dict[str, float] = {}
        self._read_images: set[tuple[str, str]] = set()
        self._version_reads = 0
        self._throttled_until = 0.0
        self._others_polled_at = float("-inf")
        self._stopped, self._wake = threading.Event(), threading.Event()
        self.idle = threading.Event()
        """Set while no count is due."""

    @property
    def requests_left(self) -> tuple[int, int]:
        """The requests that are left in the budget, and the most that it can contain."""
        return int(self._bucket.available(time.monotonic())), int(BURST)

    @property
    def next_read(self) -> float | None:
        """Seconds until the budget allows to read the next scale set that was never read; None
        where there is none."""
        now = time.monotonic()
        waits = [
            self._seconds_until(scale_set.id.key, None, reserve, now)
            for scale_sets, reserve in ((self._visible, 0), (self._others, _RESERVE))
            for scale_set in filter(self._is_counted, scale_sets)
            if scale_set.id.key not in self._counted_at
        ]
        return min(waits, default=None)

    def set_visible(
        self,
        visible: Sequence[ScaleSet],
        others: Sequence[ScaleSet] = (),
        indexed: frozenset[str] = frozenset(),
    ) -> None:
        """Sets the scale sets in view, and those that are counted once when budget is left. Those
        with `indexed` keys are counted only during a live run, from this machine's disk."""
        self._indexed = indexed
        if not self._stopped.is_set():
            self.idle.clear()
        self._visible, self._others = tuple(visible), tuple(others)
        self._wake.set()

    def recount(self) -> None:
        """Counts everything in view again, within the budget."""
        self._counted_at.clear()
        self._read_images.clear()
        self._version_reads = 0
        self.set_visible(self._visible, self._others, self._indexed)

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
        """Sends the request that is due first; seconds to wait where none may be sent now."""
        now = time.monotonic()
        if any(self._read_versions(one) for one in self._visible if not self._is_counted(one)):
            return 0.0
        due_at = {
            visible.id.key: self._due_at(visible.id.key, now)
            for visible in self._visible
            if self._is_counted(visible)
        }
        counted = filter(self._is_counted, self._visible)
        scale_set = min(counted, key=lambda visible: due_at[visible.id.key], default=None)
        wait = POLL_INTERVAL
        if scale_set is not None:
            key = scale_set.id.key
            previous = self._counts.get(key)
            wait = max(due_at[key] - now, self._seconds_until(key, previous, 0, now))
            if wait <= 0:
                self._count_and_post(scale_set, previous)
                return 0.0
            if due_at[key] <= now:
                return wait
        return 0.0 if self._count_other(now) else wait

    def _is_counted(self, scale_set: ScaleSet) -> bool:
        """Whether its instances are read here."""
        key = scale_set.id.key
        return key not in self._indexed or key in self._followers

    def _seconds_until(
        self, key: str, previous: OutdatedCount | None, reserve: int, now: float
    ) -> float:
        """Seconds until the budget allows a count; a live run is read from disk."""
        if key in self._followers:
            return 0.0
        pages = (previous.pages if previous else 1) + reserve
        return max(self._throttled_until - now, self._bucket.seconds_until(pages, now))

    def _count_other(self, now: float) -> bool:
        """Counts a scale set that is not in view; False where none is left, or no budget."""
        for scale_set in filter(self._is_counted, self._others):
            key = scale_set.id.key
            previous = self._counts.get(key)
            is_counted = key in self._counted_at
            if not is_counted and self._seconds_until(key, previous, _RESERVE, now) <= 0:
                self._count_and_post(scale_set, previous)
                return True
        return False

    def _read_versions(self, scale_set: ScaleSet) -> bool:
        """Reads the versions of the model's image, once for each image and region; False where
        there is nothing to read."""
        images, key = self._services.images, image_key(scale_set)
        is_known = images.versions_behind(scale_set) is not None
        if key is None or key in self._read_images:
            return False
        if not is_known and self._version_reads >= _MAX_VERSION_READS:
            return False
        self._read_images.add(key)
        if not is_known:
            self._version_reads += 1
            try:
                images.read_versions(scale_set)
            except EXPECTED_ERRORS:
                return True  # the column stays empty
        if not self._stopped.is_set():
            post_from_thread(self._target, VersionsArrived())
        return True

    def _count_and_post(self, scale_set: ScaleSet, previous: OutdatedCount | None) -> None:
        key = scale_set.id.key
        count = self._count(scale_set.id, previous)
        self._counted_at[key], self._counts[key] = time.monotonic(), count
        self._post(key)
        self._read_versions(scale_set)

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
        groups = count_groups(snapshot.counts.elements())
        unknown = all(i.latest_model_applied is None for i in snapshot.instances)
        return OutdatedCount(
            snapshot.taken_at,
            snapshot.pages,
            None if unknown and snapshot.instances else groups[StateGroup.OUTDATED],
            groups,
            instance_counts(snapshot.instances),
            group=snapshot.scale_set.id.group_label,
            changed_at=snapshot.changed_at,
            is_transitioning=snapshot.is_transitioning,
        )

    def _poll_runs(self) -> None:
        now = time.monotonic()
        scale_sets = self._visible
        if now - self._others_polled_at >= _OTHERS_INTERVAL:
            self._others_polled_at = now
            scale_sets += self._others
        for scale_set in scale_sets:
            try:
                live_name = self._services.run_control.live_run_name(scale_set.id)
                self._poll_run(scale_set.id.key, live_name)
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
