"""The detached process that carries out a run: `python -m vmss_tui worker RUN`.

It has a session of its own and ignores SIGHUP, so that it survives a lost SSH connection, a crashed
screen and the key `q`. After SIGTERM it ends within a second, or with the answer to a write that is
under way (see `arm.transport.send.WRITE_DEADLINE`); the run can be resumed. It has the lock of the
scale set as long as it lives.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.gateway import Gateway
from vmss_tui.runtime.clock import Clock
from vmss_tui.runtime.runs.runner import LockLost, Runner
from vmss_tui.runtime.self_command import COMMAND
from vmss_tui.runtime.storage.journal import Journal, JournalError, JournalReadOnly, JournalTail
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.state_folder import open_private
from vmss_tui.upgrade import events as ev

START_TIMEOUT = 20.0
"""Real seconds in which a new worker must have written to its journal."""


class WorkerError(VmssError):
    """The worker could not carry out the run; the message is its own."""


class LockTaken(WorkerError):
    """Another worker has the lock of the scale set."""

    exit_code = ExitCode.REFUSED


def run_worker(
    folder: RunFolder, gateway: Gateway, clock: Clock, notify: Sequence[str] = ()
) -> int:
    """Carries out the run in this process; returns 0, or raises `WorkerError`."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not _take_lock(folder, clock):
        owner = folder.lock_owner()
        label = owner.label if owner else "?"
        raise LockTaken(f"run {label} is at work on {folder.manifest.plan.scale_set.short}")
    try:
        journal = Journal(folder.journal_path)
        runner = Runner(folder, journal, gateway, clock, notify)
        signal.signal(signal.SIGTERM, lambda _signal, _frame: runner.stop_by_signal())
        runner.begin(first_events(folder, runner))
        runner.loop()
    except (JournalReadOnly, JournalError, LockLost) as error:
        raise WorkerError(f"{folder.name}: {error}") from error
    finally:
        folder.lock.release()
    return 0


def launch_worker(folder: RunFolder, argv: Sequence[str] = ()) -> None:
    """Starts a worker, and returns after its first record; raises `WorkerError`.

    `argv` replaces the command of this program, in tests.
    """
    command = [*(argv or COMMAND), "worker", folder.name]
    tail = JournalTail(folder.journal_path)
    tail.read_new()  # skips the records of earlier workers
    log = open_private(folder.path / "worker.log", os.O_WRONLY | os.O_APPEND)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            if tail.read_new():
                return
            continue
        if tail.read_new():
            return  # a short run that is over already
        raise WorkerError(_last_log_line(folder))
    process.terminate()
    raise WorkerError(f"the worker of {folder.name} did not start in {START_TIMEOUT:.0f} s")


def _take_lock(folder: RunFolder, clock: Clock) -> bool:
    """A viewer that reads the owner has the lock for a moment, so several attempts are made."""
    for _ in range(20):
        if folder.take_lock(clock.wall()):
            return True
        time.sleep(0.01)
    return False


def first_events(folder: RunFolder, runner: Runner) -> list[ev.AnyEvent]:
    """The first records of a worker: the plan, if it is the first worker, and its own start."""
    manifest = folder.manifest
    worker_started = ev.WorkerStarted(
        pid=os.getpid(), host=socket.gethostname(), resumed=runner.run.workers > 0
    )
    if runner.run.plan is not None:
        return [worker_started]
    plan_confirmed = ev.PlanConfirmed(
        plan=manifest.plan, by=manifest.by, assumed_yes=manifest.assumed_yes
    )
    return [plan_confirmed, worker_started]


def _last_log_line(folder: RunFolder) -> str:
    """The last line of the worker's output."""
    lines = (folder.path / "worker.log").read_text("utf-8", errors="replace").split("\n")
    non_empty = [line.strip() for line in lines if line.strip()]
    return non_empty[-1] if non_empty else f"the worker of {folder.name} ended without a word"
