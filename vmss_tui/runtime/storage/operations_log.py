"""The record of writes outside a run, `<state>/operations.jsonl`.

A request is durable before it is sent. The event log shows these records, and an edit of the model
is taken back from them.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from vmss_tui.gateway import Accepted
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.state_folder import append_private, write_failure
from vmss_tui.text import redact


class OperationRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: a request, or an answer to the request with the same id."""

    at: str
    scale_set: str
    request_id: str
    by: str = ""
    verb: str = ""
    instance_ids: tuple[str, ...] = ()
    """The instances of the request; empty for a write to the scale set itself."""
    az: tuple[str, ...] = ()
    """The same request as commands of the az CLI."""
    body: dict[str, Any] | None = None
    undo: dict[str, Any] | None = None
    """The PATCH that reverts the edit."""
    undoes: str = ""
    """The request id of the edit that this one reverts."""
    answer: str = ""
    """Empty in a request. `accepted`, `refused` or `unknown` (the answer was lost); `seen` where
    its effect was read after a lost answer; later `settled`, when every instance has its outcome,
    or `left`, when no one waited for that."""
    message: str = msgspec.field(name="words", default="")
    """Why it was refused or is unknown; the counts of outcomes where it is settled or left."""
    operation_url: str = msgspec.field(name="operation", default="")
    """URL of the long-running operation, where Azure returned one."""
    correlation_id: str = ""
    script_sha256: str = ""
    """Of a run command: its lines, joined by newlines. The script itself may contain secrets."""
    output: str = ""
    """Path of a run command's output below the state folder."""
    exit_code: int | None = None
    """Of a run command's script, where it is known."""


class OperationsLog:
    """Appends to the file. Safe for several processes: a line is one write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def in_state_folder(cls, state: Path) -> "OperationsLog":
        """The log in a state folder."""
        return cls(state / "operations.jsonl")

    def write(self, record: OperationRecord) -> None:
        """Makes a record durable; raises `JournalError`, and then nothing may be sent."""
        try:
            append_private(self._path, msgspec.json.encode(record) + b"\n")
        except OSError as error:
            raise JournalError(write_failure(self._path.name, error)) from error

    def write_answer(self, record: OperationRecord) -> None:
        """Adds an answer if possible. No error is raised: the write was sent in any case, and
        `JournalError` means that it was not."""
        with suppress(JournalError):
            self.write(record)

    def read(self) -> list[OperationRecord]:
        """All records, oldest first; lines that cannot be decoded are left out. Raises
        `JournalError` where the file cannot be read."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"{self._path.name} cannot be read: {error.strerror}") from error
        return [record for line in lines[:-1] if (record := _decode_record(line)) is not None]


def answer_record(
    request: OperationRecord,
    answered_at: datetime,
    answer: str,
    message: str = "",
    accepted: Accepted | None = None,
) -> OperationRecord:
    """The answer to a request, with the message redacted."""
    return OperationRecord(
        at=timestamp(answered_at),
        scale_set=request.scale_set,
        request_id=request.request_id,
        answer=answer,
        message=redact(message),
        operation_url=(accepted.operation or "") if accepted else "",
        correlation_id=accepted.correlation_id if accepted else "",
    )


def _decode_record(line: bytes) -> OperationRecord | None:
    """None for a line that was cut off, or that a newer version wrote in another format."""
    try:
        return msgspec.json.decode(line, type=OperationRecord)
    except msgspec.MsgspecError:
        return None


def timestamp(moment: datetime) -> str:
    """ISO 8601 with milliseconds."""
    return moment.isoformat(timespec="milliseconds")
