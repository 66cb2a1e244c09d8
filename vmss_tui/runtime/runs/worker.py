"""The detached process that carries out a run: `python -m vmss_tui worker RUN`.

It has a session of its own and ignores SIGHUP, so that it survives a lost SSH connection, a crashed
screen and the key `q`. After SIGTERM it ends within a second, or with the answer to a write that is
under way (see `arm.transport.send.WRITE_DEADLINE`), and records where and when; the run can be
resumed. It has the lock of the scale set as long as it lives: the process that starts it takes the
lock, and passes the open file on.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.gateway import Gateway
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.self_command import COMMAND
from vmss_tui.runtime.storage.journal import JournalError, JournalReadOnly
from vmss_tui.runtime.storage.port import RunStore, SetLock, StoredRun
from vmss_tui.runtime.storage.state_folder import open_private
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import without_secrets

if TYPE_CHECKING:
    from vmss_tui.runtime.runs.runner import Runner

CAMPAIGN_COMMAND = "campaign-worker"
"""The hidden command of a campaign's worker."""
START_TIMEOUT = 20.0
"""Real seconds in which a new worker must have written to its journal."""
_TERM_TIMEOUT = 5.0


class WorkerError(VmssError):
    """The worker could not carry out the run; the message is its own."""


class LockTaken(WorkerError):
    """Another worker has the lock of the scale set."""

    exit_code = ExitCode.REFUSED


def lock_for_worker(folder: StoredRun, now: datetime) -> bool:
    """Takes the lock, where this process does not have it, for a worker that is to be started.

    False where the run has a worker, or another process has just taken the lock for one. Raises
    `LockTaken` for the worker of another run.
    """
    if folder.lock.is_owned:
        return True
    if folder.is_live:
        return False
    if folder.take_lock(now):
        return True
    owner = folder.lock_owner()
    if owner is not None and owner.run != folder.name:
        raise LockTaken(_lock_taken_message(folder))
    return False


def _lock_taken_message(folder: StoredRun) -> str:
    owner = folder.lock_owner()
    label = owner.label if owner else "?"
    return f"run {label} is live on {folder.manifest.plan.scale_set.short}"


def run_worker(
    folder: StoredRun,
    gateway: Gateway,
    clock: Clock,
    store: RunStore,
    notify: Sequence[str] = (),
    lock_descriptor: int | None = None,
) -> int:
    """Carries out the run in this process; returns 0, or raises `WorkerError`.

    `lock_descriptor` is the lock that the process which started this one has passed on.
    """
    from vmss_tui.runtime.runs.halted_worker import ask_after_halt
    from vmss_tui.runtime.runs.runner import Runner

    with worker_process(
        folder, clock, lock_descriptor, lambda: _lock_taken_message(folder)
    ) as term:
        journal = folder.open_journal()
        runner = Runner(folder, journal, gateway, clock, store, notify)
        term.stops(runner.stop_by_signal, lambda: not runner.run.ended)
        runner.record(first_events(folder, runner))
        runner.loop()
        journal.close()
        ask_after_halt(folder, runner, clock)
    return 0


class StopSignal:
    """SIGTERM in a worker process."""

    def __init__(self) -> None:
        self._has_come = False
        self._is_unfinished: Callable[[], bool] = lambda: False

    def stops(self, stop: Callable[[], None], is_unfinished: Callable[[], bool]) -> None:
        """From now on the signal calls `stop`, which must lock nothing: the interrupted code may
        hold it. `is_unfinished`: another worker would have something left to do."""
        self._is_unfinished = is_unfinished

        def handle(_number: int, _frame: object) -> None:
            self._has_come = True
            stop()

        signal.signal(signal.SIGTERM, handle)

    @property
    def ended_work(self) -> bool:
        """The signal has ended work that another worker would continue."""
        return self._has_come and self._is_unfinished()


