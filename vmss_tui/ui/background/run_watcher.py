"""Reads the journal of the run on screen in a thread, and posts its state to the screen.

It also finds a run that another process started. The journal is on this machine's disk: reading
it sends no request.
"""

import threading
from collections import deque

from textual.message_pump import MessagePump

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.ui.background.messages import EarlierRunArrived, RunStatus, RunStatusArrived
from vmss_tui.ui.background.replies import RequestFailed
from vmss_tui.ui.background.workers import EXPECTED_ERRORS, error_message, post_from_thread
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.report.timeline.timeline_builder import TimelineBuilder
from vmss_tui.upgrade.run.progress import remaining_pause

POLL_INTERVAL = 0.5
"""Real seconds between two readings of the journal."""
STOPWATCH_INTERVAL = 5.0
"""Seconds of the run's clock between two updates of the times on screen."""
MOST_RECORDS = 200
"""Records kept for the run panel."""


class RunWatcher:
    """A thread that posts `RunStatusArrived` about a run of a scale set until stopped."""

    def __init__(
        self,
        services: Services,
        scale_set: ScaleSetId,
        target: MessagePump,
        run: str | None = None,
    ) -> None:
        """`run` names the run to show; None shows the live one, or one that can be resumed."""
        self._services, self._scale_set, self._target = services, scale_set, target
        self._name = run
        self._is_chosen = run is not None
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._follower: RunFollower | None = None
        self._records: deque[Record] = deque(maxlen=MOST_RECORDS)
        self._timeline = TimelineBuilder()
        self._reported: tuple[object, ...] | None = None
        threading.Thread(target=self._loop, name="run-watcher", daemon=True).start()

    def switch_to(self, name: str) -> None:
        """Shows this run from now on."""
        self._name, self._is_chosen = name, True
        self._wake.set()

    def poll_now(self) -> None:
        """Reads the journal at once."""
        self._wake.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._wake.set()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                self._poll()
            except EXPECTED_ERRORS as error:
                post_from_thread(self._target, RequestFailed(error_message(error)))
            self._wake.wait(POLL_INTERVAL)
            self._wake.clear()

    def _poll(self) -> None:
        live = self._services.run_control.live_run_name(self._scale_set)
        name = live or self._name or self._services.run_control.latest_run_name(self._scale_set)
        if name is None:
            return
        if self._follower is None or self._follower.name != name:
            self._follower = self._services.run_control.follow(name)
            self._records.clear()
            self._timeline = TimelineBuilder()
        follower = self._follower
        new_records = follower.read_new()
        self._records.extend(new_records)
        for record in new_records:
            self._timeline.add(record)
        run, is_live = follower.run, live == name
        has_ended = run.phase.is_over  # a halted one can be resumed
        is_earlier = has_ended and not is_live and not self._is_chosen
        run_time = follower.run_time()
        ticks = (
            run_time // STOPWATCH_INTERVAL
            if run.open_batch or remaining_pause(run, run_time)
            else None
        )
        silent_since = follower.silent_since() if is_live and not run.ended else None
        failure = "" if is_live or run.ended else follower.worker_failure()
        state = (is_live, follower.damage, failure, silent_since)
        report_key = (name, run.seq, state, is_earlier, ticks)
        if report_key == self._reported or self._stopped.is_set():
            return
        self._reported = report_key
        records, worker = tuple(self._records), follower.worker() if is_live else None
        status = RunStatus(
            name,
            run,
            records,
            is_live,
            follower.damage,
            run_time,
            worker,
            silent_since,
            failure,
            self._timeline.build(run),
        )
        if is_earlier and self._name is None:  # it is shown in the list of runs only
            post_from_thread(self._target, EarlierRunArrived(status))
            return
        self._name = name
        post_from_thread(self._target, RunStatusArrived(status))
