"""Reads one scale set again and again within the list budget, and passes each view to a listener.

Runs in a thread of its own. While a run's worker is active on the scale set, it reads the file that
the worker writes instead of Azure. It decides nothing, and never presents an old reading as new:
every `LatestView` contains the time of its snapshot and the reason why there is no newer one.
"""

import threading
from collections.abc import Callable, Collection
from datetime import timedelta

from msgspec import structs

from vmss_tui.errors import VmssError
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import Gateway, GatewayError, Throttled
from vmss_tui.gateway.failures import Condition, read_failure
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.observe.poller import Poller
from vmss_tui.runtime.observe.rate_budget import (
    QUIET_AFTER,
    SECONDS_PER_PAGE,
    quiet_interval,
)
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.port import LatestStatus, RunStore, StoredRun

WORKER_FILE_INTERVAL = 0.25
"""Real seconds between two reads of the worker's file."""
WORKER_SILENCE_LIMIT = 75.0
"""Run seconds after which a worker's file is too old to be shown: a worker reads at least once a
minute."""
PREVIEW_LEAD = 15.0
"""Real seconds by which the preview of the map must be newer than the whole reading to be shown."""

_PAUSES = {Condition.SIGNED_OUT: 15.0, Condition.NOT_ALLOWED: 60.0, Condition.GONE: 60.0}
"""Run seconds until the next attempt; after any other failure they double up to 30."""


