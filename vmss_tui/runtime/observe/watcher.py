"""Keeps the latest snapshot of one scale set fresh within the API budget, and tells a listener.

A thread of its own. Where a run's worker is at work on the set it reads what the worker wrote
instead of asking Azure. It never decides anything and never shows an old reading as new: every
`View` says when its snapshot was taken and what stands in the way of a newer one.
"""

import threading
from collections.abc import Callable, Collection
from datetime import timedelta

from msgspec import structs

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway, GatewayError, Throttled
from vmss_tui.gateway.failures import Condition, read_failure
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.pollers import MOST_MEMBERS
from vmss_tui.runtime.observe.rate_budget import (
    QUIET_AFTER,
    SECONDS_PER_PAGE,
    TokenBucket,
    quiet_interval,
    steady_interval,
)
from vmss_tui.runtime.storage.latest_view import LatestView, read_latest
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import RunStore

WORKER_FILE_INTERVAL = 0.25
"""Real seconds between two looks at a worker's newest reading."""
WORKER_SILENCE_LIMIT = 75.0
"""Run seconds after which a worker's reading no longer counts as its newest: it reads at least
once a minute."""

_PAUSES = {Condition.SIGNED_OUT: 15.0, Condition.NOT_ALLOWED: 60.0, Condition.GONE: 60.0}
"""Run seconds until the next attempt; after any other failure they double up to 30."""


class Watcher:
    """Watches one scale set until stopped."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        clock: Clock,
        scale_set: ScaleSetId,
        listener: Callable[[LatestView], None],
        *,
        min_interval: float = 6.0,
    ) -> None:
        """`at_least` is the shortest interval in seconds that settings allow."""
        self.scale_set = scale_set
        self.view = LatestView(None)
        self._gateway, self._store, self._clock = gateway, store, clock
        self._listener = listener
        self._min_interval = min_interval
        self._bucket = TokenBucket()
        self._wake = threading.Event()
        self._stopped = False
        self._failures = 0
        self._unchanged = 0
        """Readings on end in which nothing was new."""
        self._followed_ids: tuple[str, ...] = ()
        self._pages = 1
        self._worker_file_version: tuple[int, int] | None = None
        self._thread = threading.Thread(target=self._loop, name="watcher", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        self._unchanged = 0
        self._wake.set()

    def follow_instances(self, instance_ids: Collection[str]) -> None:
        """Somebody waits for these: in a set of many pages they are read by themselves between
        two whole readings, which have their own pace. None: nobody waits any more."""
        self._followed_ids = tuple(instance_ids)
        self._unchanged = 0

    def stop(self) -> None:
        """Stops telling; the thread ends with its present request."""
        self._stopped = True
        self._wake.set()

    def _loop(self) -> None:
        while not self._stopped:
            run = self._store.live_run(self.scale_set)
            if run is not None and self._read_worker_file(run):
                self._wake.wait(WORKER_FILE_INTERVAL)
            else:
                self._read_azure()
            self._wake.clear()

    def _read_worker_file(self, run: RunFolder) -> bool:
        """Tells the worker's newest reading where there is one; False while there is none yet."""
        try:
            file_status = run.latest_path.stat()
        except FileNotFoundError:
            return False
        if (version := (file_status.st_mtime_ns, file_status.st_ino)) == self._worker_file_version:
            silence = self._clock.wall().timestamp() - file_status.st_mtime
            return silence * max(1.0, self._clock.rate()) < WORKER_SILENCE_LIMIT
        self._worker_file_version = version
        view = read_latest(run.latest_path)
        if view is None:
            return False
        self._publish(structs.replace(view, source="run"))
        return True

    def _read_azure(self) -> None:
        wait = self._bucket.seconds_until(self._pages, self._clock.run())
        if wait > 0:
            reason = "the set's list budget is used up"
            self._pause(wait, Condition.THROTTLED, reason, ignore_refresh=True)
            if self._stopped:
                return
        try:
            snapshot = self._gateway.observe(self.scale_set)
        except GatewayError as error:
            self._handle_failure(error)
            return
        self._failures = 0
        self._pages = snapshot.pages
        budget = self._gateway.list_budget(self.scale_set)
        told = budget.remaining if budget else None
        self._bucket.spend(snapshot.pages, self._clock.run(), told)
        pause = self._pause_after(snapshot)
        rate = self._clock.rate() or 1.0
        complete = snapshot.complete or self.view.snapshot is None
        self._publish(
            LatestView(
                snapshot if complete else self.view.snapshot,
                Condition.FRESH if snapshot.complete else Condition.DAMAGED,
                "; ".join(snapshot.damage),
                budget=budget,
                interval=pause / rate,
            )
        )
        self._wait_until(self._clock.run() + pause)

    def _pause_after(self, snapshot: Snapshot) -> float:
        """Run seconds until the next reading: more of them while nothing happens."""
        previous = self.view.snapshot
        unchanged = previous is not None and _is_unchanged(previous, snapshot)
        self._unchanged = self._unchanged + 1 if unchanged and not snapshot.is_transitioning else 0
        pause = max(self._min_interval, steady_interval(snapshot.pages))
        return quiet_interval(pause) if self._unchanged >= QUIET_AFTER else pause

    def _wait_until(self, due: float) -> None:
        """Waits for the next whole reading, and reads those that somebody waits for meanwhile."""
        while not self._stopped:
            remaining, followed_ids, latest = due - self._clock.run(), self._followed_ids, self.view.snapshot
            few = 0 < len(followed_ids) <= MOST_MEMBERS and self._pages > 1
            if latest is None or not few:
                self._clock.wait(self._wake, remaining)
                return
            if self._clock.wait(self._wake, min(remaining, SECONDS_PER_PAGE)):
                return
            if self._clock.run() >= due:
                return  # a whole reading has them too
            try:
                snapshot = self._gateway.observe_instances(self.scale_set, followed_ids, latest)
            except GatewayError:
                continue  # the next whole reading says what is wrong
            self._publish(structs.replace(self.view, snapshot=snapshot))

    def _handle_failure(self, error: GatewayError) -> None:
        self._failures += 1
        condition = read_failure(error).condition
        if isinstance(error, Throttled):
            pause = error.retry_after
        else:
            pause = _PAUSES.get(condition, min(30.0, 2.0**self._failures))
        self._bucket.spend(1, self._clock.run())
        self._pause(pause, condition, error.message, ignore_refresh=isinstance(error, Throttled))

    def _pause(
        self, pause: float, condition: Condition, reason: str, *, ignore_refresh: bool = False
    ) -> None:
        """Says why there is no newer reading and until when, then waits. `refresh` ends it, but
        for a `firm` one: who asks more often than Azure allows waits the longer for it."""
        real_seconds = pause / (self._clock.rate() or 1.0)
        retry_at = self._clock.wall() + timedelta(seconds=real_seconds)
        self._publish(structs.replace(
                self.view, condition=condition, message=reason, retry_at=retry_at
            )
)
        due = self._clock.run() + pause
        while not self._stopped and (remaining := due - self._clock.run()) > 0:
            if self._clock.wait(self._wake, remaining) and not ignore_refresh:
                return
            self._wake.clear()

    def _publish(self, view: LatestView) -> None:
        self.view = view
        if not self._stopped:
            self._listener(view)


def _is_unchanged(previous: Snapshot, current: Snapshot) -> bool:
    """Etags move by themselves, so it is the model that counts."""
    same_model = previous.scale_set.model_digest == current.scale_set.model_digest
    return same_model and previous.instances == current.instances
