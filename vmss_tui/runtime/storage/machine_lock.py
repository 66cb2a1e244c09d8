"""The lock of a scale set on this machine, and the process that has it."""

import hashlib
import os
import socket
import time
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.account import account_label
from vmss_tui.runtime.storage.run_records import LockOwner, decode_lock_owner
from vmss_tui.runtime.storage.state_folder import FileLock

_LOCK_ATTEMPTS = 20
"""Attempts to take a lock, 10 ms apart: a viewer that reads the owner has it for a moment."""


def encode_lock_owner(run: str, now: datetime) -> bytes:
    """The content of a lock file that this process has for a run."""
    return msgspec.json.encode(lock_owner_of_process(run, now))


def lock_owner_of_process(run: str, now: datetime) -> LockOwner:
    """This process as the owner of a lock."""
    return LockOwner(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=account_label(),
        run=run,
        since=now.isoformat(timespec="seconds"),
        uid=os.getuid(),
    )


def take_lock(lock: FileLock, owner: bytes) -> bool:
    """Takes the lock of a scale set; False where another process has it."""
    for _ in range(_LOCK_ATTEMPTS):
        if lock.take(owner):
            return True
        time.sleep(0.01)
    return False


def take_worker_lock(lock: FileLock, run: str, now: datetime, inherited: int | None) -> bool:
    """Takes the lock for a run or a campaign; False where another process has it. `inherited` is
    the descriptor with which the parent process has passed the lock on."""
    owner = encode_lock_owner(run, now)
    if inherited is not None and lock.adopt(inherited, owner):
        return True
    return take_lock(lock, owner)


def read_lock_owner(lock: FileLock) -> LockOwner | None:
    """The worker that has the lock of a scale set; None where it is free."""
    body = lock.owner()
    return None if body is None else decode_lock_owner(body)


def lock_path(locks_folder: Path, scale_set: ScaleSetId) -> Path:
    """The lock file of a scale set."""
    digest = hashlib.sha256(scale_set.key.encode()).hexdigest()
    return locks_folder / f"{digest[:32]}.lock"