class Watcher:
    """Reads one scale set until stopped."""

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
        """`min_interval` is the setting `poll.interval`, in seconds."""
        self.scale_set = scale_set
        self.view = LatestView(None)
        self._store, self._clock = store, clock
        self._listener = listener
        self._min_interval = min_interval
        self._poller = Poller(gateway, clock, scale_set)
        self._wake = threading.Event()
        self._stopped = False
        self._failures = 0
        self._unchanged = 0
        """Readings in a row that were equal to the one before."""
        self._followed_ids: tuple[str, ...] = ()
        self._worker_file_version: tuple[str, str] | None = None
        self._preview_version: tuple[str, str] | None = None
        self._thread = threading.Thread(target=self._loop, name="watcher", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def refresh(self) -> None:
        """Reads again as soon as the budget allows."""
        self._unchanged = 0
        self._wake.set()

    def follow_instances(self, instance_ids: Collection[str]) -> None:
        """Sets the instances that a person or an operation waits for: in a scale set of many pages
        they are read one by one between two whole reads. Empty: none."""
        self._followed_ids = tuple(instance_ids)
        self._unchanged = 0

    def stop(self) -> None:
        """Stops calling the listener; the thread ends after its current request."""
        self._stopped = True
        self._wake.set()

    def _loop(self) -> None:
        while not self._stopped:
            run = self._live_run()
            if run is not None and self._read_worker_file(run):
                self._wake.wait(WORKER_FILE_INTERVAL)
            else:
                self._read_azure()
            self._wake.clear()

    def _live_run(self) -> StoredRun | None:
        """The run whose worker reads the set; None also where the store does not answer: Azure is
        read then."""
        try:
            return self._store.live_run(self.scale_set)
        except VmssError:
            return None

    def _read_worker_file(self, run: StoredRun) -> bool:
        """Publishes the worker's newest reading, and the preview of its map where that is newer;
        False where there is neither, or they are too old."""
        status = run.latest_status()
        has_preview = self._read_preview(run, status)
        if status is None:
            return has_preview
        if (version := (run.name, status.version)) == self._worker_file_version:
            return has_preview or self._is_recent(status)
        view = run.read_latest()
        if view is None:
            return has_preview
        self._worker_file_version = version
        self._publish(structs.replace(view, source="run"))
        return True

    def _read_preview(self, run: StoredRun, latest: LatestStatus | None) -> bool:
        """Publishes the preview while nothing is shown yet, or where the whole readings do not
        arrive any more; False where it has nothing to add, or is too old."""
        status = run.preview_status()
        if status is None or not self._is_recent(status):
            return False
        is_behind = latest is None or status.written_at - latest.written_at > PREVIEW_LEAD
        if self.view.snapshot is not None and not is_behind:
            return False
        if (version := (run.name, status.version)) != self._preview_version:
            view = run.read_preview()
            if view is None:
                return False
            self._preview_version = version
            self._publish(view)
        return True

    def _is_recent(self, status: LatestStatus) -> bool:
        silence = self._clock.wall().timestamp() - status.written_at
        return silence * max(1.0, self._clock.rate()) < WORKER_SILENCE_LIMIT

    def _read_azure(self) -> None:
        wait = self._poller.seconds_until_allowed()
        if wait > 0:
            reason = "the API call limit of the scale set is reached"
            self._pause(wait, Condition.THROTTLED, reason, ignore_refresh=True)
            if self._stopped:
                return
        try:
            snapshot = self._poller.read_whole()
        except GatewayError as error:
            self._handle_failure(error)
            return
        self._failures = 0
        pause = self._pause_after(snapshot)
        rate = self._clock.rate() or 1.0
        complete = snapshot.complete or self.view.snapshot is None
        self._publish(
            LatestView(
                snapshot if complete else self.view.snapshot,
                Condition.FRESH if snapshot.complete else Condition.DAMAGED,
                "; ".join(snapshot.damage),
                budget=self._poller.budget,
                interval=pause / rate,
            )
        )
        self._wait_until(self._clock.run() + pause)

    def _pause_after(self, snapshot: Snapshot) -> float:
        """Run seconds until the next whole read: more of them while nothing changes."""
        previous = self.view.snapshot
        unchanged = previous is not None and _is_unchanged(previous, snapshot)
        self._unchanged = self._unchanged + 1 if unchanged and not snapshot.is_transitioning else 0
        pause = max(self._min_interval, self._poller.interval)
        return quiet_interval(pause) if self._unchanged >= QUIET_AFTER else pause

    def _wait_until(self, due: float) -> None:
        """Waits for the next whole read, and reads the followed instances meanwhile."""
        while not self._stopped:
            remaining, latest = due - self._clock.run(), self.view.snapshot
            followed_ids = self._followed_ids
            if latest is None or not self._poller.can_read_singly(followed_ids):
                self._clock.wait(self._wake, remaining)
                return
            if self._clock.wait(self._wake, min(remaining, SECONDS_PER_PAGE)):
                return
            if self._clock.run() >= due:
                return  # the whole read includes them
            try:
                snapshot = self._poller.read_instances(followed_ids, latest)
            except GatewayError:
                continue  # the next whole read reports the failure
            self._publish(structs.replace(self.view, snapshot=snapshot))

    def _handle_failure(self, error: GatewayError) -> None:
        self._failures += 1
        condition = read_failure(error).condition
        if isinstance(error, Throttled):
            pause = error.retry_after
        else:
            pause = _PAUSES.get(condition, min(30.0, 2.0**self._failures))
        self._poller.count_failure()
        self._pause(pause, condition, error.message, ignore_refresh=isinstance(error, Throttled))

    def _pause(
        self, pause: float, condition: Condition, reason: str, *, ignore_refresh: bool = False
    ) -> None:
        """Publishes why there is no newer reading and when the next attempt is, then waits.
        `refresh` ends the wait, except with `ignore_refresh`: requests that exceed Azure's limits
        only prolong the throttling."""
        real_seconds = pause / (self._clock.rate() or 1.0)
        retry_at = self._clock.wall() + timedelta(seconds=real_seconds)
        self._publish(
            structs.replace(self.view, condition=condition, message=reason, retry_at=retry_at)
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
    """Same model and instances. Etags are not compared: they change without a change."""
    same_model = previous.scale_set.model_digest == current.scale_set.model_digest
    return same_model and previous.instances == current.instances
