"""Control of runs: start, follow, pause, resume, abort, retry, revert.

Every request to a run is appended to its intents file. The run's worker, the only writer of its
journal, handles it; a run without a worker gets one. The engine decides whether an intent has an
effect; this module decides whether this session may send it.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import islice
from uuid import uuid4

from vmss_tui import text
from vmss_tui.errors import VmssError
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import Gateway
from vmss_tui.runtime.account import current_operator
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.permission import Permission, require_continuable, require_unfinished
from vmss_tui.runtime.runs.takeover import end_worker
from vmss_tui.runtime.runs.worker import WorkerError, lock_for_worker
from vmss_tui.runtime.storage.operations_log import timestamp
from vmss_tui.runtime.storage.port import RunStore, StoredRun, find_exact_run
from vmss_tui.runtime.storage.run_records import RunSummary
from vmss_tui.upgrade.engine.pin_model import hopeless_edit
from vmss_tui.upgrade.engine.revert import (
    RetryPreview,
    RevertPreview,
    preview_retry,
    preview_revert,
    retry_unavailable_reason,
    revert_unavailable_reason,
)
from vmss_tui.upgrade.events import Intent, IntentKind
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import Phase, Run

WORKER_EXIT_WAIT = 2.0
"""Real seconds in which the worker of a run that has ended exits."""
_WRITING_INTENTS = frozenset(IntentKind) - {IntentKind.PAUSE, IntentKind.ABORT}
"""Intents after which the worker may write to Azure."""


class RunControl:
    """Controls runs with the permission of one session."""

    def __init__(
        self,
        gateway: Gateway,
        store: RunStore,
        clock: Clock,
        permission: Permission,
        launch: Callable[[StoredRun], None],
    ) -> None:
        """`launch` starts a detached worker, and may raise `WorkerError`."""
        self._gateway, self._store, self._clock = gateway, store, clock
        self._permission = permission
        self._launch = launch

    def summaries(self) -> Sequence[RunSummary]:
        """All runs, newest first."""
        return self._store.summaries()

    def live_run_name(self, scale_set: ScaleSetId) -> str | None:
        """The name of the live run of a scale set."""
        live_run = self._store.live_run(scale_set)
        return live_run.name if live_run else None

    def live_run_names(self) -> Sequence[str]:
        """The names of all live runs of this user on this machine."""
        return sorted(self._store.live_names())

    def latest_run_name(self, scale_set: ScaleSetId) -> str | None:
        """The name of the newest run of a scale set, live or not; none of another demo world."""
        here = self._gateway.context
        newest = islice(self._store.of_scale_set(scale_set), 50)
        return next((f.name for f in newest if f.manifest.context.shares_world(here)), None)

    def follow(self, name: str) -> RunFollower:
        """Follows the journal of a run; raises `RunNotFound`."""
        return RunFollower(self._store.find(name), self._clock)

    def start(
        self, plan: Plan, *, assumed_yes: bool = False, take_over: str = "", name: str = ""
    ) -> str:
        """Starts a confirmed plan in a worker of its own; returns the run's name.

        `take_over` is the typed name of the live run of the scale set: its worker is ended. A run
        that has this `name`, from a start that was interrupted, is never started a second time.
        Raises `RunRefused`, and then there is no run: the lock is taken before the folder is
        created, and passed on to the worker.
        """
        if name and (started := find_exact_run(self._store, name)) is not None:
            self._complete_start(started)
            return name
        previous_worker = ""
        if take_over and (live_run := self._store.live_run(plan.scale_set)) is not None:
            self._permission.check(plan.scale_set, own_run=live_run.name)
            previous_worker = end_worker(live_run, take_over)
        context = self._permission.prepare_write(plan.scale_set)
        folder = self._store.create_locked(
            plan, context, self._clock.wall(), assumed_yes=assumed_yes, name=name
        )
        if folder is None:
            self._permission.check(plan.scale_set)
            raise RunRefused(f"another process has the lock of {plan.scale_set.short}: try again")
        try:
            self._record_takeover(folder, previous_worker)
            self._start_worker(folder)
        except (VmssError, OSError):
            folder.discard()
            raise
        finally:
            folder.lock.release()  # the worker's own copy of it stays
        return folder.name

    def _complete_start(self, folder: StoredRun) -> None:
        """Starts the worker of a run that was created, where the start was interrupted before the
        worker recorded anything, and so before it sent anything."""
        if folder.has_begun or folder.is_live:
            return
        self._permission.prepare_write(folder.manifest.plan.scale_set)
        self.ensure_worker(folder, Run())

    def resume(self, name: str, take_over: str = "") -> None:
        """Continues a run that is paused, halted or without a worker.

        `take_over` is the typed name of the live run of the scale set: its worker is ended.
        """
        folder, run = self._open_run(name)
        require_unfinished(folder, run, "plan a new run")
        if refusal := hopeless_edit(run):
            raise RunRefused(
                f"{folder.name} cannot be resumed: Azure would refuse its edit again "
                f"({refusal}): abort "
                "it, and plan a new run with other values"
            )
        try:
            if take_over:
                previous_worker = end_worker(folder, take_over)
                folder.take_lock(self._clock.wall())  # before a third operator does
                self._record_takeover(folder, previous_worker)
            is_paused = run.phase in (Phase.PAUSED, Phase.FAULTED)
            intent_id = self._append_intent(folder, IntentKind.RESUME) if is_paused else ""
            self.ensure_worker(folder, run, intent_id)
        finally:
            folder.lock.release()  # the worker's own copy of it stays

    def send_intent(self, name: str, kind: IntentKind) -> None:
        """Sends an intent to a run; raises `RunRefused` in a read-only session, and where the run
        is over: no worker would handle it.

        To abort a run without a worker, one is started, except in a read-only session.
        """
        folder = self._store.find(name)
        self._check_read_only(kind)
        run, damage = folder.read_run()
        require_unfinished(folder, run, f"there is nothing to {kind.replace('_', ' ')}")
        if kind is IntentKind.ABORT:
            self._abort(folder, damage)
        else:
            self._append_intent(folder, kind)

    def _abort(self, folder: StoredRun, damage: str) -> None:
        if not folder.is_live:
            require_continuable(folder, damage)
            if self._permission.read_only:
                raise RunRefused(
                    f"this session is read-only, and {folder.name} has no worker: "
                    "to end it, one would have to be started"
                )
        intent_id = self._append_intent(folder, IntentKind.ABORT)
        if folder.is_live:
            return
        run, _ = folder.read_run()
        handled = folder.read_intents()[: run.intents_handled]
        if run.phase is Phase.CANCELLED and intent_id in {intent.id for intent in handled}:
            return  # the worker aborted the run for this intent and has exited
        if run.phase.is_over:  # meanwhile, as its worker has exited
            self._append_intent(folder, IntentKind.WITHDRAW, withdrawn_id=intent_id)
            require_unfinished(folder, run, "there is nothing to abort")
        self.ensure_worker(folder, run, intent_id)

    def preview_retry(self, name: str) -> RetryPreview:
        """What `retry` would do; raises `RunRefused` where nothing can be retried."""
        return preview_retry(self._open_retriable_run(name)[1])

    def retry(self, name: str, instance_ids: Sequence[str]) -> None:
        """Upgrades these failed instances (of `preview_retry`) again, and continues the run."""
        folder, run = self._open_retriable_run(name)
        self._check_protection(folder)
        intent_id = self._append_intent(folder, IntentKind.RETRY, instance_ids=tuple(instance_ids))
        self.ensure_worker(folder, run, intent_id)

    def _open_retriable_run(self, name: str) -> tuple[StoredRun, Run]:
        folder, run = self._open_writable_run(name)
        if reason := retry_unavailable_reason(run):
            raise RunRefused(f"{folder.name} cannot be retried: {reason}")
        return folder, run

    def preview_revert(self, name: str) -> RevertPreview:
        """What `revert` would do; raises `RunRefused` where it is not possible."""
        folder, run = self._open_writable_run(name)
        if reason := revert_unavailable_reason(run):
            raise RunRefused(f"{folder.name} cannot be reverted: {reason}")
        return preview_revert(run)

    def revert(self, name: str) -> None:
        """Restores the previous model, and upgrades the changed instances to it."""
        folder, run = self._open_writable_run(name)
        if reason := revert_unavailable_reason(run):
            raise RunRefused(f"{folder.name} cannot be reverted: {reason}")
        self._check_protection(folder)
        self.ensure_worker(folder, run, self._append_intent(folder, IntentKind.REVERT))

    def _open_run(self, name: str) -> tuple[StoredRun, Run]:
        """A run that this session may continue, as its journal records it."""
        self._check_read_only(IntentKind.RESUME)
        folder = self._store.find(name)
        self._permission.check_principal(folder.name, folder.manifest.context)
        run, damage = folder.read_run()
        require_continuable(folder, damage)
        return folder, run

    def _open_writable_run(self, name: str) -> tuple[StoredRun, Run]:
        folder, run = self._open_run(name)
        if reason := self._permission.refusal_reason(
            folder.manifest.plan.scale_set, own_run=folder.name
        ):
            raise RunRefused(reason)
        return folder, run

    def _check_protection(self, folder: StoredRun) -> None:
        scale_set = folder.manifest.plan.scale_set
        if self._permission.is_protected(scale_set):
            reason = self._permission.protection_reason(scale_set)
            raise RunRefused(f"{reason}: type its name first")

    def _check_read_only(self, kind: IntentKind) -> None:
        if self._permission.read_only and kind in _WRITING_INTENTS:
            raise RunRefused("this session is read-only")

    def _append_intent(
        self,
        folder: StoredRun,
        kind: IntentKind,
        *,
        instance_ids: tuple[str, ...] = (),
        previous_worker: str = "",
        withdrawn_id: str = "",
    ) -> str:
        """Appends an intent for the run's worker; returns its id."""
        intent = Intent(
            kind=kind,
            by=current_operator(),
            at=timestamp(self._clock.wall()),
            instance_ids=instance_ids,
            previous_worker=previous_worker,
            withdrawn_id=withdrawn_id,
            id=uuid4().hex,
        )
        folder.append_intent(intent)
        return intent.id

    def _record_takeover(self, folder: StoredRun, previous_worker: str) -> None:
        """Records the label of the worker that was ended, if any, for the run's next worker."""
        if previous_worker:
            self._append_intent(folder, IntentKind.TAKE_OVER, previous_worker=previous_worker)

    def ensure_worker(self, folder: StoredRun, run: Run, intent_id: str = "") -> None:
        """Starts a worker where the run has none, to handle the intent. If it does not start, the
        intent is withdrawn: a later worker must not carry it out unexpectedly.
        The worker of a run that has ended is waited for: it handles the intent, or exits.
        """
        never = threading.Event()
        for _ in range(int(WORKER_EXIT_WAIT / 0.05)):
            if folder.lock.is_owned or not (run.ended and folder.is_live):
                break
            never.wait(0.05)
            run, _ = folder.read_run()
        try:
            self._start_worker(folder)
        except (VmssError, OSError):
            if intent_id:
                self._append_intent(folder, IntentKind.WITHDRAW, withdrawn_id=intent_id)
            raise
        finally:
            folder.lock.release()  # the worker's own copy of it stays

    def _start_worker(self, folder: StoredRun) -> None:
        """Starts a worker, which inherits the lock, unless the run has one; raises `RunRefused`
        with its message."""
        try:
            if lock_for_worker(folder, self._clock.wall()):
                self._launch(folder)
        except WorkerError as error:
            raise RunRefused(text.clean(str(error))) from error