@contextmanager
def worker_process(
    folder: "WorkFolder",
    clock: Clock,
    lock_descriptor: int | None,
    lock_message: Callable[[], str],
) -> Iterator[StopSignal]:
    """What every worker process does around its work: it ignores SIGHUP, has the lock, and records
    why it ends early. Raises `LockTaken` with `lock_message`, and `WorkerError`."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not folder.take_lock(clock.wall(), lock_descriptor):
        raise LockTaken(lock_message())
    folder.reserve_stop_record()
    term = StopSignal()
    try:
        yield term
        if term.ended_work:
            at = f"{clock.wall():%Y-%m-%d %H:%M:%S} UTC"
            folder.record_stop(f"stopped by a signal on {socket.gethostname()} at {at}")
    except (JournalReadOnly, JournalError) as error:
        folder.record_stop(str(error))
        raise WorkerError(f"{folder.name}: {error}") from error
    except (VmssError, OSError) as error:
        folder.record_stop(str(error))
        raise
    finally:
        folder.close()
        folder.lock.release()


class RecordTail(Protocol):
    """Reads each record of a journal once."""

    def read_new(self) -> Sequence[object]:
        """The records since the last call."""


class WorkFolder(Protocol):
    """What a worker works on: a run, or a campaign of runs."""

    name: str

    @property
    def lock(self) -> SetLock:
        """The exclusive right to carry it out."""

    @property
    def log_path(self) -> Path:
        """A file of this machine for the output of the worker."""

    def take_lock(self, now: datetime, inherited: int | None = None) -> bool:
        """Takes the lock; False where another process has it."""

    def follow_journal(self) -> RecordTail:
        """The journal, for a viewer."""

    def reserve_stop_record(self) -> None:
        """Prepares the record of a failure, and removes an earlier one."""

    def record_stop(self, message: str) -> None:
        """Records why the worker ends early."""

    def worker_failure(self) -> str:
        """Why the last worker ended early, as it recorded; empty where it did not."""

    def close(self) -> None:
        """Ends what the worker's methods have begun in the background."""


def launch_worker(folder: WorkFolder, argv: Sequence[str] = (), kind: str = "worker") -> None:
    """Starts a worker, and returns after its first record; raises `WorkerError`.

    `argv` replaces the command of this program, in tests; `kind` is the hidden command that works.
    """
    command, descriptor = [*(argv or COMMAND), kind, folder.name], folder.lock.descriptor
    if descriptor is not None:
        command += ["--lock-descriptor", f"{descriptor}"]
    tail = folder.follow_journal()
    tail.read_new()  # skips the records of earlier workers
    folder.reserve_stop_record()  # and removes that of the previous worker
    log = open_private(folder.log_path, os.O_WRONLY | os.O_APPEND)
    log_size = os.fstat(log).st_size
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=() if descriptor is None else (descriptor,),
            start_new_session=True,
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            if tail.read_new():
                folder.lock.hand_over()
                return
            continue
        if tail.read_new():
            folder.lock.hand_over()
            return  # a short run that is over already
        raise WorkerError(_failure_of_start(folder, log_size))
    _end_process(process)
    if tail.read_new():
        folder.lock.hand_over()
        return  # it has begun after all, and can be resumed
    raise WorkerError(f"the worker of {folder.name} did not start in {START_TIMEOUT:.0f} s")


def _end_process(process: subprocess.Popen[bytes]) -> None:
    """Ends a worker that did not start, and waits: its run may be removed next."""
    process.terminate()
    try:
        process.wait(_TERM_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def first_events(folder: StoredRun, runner: "Runner") -> list[ev.AnyEvent]:
    """The first records of a worker: the plan, if it is the first worker, and its own start."""
    manifest = folder.manifest
    worker_started = ev.WorkerStarted(
        pid=os.getpid(), host=socket.gethostname(), resumed=runner.run.workers > 0
    )
    if runner.run.plan is not None:
        return [worker_started]
    shown_policy = without_secrets(manifest.plan.policy)
    plan_confirmed = ev.PlanConfirmed(  # the gate is run as the manifest has it
        plan=structs.replace(manifest.plan, policy=shown_policy),
        by=manifest.by,
        assumed_yes=manifest.assumed_yes,
    )
    return [plan_confirmed, worker_started]


def _failure_of_start(folder: WorkFolder, log_size: int) -> str:
    """Why a worker has ended at its start: what it recorded, or the last line of its output.

    `log_size` is the size of the log before: on a full disk only its earlier lines are there.
    """
    if failure := folder.worker_failure():
        return f"{folder.name}: {failure}"
    output = folder.log_path.read_bytes()[log_size:].decode("utf-8", errors="replace")
    non_empty = [line.strip() for line in output.split("\n") if line.strip()]
    return non_empty[-1] if non_empty else f"the worker of {folder.name} ended without a message"
