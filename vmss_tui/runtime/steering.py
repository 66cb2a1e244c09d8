"""What a person may want of a run that exists: go on, hold, end, retry, turn back.

Every wish is a line in the run's intents, heard by its worker, which alone writes the journal;
where there is no worker, one is started. Whether the wish makes sense is decided by the engine;
here stands what this session may wish at all, in words.
"""

import threading
from collections.abc import Callable, Sequence

from vmss_tui import text
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.operations import stamp
from vmss_tui.runtime.permission import Permission
from vmss_tui.runtime.refused import RunRefused
from vmss_tui.runtime.run_folder import RunFolder, whoami
from vmss_tui.runtime.runs import RunStore
from vmss_tui.runtime.takeover import end_holder
from vmss_tui.runtime.worker import WorkerFailed
from vmss_tui.upgrade.events import Intent, Want
from vmss_tui.upgrade.reverting import Again, Back, again, back, no_retry, no_revert
from vmss_tui.upgrade.run import Phase, Run

LEAVES_WITHIN = 2.0
"""Real seconds in which the worker of a run that has ended lets its lock go."""
_NEEDS_TO_WRITE = frozenset(Want) - {Want.PAUSE, Want.ABORT}


class Steering:
    """One session's hand on all runs."""

    def __init__(
        self,
        permission: Permission,
        store: RunStore,
        clock: Clock,
        launch: Callable[[RunFolder], None],
    ) -> None:
        """`launch` starts a detached worker and may raise `WorkerFailed`."""
        self._permission, self._store, self._clock = permission, store, clock
        self._launch = launch

    def launch(self, folder: RunFolder) -> None:
        """A worker for a run that has none; raises `RunRefused` with what it said."""
        try:
            self._launch(folder)
        except WorkerFailed as error:
            raise RunRefused(text.clean(str(error))) from error

    def resume(self, name: str, take_over: str = "") -> None:
        """Lets a paused, halted or orphaned run go on, with a new worker where it has none.

        `take_over` names the run whose worker holds the set, typed by a person: it is ended.
        """
        folder, run = self._own(name)
        if run.phase in (Phase.COMPLETED, Phase.CANCELLED):
            raise RunRefused(f"{folder.name} is over ({run.phase}): plan a new run")
        if take_over:
            self.taken_over(folder, end_holder(folder, take_over))
        if run.phase in (Phase.PAUSED, Phase.FAULTED):
            self._wish(folder, Want.RESUME)
        self._hosted(folder, run)

    def taken_over(self, folder: RunFolder, whose: str) -> None:
        """Leaves word for the next worker of `folder` of whose it follows, if anybody's."""
        if whose:
            self._wish(folder, Want.TAKE_OVER, words=whose)

    def wish(self, name: str, want: Want) -> None:
        """Tells a live run's worker what a person wants; raises `RunRefused` where it may not."""
        folder = self._store.find(name)
        self._refuse_read_only(want)
        self._wish(folder, want)
        if want is Want.ABORT and not folder.alive and not folder.read()[1]:
            self.launch(folder)  # only a worker writes the journal

    def again(self, name: str) -> Again:
        """What `retry` would do; raises `RunRefused` where nothing can be retried."""
        folder, run = self._writable(name)
        if words := no_retry(run):
            raise RunRefused(f"{folder.name} cannot be retried: {words}")
        return again(run)

    def retry(self, name: str, instance_ids: Sequence[str]) -> None:
        """Asks these failed instances again (as `again` showed them), and lets the run go on."""
        folder, run = self._writable(name)
        if words := no_retry(run):
            raise RunRefused(f"{folder.name} cannot be retried: {words}")
        self._refuse_unlocked(folder)
        self._wish(folder, Want.RETRY, tuple(instance_ids))
        self._hosted(folder, run)

    def back(self, name: str) -> Back:
        """What `revert` would do; raises `RunRefused` where there is no way back."""
        folder, run = self._writable(name)
        if words := no_revert(run):
            raise RunRefused(f"{folder.name} cannot be reverted: {words}")
        return back(run)

    def revert(self, name: str) -> None:
        """Puts the previous model back, then upgrades what the run had changed to it."""
        folder, run = self._writable(name)
        if words := no_revert(run):
            raise RunRefused(f"{folder.name} cannot be reverted: {words}")
        self._refuse_unlocked(folder)
        self._wish(folder, Want.REVERT)
        self._hosted(folder, run)

    def _own(self, name: str) -> tuple[RunFolder, Run]:
        """A run that this session may continue, as its journal tells it."""
        self._refuse_read_only(Want.RESUME)
        folder = self._store.find(name)
        self._permission.refuse_strangers(folder.name, folder.charter.context)
        run, damage = folder.read()
        if damage:
            raise RunRefused(f"{folder.name} can only be looked at: {damage}")
        return folder, run

    def _writable(self, name: str) -> tuple[RunFolder, Run]:
        folder, run = self._own(name)
        if words := self._permission.obstacle(folder.charter.plan.scale_set, run=folder.name):
            raise RunRefused(words)
        return folder, run

    def _refuse_unlocked(self, folder: RunFolder) -> None:
        scale_set = folder.charter.plan.scale_set
        if self._permission.is_protected(scale_set):
            words = self._permission.protection(scale_set)
            raise RunRefused(f"{words}: type its name first")

    def _refuse_read_only(self, want: Want) -> None:
        if self._permission.read_only and want in _NEEDS_TO_WRITE:
            raise RunRefused("this session only looks (read-only)")

    def _wish(
        self, folder: RunFolder, want: Want, ids: tuple[str, ...] = (), words: str = ""
    ) -> None:
        at = stamp(self._clock.wall())
        folder.wish(Intent(want=want, by=whoami(), at=at, instance_ids=ids, words=words))

    def _hosted(self, folder: RunFolder, run: Run) -> None:
        """A run that has ended has a worker for an instant at most: it hears nothing more."""
        never = threading.Event()
        for _ in range(int(LEAVES_WITHIN / 0.05)):
            if not (run.ended and folder.alive):
                break
            never.wait(0.05)
        if not folder.alive:
            self.launch(folder)
