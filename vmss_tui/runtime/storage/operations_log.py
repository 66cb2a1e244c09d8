"""Writes outside a run, recorded like a run's: the intent is durable before it is sent.

`<state>/operations.jsonl` feeds the event log and is where the previous model can be found.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from vmss_tui.gateway import Accepted
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.runtime.storage.state_folder import append_private
from vmss_tui.text import redact


class OperationRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: what was asked (`body`), or what came of it (`answer`), by request id."""

    at: str
    scale_set: str
    request_id: str
    by: str = ""
    verb: str = ""
    instance_ids: tuple[str, ...] = ()
    """Those that are asked; empty for a write to the set itself."""
    az: tuple[str, ...] = ()
    """What somebody would type instead."""
    body: dict[str, Any] | None = None
    undo: dict[str, Any] | None = None
    """The PATCH that puts back what this one changed."""
    undoes: str = ""
    """The request id of the edit that this one takes back."""
    answer: str = ""
    """`accepted`, `refused` or `unknown`; `settled` when nobody waits for its effects any more;
    `left` where nobody looked after it until then."""
    message: str = ""
    operation: str = ""
    """The URL to ask after it, where Azure named one."""
    correlation_id: str = ""


class OperationsLog:
    """Appends to the file; safe for several processes, a line being one write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def in_state_folder(cls, state: Path) -> "OperationsLog":
        """The log of a state folder."""
        return cls(state / "operations.jsonl")

    def write(self, record: OperationRecord) -> None:
        """Makes it durable, or raises `JournalFailed`: then nothing may be sent."""
        try:
            append_private(self._path, msgspec.json.encode(record) + b"\n")
        except OSError as error:
            raise JournalError(f"{self._path.name}: {error.strerror}") from error

    def write_answer(self, record: OperationRecord) -> None:
        """Adds what came of a write, where that can be kept: it has happened either way, and an
        error here would say that nothing was sent."""
        with suppress(JournalError):
            self.write(record)

    def read(self) -> list[OperationRecord]:
        """Every line that can be read, oldest first."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return [record for line in lines[:-1] if (record := _decode_record(line)) is not None]


def answer_record(
    request: OperationRecord, answered_at: datetime, answer: str, message: str = "", accepted: Accepted | None = None
) -> OperationRecord:
    """What came of `asked`, as a line; `words` are redacted."""
    return OperationRecord(
        at=timestamp(answered_at),
        scale_set=request.scale_set,
        request_id=request.request_id,
        answer=answer,
        message=redact(message),
        operation=(accepted.operation or "") if accepted else "",
        correlation_id=accepted.correlation_id if accepted else "",
    )


def _decode_record(line: bytes) -> OperationRecord | None:
    """None for a line that was torn, or that a newer program wrote otherwise."""
    try:
        return msgspec.json.decode(line, type=OperationRecord)
    except msgspec.MsgspecError:
        return None


def timestamp(moment: datetime) -> str:
    """UTC as the log writes it."""
    return moment.isoformat(timespec="milliseconds")
