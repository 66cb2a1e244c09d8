"""The detached process that hosts a runner: `python -m vmss_tui worker RUN`.

It has a session of its own and ignores SIGHUP, so that a lost SSH connection, a crashed screen
or `q` never touches it. SIGTERM lets the present move finish and leaves a run that can be
resumed. It holds the scale set's lock for as long as it lives.
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
"""Real seconds in which a launched worker must have taken its lock."""


class WorkerError(VmssError):
    """The worker could not take the run up; the message is what it said."""


class LockTaken(WorkerError):
    """Another run is at work on the scale set."""

    exit_code = ExitCode.REFUSED


def run_worker(
    folder: RunFolder, gateway: Gateway, clock: Clock, notify: Sequence[str] = ()
) -> int:
    """Carries the run out in this process; returns 0, or raises `WorkerFailed`."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not _take_lock(folder, clock):
        owner = folder.lock_owner()
        owner_text = f"{owner.run} ({owner.user}@{owner.host}, pid {owner.pid})" if owner else "?"
        raise LockTaken(f"run {owner_text} is at work on {folder.manifest.plan.scale_set.short}")
    try:
        journal = Journal(folder.journal_path)
        runner = Runner(folder, journal, gateway, clock, notify)
        signal.signal(signal.SIGTERM, lambda _signal, _frame: runner.stop())
        runner.begin(first_events(folder, runner))
        runner.loop()
    except (JournalReadOnly, JournalError, LockLost) as error:
        raise WorkerError(f"{folder.name}: {error}") from error
    finally:
        folder.lock.release()
    return 0


def launch_worker(folder: RunFolder, argv: Sequence[str] = ()) -> None:
    """Starts the worker of `folder` and returns once it has journaled; raises `WorkerFailed`."""
    command = [*(argv or COMMAND), "worker", folder.name]
    tail = JournalTail(folder.journal_path)
    tail.read_new()  # what earlier workers did
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
    """A viewer that asks who holds the lock holds it for an instant: try a few times."""
    for _ in range(20):
        if folder.take_lock(clock.wall()):
            return True
        time.sleep(0.01)
    return False


def first_events(folder: RunFolder, runner: Runner) -> list[ev.AnyEvent]:
    """What a worker journals when it takes a run up: the plan, the first time, and itself."""
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
    """What the worker said last, for the person who started it."""
    lines = (folder.path / "worker.log").read_text("utf-8", errors="replace").split("\n")
    non_empty = [line.strip() for line in lines if line.strip()]
    return non_empty[-1] if non_empty else f"the worker of {folder.name} ended without a word"
