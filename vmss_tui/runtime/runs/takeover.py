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

LEAVES_WITHIN = 10.0
"""Real seconds in which a worker that is told to leave ends its present move."""
_DIES_WITHIN = 5.0


def end_holder(folder: RunFolder, typed: str) -> str:
    """Ends whoever holds the lock of `folder`'s scale set; says who it was, empty if nobody.

    `typed` must be exactly the name of the run at work. Raises `RunRefused` where it is not, or
    where the worker is not one that can be ended from here.
    """
    holder = folder.lock_owner()
    if holder is None:
        return ""
    if typed != holder.run:
        raise RunRefused(f"{typed!a} is not the run at work: to take it over, type {holder.run}")
    if holder.host != socket.gethostname():
        raise RunRefused(f"{_who(holder)} works on another machine: take it over there")
    if holder.user != getpass.getuser():
        raise RunRefused(f"{_who(holder)} is somebody else's: ask {holder.user} to end it")
    if not _works_on(holder):
        raise RunRefused(f"pid {holder.pid} does not look like the worker of {holder.run}")
    for number, patience in ((signal.SIGTERM, LEAVES_WITHIN), (signal.SIGKILL, _DIES_WITHIN)):
        try:
            os.kill(holder.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise RunRefused(f"{_who(holder)} cannot be ended from here") from error
        if _let_go(folder, holder, patience):
            return _who(holder)
    raise RunRefused(f"{_who(holder)} does not end")


def _who(holder: LockOwner) -> str:
    return f"{holder.run} ({holder.user}@{holder.host}, pid {holder.pid})"


def _let_go(folder: RunFolder, holder: LockOwner, patience: float) -> bool:
    never = threading.Event()
    for _ in range(int(patience / 0.05)):
        now = folder.lock_owner()
        if now is None or now.pid != holder.pid:
            return True
        never.wait(0.05)
    return False


def _works_on(holder: LockOwner) -> bool:
    """Is the process what its words in the lock say? A pid may be somebody else's by now."""
    try:
        command = Path(f"/proc/{holder.pid}/cmdline").read_bytes().split(b"\0")
        words = [os.fsdecode(word) for word in command]
    except FileNotFoundError:
        words = _listed(holder.pid)
    return "worker" in words and holder.run in words


def _listed(pid: int) -> list[str]:
    """Where there is no /proc."""
    try:
        done = subprocess.run(
            ["ps", "-o", "args=", "-p", f"{pid}"], capture_output=True, text=True, check=False
        )
    except OSError:
        return []
    return done.stdout.split()
