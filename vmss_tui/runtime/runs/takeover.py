"""Ends the worker that holds a scale set's lock, so that another may take its place.

For a worker that stands still, or whose person cannot be found. Whoever does it has typed the id
of the run that is at work. A worker may die at any moment without harm: its journal says what
was asked, and what Azure has accepted goes on.
"""

import getpass
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.run_folder import LockOwner, RunFolder

TERM_TIMEOUT = 10.0
"""Real seconds in which a worker that is told to leave ends its present move."""
_KILL_TIMEOUT = 5.0


def end_worker(folder: RunFolder, typed_name: str) -> str:
    """Ends whoever holds the lock of `folder`'s scale set; says who it was, empty if nobody.

    `typed` must be exactly the name of the run at work. Raises `RunRefused` where it is not, or
    where the worker is not one that can be ended from here.
    """
    owner = folder.lock_owner()
    if owner is None:
        return ""
    if typed_name != owner.run:
        raise RunRefused(
            f"{typed_name!a} is not the run at work: to take it over, type {owner.run}"
        )
    if owner.host != socket.gethostname():
        raise RunRefused(f"{describe_owner(owner)} works on another machine: take it over there")
    if owner.user != getpass.getuser():
        raise RunRefused(f"{describe_owner(owner)} is somebody else's: ask {owner.user} to end it")
    if not _is_worker_process(owner):
        raise RunRefused(f"pid {owner.pid} does not look like the worker of {owner.run}")
    for number, timeout in ((signal.SIGTERM, TERM_TIMEOUT), (signal.SIGKILL, _KILL_TIMEOUT)):
        try:
            os.kill(owner.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise RunRefused(f"{describe_owner(owner)} cannot be ended from here") from error
        if _wait_for_release(folder, owner, timeout):
            return describe_owner(owner)
    raise RunRefused(f"{describe_owner(owner)} does not end")


def describe_owner(owner: LockOwner) -> str:
    return f"{owner.run} ({owner.user}@{owner.host}, pid {owner.pid})"


def _wait_for_release(folder: RunFolder, owner: LockOwner, timeout: float) -> bool:
    never = threading.Event()
    for _ in range(int(timeout / 0.05)):
        current = folder.lock_owner()
        if current is None or current.pid != owner.pid:
            return True
        never.wait(0.05)
    return False


def _is_worker_process(owner: LockOwner) -> bool:
    """Is the process what its words in the lock say? A pid may be somebody else's by now."""
    try:
        command = Path(f"/proc/{owner.pid}/cmdline").read_bytes().split(b"\0")
        arguments = [os.fsdecode(argument) for argument in command]
    except FileNotFoundError:
        arguments = _arguments_from_ps(owner.pid)
    return "worker" in arguments and owner.run in arguments


def _arguments_from_ps(pid: int) -> list[str]:
    """Where there is no /proc."""
    try:
        result = subprocess.run(
            ["ps", "-o", "args=", "-p", f"{pid}"], capture_output=True, text=True, check=False
        )
    except OSError:
        return []
    return result.stdout.split()
