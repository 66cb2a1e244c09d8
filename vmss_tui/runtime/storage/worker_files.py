"""Files in the folder of a run or of a campaign: `intents.jsonl` and `stop.json`.

Viewers append to the first for the worker; the worker writes the second when it ends early.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.state_folder import (
    append_private,
    overwrite_reserved,
    reserve_private,
    write_failure,
)

_STOP_SIZE = 4096
"""Bytes, enough for the longest message as JSON."""
_STOP_NAME = "stop.json"
_MESSAGE_LENGTH = 400
T = TypeVar("T")


class IntentsFile(Generic[T]):
    """The intents of viewers: one JSON object a line, none of which is changed or removed."""

    def __init__(self, folder: Path, decode: Callable[[bytes], T]) -> None:
        """`decode` reads one line, and does not raise."""
        self._path = folder / "intents.jsonl"
        self._decode = decode

    @property
    def size(self) -> int:
        """In bytes; grows with each intent."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, intent: T) -> None:
        """Appends an intent for the worker to handle; raises `JournalError`, without an effect."""
        try:
            append_private(self._path, msgspec.json.encode(intent) + b"\n")
        except OSError as error:
            raise JournalError(write_failure(self._path.name, error)) from error

    def read(self) -> list[T]:
        """All intents; a last line without its end is still being written, and left out."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [self._decode(line) for line in lines]


class WorkerStop(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `stop.json` after a worker that ended early."""

    message: str
    seq: int = 0
    """Of the worker's last record; 0 where that is not known."""
    is_stored: bool = True
    """False while a team's store does not have it yet."""


def worker_stop(message: str, *, seq: int = 0, is_stored: bool = True) -> WorkerStop:
    """The record with its message cut to what the reserved space holds."""
    return WorkerStop(message=message[:_MESSAGE_LENGTH], seq=seq, is_stored=is_stored)


def write_stop(folder: Path, stop: WorkerStop | None) -> None:
    """Records why a worker ended; None removes that, and reserves the space. Where it cannot be
    written, viewers show only that no worker runs."""
    with suppress(OSError):
        reserve_private(folder / _STOP_NAME, _STOP_SIZE)
        overwrite_reserved(folder / _STOP_NAME, msgspec.json.encode(stop) if stop else b"")


def read_stop(folder: Path) -> WorkerStop | None:
    """Why the last worker on this machine ended early; None without a record."""
    try:
        return msgspec.json.decode((folder / _STOP_NAME).read_bytes(), type=WorkerStop)
    except (OSError, msgspec.MsgspecError):
        return None


def stop_time(folder: Path) -> float:
    """When the record was written, in seconds since the epoch; 0 without one."""
    try:
        return (folder / _STOP_NAME).stat().st_mtime
    except OSError:
        return 0.0


def read_worker_failure(folder: Path) -> str:
    """Why the last worker ended early, as it recorded; empty where it did not."""
    stop = read_stop(folder)
    return stop.message if stop else ""
