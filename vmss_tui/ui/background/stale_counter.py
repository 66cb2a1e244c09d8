"""Counts stale instances for the list, lazily: rows in sight only, within an API budget.

A thread that reads one set after another, and follows live runs from this machine's disk, which
costs Azure nothing. All sets together share one budget as if they were a single set's (Azure
counts by set), so that a list left open stays cheap. It ends when the screen is left.
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
from vmss_tui.runtime.storage.latest_view import read_latest
from vmss_tui.ui.background.workers import EXPECTED_ERRORS, error_message, post_from_thread
from vmss_tui.upgrade.run.run import Run

EVERY = 2.0
"""Real seconds between two looks at live runs."""
AGAIN = 60.0
"""Real seconds for each page of a set after which it is counted once more."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one reading told of a set; None and 0 are not the same."""

    taken_at: datetime
    pages: int = 1
    stale: int | None = None
    """None where it could not be read, or Azure does not say."""
    current: int = 0
    total: int = 0
    words: str = ""
    """Why it could not be read."""
    changed_at: datetime | None = None
    """When anything last settled on an instance."""
    moving: bool = False
    """Azure was at work on an instance."""

    def is_old(self, now: datetime) -> bool:
        """It should have been counted anew by now."""
        return now - self.taken_at > timedelta(seconds=2 * AGAIN * self.pages)


class Tallied(Message):
    """A set was counted, or its live run has moved."""

    def __init__(self, key: str, tally: Tally | None, run: Run | None) -> None:
        super().__init__()
        self.key, self.tally, self.run = key, tally, run


class Tallying:
    """A thread that tells `target` of the sets in sight until stopped."""

    def __init__(self, cockpit: Services, target: MessagePump, now: Callable[[], datetime]) -> None:
        self._cockpit, self._target, self._now = cockpit, target, now
        self._sight: tuple[ScaleSetId, ...] = ()
        self._known: dict[str, Tally] = {}
        self._runs: dict[str, RunFollower] = {}
        self._bucket = TokenBucket()
        self._counted: dict[str, float] = {}
        self._not_before = 0.0
        self._stopped, self._wake = threading.Event(), threading.Event()
        self.idle = threading.Event()
        """Nothing is to be counted now."""

    def look_at(self, sight: Sequence[ScaleSetId]) -> None:
        """These sets are in sight."""
        if not self._stopped.is_set():
            self.idle.clear()
        self._sight = tuple(sight)
        self._wake.set()

    def forget(self) -> None:
        """Counts everything in sight anew, within the budget."""
        self._counted.clear()
        self.look_at(self._sight)

    def start(self) -> None:
        """Begins to count; what was known stays known."""
        self.idle.clear()
        self._end()  # a screen may come back twice without having been left
        self._stopped, self._wake = threading.Event(), threading.Event()
        stopped = self._stopped
        threading.Thread(target=self._loop, args=(stopped,), name="tallying", daemon=True).start()

    def stop(self) -> None:
        """The screen is left."""
        self._end()
        self.idle.set()

    def _end(self) -> None:
        self._stopped.set()
        self._wake.set()

    def _loop(self, stopped: threading.Event) -> None:
        wake = self._wake
        while not stopped.is_set():
            self._follow_runs()
            pause = self._count_one()
            if not pause:
                continue
            if not wake.is_set():
                self.idle.set()
            wake.wait(min(pause, EVERY))
            wake.clear()

    def _count_one(self) -> float:
        """Counts the set that waits longest; seconds to wait where none is due or may be read."""
        at = time.monotonic()
        due = {sight.key: self._due(sight.key, at) for sight in self._sight}
        found = min(self._sight, key=lambda sight: due[sight.key], default=None)
        if found is None:
            return EVERY
        known = self._known.get(found.key)
        pages = known.pages if known else 1
        asks = found.key not in self._runs
        wait = max(
            due[found.key] - at,
            self._not_before - at if asks else 0.0,
            self._bucket.seconds_until(pages, at) if asks else 0.0,
        )
        if wait > 0:
            return wait
        tally = self._tally(found, known)
        self._counted[found.key], self._known[found.key] = time.monotonic(), tally
        self._tell(found.key)
        return 0.0

    def _due(self, key: str, now: float) -> float:
        if key not in self._counted:
            return now
        return self._counted[key] + AGAIN * self._known[key].pages

    def _tally(self, scale_set: ScaleSetId, known: Tally | None) -> Tally:
        """One reading; the last count stays where there is no newer, with its own time."""
        try:
            follower = self._runs.get(scale_set.key)
            snapshot = _workers(follower) if follower else None
            if snapshot is None:
                snapshot = self._cockpit.readings.observe(scale_set)
                self._bucket.spend(snapshot.pages, time.monotonic())
        except EXPECTED_ERRORS as error:
            self._bucket.spend(1, time.monotonic())
            if isinstance(error, Throttled):
                self._not_before = time.monotonic() + error.retry_after
            return replace(known or Tally(self._now()), words=error_message(error))
        unsaid = all(i.latest_model_applied is None for i in snapshot.instances)
        return Tally(
            snapshot.taken_at,
            snapshot.pages,
            None if unsaid and snapshot.instances else snapshot.outdated,
            snapshot.current,
            len(snapshot.instances),
            changed_at=snapshot.changed_at,
            moving=snapshot.is_transitioning,
        )

    def _follow_runs(self) -> None:
        for scale_set in self._sight:
            try:
                self._follow(scale_set.key, self._cockpit.runs.live(scale_set))
            except EXPECTED_ERRORS:
                continue  # the list of runs says what is wrong with it

    def _follow(self, key: str, live: str | None) -> None:
        before = self._runs.get(key)
        if live is None:
            if self._runs.pop(key, None) is not None:
                self._tell(key)
            return
        follower = before
        if follower is None or follower.name != live:
            follower = self._runs[key] = self._cockpit.runs.follow(live)
        if follower.poll() or follower is not before:
            self._tell(key)

    def _tell(self, key: str) -> None:
        if not self._stopped.is_set():
            follower = self._runs.get(key)
            run = follower.run if follower else None
            post_from_thread(self._target, Tallied(key, self._known.get(key), run))


def _workers(follower: RunFollower) -> Snapshot | None:
    """The worker's newest reading, where it has left one."""
    view = read_latest(follower.folder.latest_path)
    return view.snapshot if view else None
