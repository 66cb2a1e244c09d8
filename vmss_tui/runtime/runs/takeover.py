"""Ends the worker that has the lock of a scale set, so that another worker can replace it.

For a worker that hangs, or whose operator cannot be reached. The caller has typed the name of its
run. Killing a worker does no harm at any moment: its journal contains every request, and Azure
continues with what it has accepted.
"""

import os
import signal
import socket
import subprocess
from pathlib import Path

from vmss_tui.runtime.account import account_claims, account_name
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.poll import wait_until
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_records import LockOwner

TERM_TIMEOUT = 10.0
"""Real seconds for a worker to finish its current step after SIGTERM."""
_KILL_TIMEOUT = 5.0


def end_worker(folder: StoredRun, typed_name: str) -> str:
    """Ends the worker that has the lock of the run's scale set; returns its label, empty if none.

    Raises `RunRefused` where `typed_name` is not exactly the name of the worker's run, or the
    worker cannot be ended by this process.
    """
    owner = folder.lock_owner()
    if owner is None:
        return ""
    if typed_name != owner.run:
        raise RunRefused(
            f"{typed_name!a} is not the live run: to force a takeover, type {owner.run}"
        )
    if owner.host != socket.gethostname():
        if folder.break_lock(owner):
            return owner.label
        raise RunRefused(f"{owner.label} runs on another machine: force the takeover there")
    if not _is_own_worker(owner):
        raise RunRefused(f"{owner.label} belongs to another user: ask {owner.user} to end it")
    if not _is_worker_process(owner):
        raise RunRefused(f"pid {owner.pid} does not look like the worker of {owner.run}")
    for number, timeout in ((signal.SIGTERM, TERM_TIMEOUT), (signal.SIGKILL, _KILL_TIMEOUT)):
        try:
            os.kill(owner.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise RunRefused(f"{owner.label} cannot be ended from here") from error
        if _wait_for_release(folder, owner, timeout):
            return owner.label
    raise RunRefused(f"{owner.label} does not end")


def _is_own_worker(owner: LockOwner) -> bool:
    """The worker runs under this account. Workers of earlier versions recorded no user id, and the
    name that their environment had."""
    if owner.uid is not None:
        return owner.uid == os.getuid()
    return owner.user in {account_name(), *account_claims().values()}


def _wait_for_release(folder: StoredRun, owner: LockOwner, timeout: float) -> bool:
    def is_released() -> bool:
        current = folder.lock_owner()
        return current is None or current.pid != owner.pid

    return wait_until(is_released, timeout)


def _is_worker_process(owner: LockOwner) -> bool:
    """The process is the worker of the lock file; its pid may belong to another process now."""
    try:
        command = Path(f"/proc/{owner.pid}/cmdline").read_bytes().split(b"\0")
        arguments = [os.fsdecode(argument) for argument in command]
    except FileNotFoundError:
        arguments = _arguments_from_ps(owner.pid)
    return "worker" in arguments and owner.run in arguments


def _arguments_from_ps(pid: int) -> list[str]:
    """The arguments of a process on systems without /proc."""
    try:
        result = subprocess.run(
            ["ps", "-o", "args=", "-p", f"{pid}"], capture_output=True, text=True, check=False
        )
    except OSError:
        return []
    return result.stdout.split()
