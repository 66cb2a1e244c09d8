"""Follows the run on screen: reads its journal as it grows, in a thread, and tells the screen.

It finds a run that somebody else started, too. The journal is read from this machine's disk, so
looking often costs Azure nothing.
"""

import threading
from collections import deque

from textual.message_pump import MessagePump

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.ui.background.messages import RunStatusArrived, RunStatus
from vmss_tui.ui.background.replies import RequestFailed
from vmss_tui.ui.background.workers import EXPECTED_ERRORS, error_message, post_from_thread
from vmss_tui.upgrade.events import Record
from vmss_tui.upgrade.run.progress import remaining_pause
from vmss_tui.upgrade.run.run import Phase

EVERY = 0.5
"""Real seconds between two looks at the journal."""
TICK = 5.0
"""Run seconds between two looks at the stopwatches: about a reading."""
KEPT = 200
"""Records kept for the event log."""


class RunWatcher:
    """A thread that tells `target` of the newest run of a scale set until stopped."""

    def __init__(
        self,
        cockpit: Services,
        scale_set: ScaleSetId,
        target: MessagePump,
        run: str | None = None,
    ) -> None:
        """`run` is the one to show; without it the live one, or one that may be resumed."""
        self._cockpit, self._scale_set, self._target = cockpit, scale_set, target
        self._name = run
        self._pinned = run is not None
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._follower: RunFollower | None = None
        self._tail: deque[Record] = deque(maxlen=KEPT)
        self._told: tuple[object, ...] | None = None
        threading.Thread(target=self._loop, name="following", daemon=True).start()

    def switch_to(self, run: str) -> None:
        """Another run is the one to show from now on."""
        self._name, self._pinned = run, True
        self._wake.set()

    def poll_now(self) -> None:
        """Looks at once: something was asked of the run."""
        self._wake.set()

    @property
    def stopped(self) -> bool:
        """Told to tell no more."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Tells no more."""
        self._stopped.set()
        self._wake.set()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                self._look()
            except EXPECTED_ERRORS as error:
                post_from_thread(self._target, RequestFailed(error_message(error)))
            self._wake.wait(EVERY)
            self._wake.clear()

    def _look(self) -> None:
        live = self._cockpit.run_control.live(self._scale_set)
        wanted = live or self._name or self._cockpit.run_control.latest(self._scale_set)
        if wanted is None:
            return
        if self._follower is None or self._follower.name != wanted:
            self._follower = self._cockpit.run_control.follow(wanted)
            self._tail.clear()
        follower = self._follower
        self._tail.extend(follower.poll())
        run, alive = follower.run, live == wanted
        over = run.phase in (Phase.COMPLETED, Phase.CANCELLED)  # a halted one waits for a person
        old = over and not alive and not self._pinned
        t = follower.run_time()
        ticks = t // TICK if run.open_batch or remaining_pause(run, t) else None
        silent = follower.silent_since() if alive and not run.ended else None
        told = (wanted, run.seq, alive, follower.damage, old, ticks, silent)
        if told == self._told or self._stopped.is_set():
            return
        self._told = told
        if old and self._name is None:
            return  # an earlier run is for the list of runs, not for every screen
        self._name = wanted
        tail, worker = tuple(self._tail), follower.worker() if alive else None
        news = RunStatus(wanted, run, tail, alive, follower.damage, t, worker, silent)
        post_from_thread(self._target, RunStatusArrived(news))
