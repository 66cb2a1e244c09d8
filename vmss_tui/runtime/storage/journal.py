"""The journal of a run: JSON lines, each durable before the next request to Azure is sent.

A line is `{"v":…,"seq":…,"at":…,"t":…,"body":{…},"crc":"…"}`: one write, then fsync. The CRC is
over everything before it. A last line that was cut off is dropped. A journal that is damaged before
its end, or has a newer schema, can be read up to there but not continued.
"""

import os
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from vmss_tui.errors import VmssError
from vmss_tui.runtime.storage.state_folder import open_private, write_failure
from vmss_tui.upgrade.events import AnyEvent, Record

VERSION = 1
_CRC = b',"crc":"'
_MAX_LINE = 1 << 24
_TAIL_SIZE = 65_536
"""Bytes at the end of a journal in which its last record is looked for."""


class JournalError(VmssError):
    """A record could not be written (full disk, I/O error): nothing may be sent."""


class JournalFenced(JournalError):
    """Another worker continues the journal: nothing may be sent any more."""


class JournalReadOnly(VmssError):
    """The journal is damaged or newer than this program: it can be read, but not continued."""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    v: int
    seq: int
    at: str
    t: float
    body: msgspec.Raw


class JournalContents(Struct, frozen=True):
    """The records of a journal file, or of a part of it."""

    records: tuple[Record, ...]
    size: int
    """Bytes up to the end of the last valid line."""
    is_torn: bool = False
    """The last line was cut off: its event was never recorded."""
    damage: str = ""
    """What is damaged, so that nothing may be appended; empty for a valid journal."""


_line_decoder = msgspec.json.Decoder(_Line)
EventDecoder = msgspec.json.Decoder[Any]
"""Of the events that a journal contains; raises `msgspec.MsgspecError` for others."""
RUN_EVENTS: EventDecoder = msgspec.json.Decoder(AnyEvent)
"""The events of runs. A journal of campaigns has its own."""


def read_journal(
    path: Path,
    offset: int = 0,
    expect_seq: int | None = None,
    events: EventDecoder = RUN_EVENTS,
) -> JournalContents:
    """Reads the records from byte `offset` on; a missing file is an empty journal.

    `expect_seq` is the expected sequence number of the first record, and the number of its line.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return JournalContents((), offset)
    return decode_journal(data, path.name, offset, expect_seq, events)


def decode_journal(
    data: bytes,
    name: str,
    offset: int = 0,
    expect_seq: int | None = None,
    events: EventDecoder = RUN_EVENTS,
) -> JournalContents:
    """The records in the bytes from `offset` on of a journal; `name` is for messages."""
    records: list[Record] = []
    size = offset
    expected, first_number = expect_seq, expect_seq or 1
    for index, line in enumerate(lines := data.split(b"\n")):
        if index == len(lines) - 1:
            return JournalContents(tuple(records), size, is_torn=bool(line))
        record, line_name = _decode_record(line, events), f"{name} line {first_number + index}"
        if isinstance(record, str):
            return JournalContents(tuple(records), size, damage=f"{line_name}: {record}")
        if expected is not None and record.seq != expected:
            damage = f"{line_name}: record {record.seq} where {expected} was expected"
            return JournalContents(tuple(records), size, damage=damage)
        expected = record.seq + 1
        records.append(record)
        size += len(line) + 1
    return JournalContents(tuple(records), size)


def has_first_record(path: Path) -> bool:
    """The first line, which contains the confirmed plan, is complete."""
    try:
        with path.open("rb") as file:
            return file.readline(_MAX_LINE).endswith(b"\n")
    except OSError:
        return False


def last_record_time(path: Path) -> str:
    """The time of the last complete record, from the end of the file; empty where it cannot be
    read from there."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_SIZE))
            lines = file.read().split(b"\n")
    except OSError:
        return ""
    line = _decode_line(lines[-2]) if len(lines) > 1 else ""
    return "" if isinstance(line, str) else line.at


class JournalTail:
    """Follows a growing journal: reads each record once. For one thread at a time."""

    def __init__(self, path: Path, events: EventDecoder = RUN_EVENTS) -> None:
        self._path, self._events = path, events
        self._offset, self._next_seq = 0, 1
        self.damage = ""
        """As in `JournalContents`; what comes after it is not read."""

    def read_new(self, *, at_once: bool = False) -> tuple[Record, ...]:
        """The records since the last call; a file is always read at once."""
        contents = read_journal(self._path, self._offset, self._next_seq, self._events)
        self._offset, self.damage = contents.size, contents.damage
        self._next_seq += len(contents.records)
        return contents.records


class Journal:
    """The journal of one run, or of one campaign, opened for appending by its worker."""

    def __init__(self, path: Path, events: EventDecoder = RUN_EVENTS) -> None:
        """Opens or creates it; raises `JournalReadOnly`, `JournalError`."""
        self.path = path
        self.is_interrupted: Callable[[], bool] = lambda: False
        """Ends the wait for a store that does not answer; a file needs none."""
        self.contents = read_journal(path, expect_seq=1, events=events)
        if self.contents.damage:
            raise JournalReadOnly(self.contents.damage)
        try:
            self._file = open_private(path, os.O_RDWR | os.O_APPEND)
            if self.contents.is_torn:
                os.ftruncate(self._file, self.contents.size)
                os.fsync(self._file)
            _sync_folder(path.parent)
        except OSError as error:
            raise JournalError(write_failure(path.name, error)) from error
        self.seq = self.contents.records[-1].seq if self.contents.records else 0

    def append(self, event: AnyEvent, at: datetime, t: float) -> Record:
        """Appends an event, which is durable on return. Raises `JournalError`, after which nothing
        may be sent."""
        record = Record(seq=self.seq + 1, at=at.isoformat(timespec="milliseconds"), t=t, body=event)
        line = encode_record(record)
        try:
            written = os.write(self._file, line)
            if written != len(line):
                raise JournalError(
                    f"{self.path.name}: the disk is full (only {written} of {len(line)} bytes kept)"
                )
            os.fsync(self._file)
        except OSError as error:
            raise JournalError(write_failure(self.path.name, error)) from error
        self.seq = record.seq
        return record

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)


def encode_record(record: Record) -> bytes:
    """One line with its CRC and newline."""
    body = msgspec.Raw(msgspec.json.encode(record.body))
    line = _Line(v=VERSION, seq=record.seq, at=record.at, t=record.t, body=body)
    unsigned = msgspec.json.encode(line)[:-1]
    return unsigned + _CRC + b'%08x"}\n' % zlib.crc32(unsigned)


def _decode_record(line: bytes, events: EventDecoder) -> Record | str:
    """The record, or why the line is not one."""
    outer = _decode_line(line)
    if isinstance(outer, str):
        return outer
    try:
        event = events.decode(outer.body)
    except msgspec.MsgspecError as error:
        return f"not understood ({error})"
    return Record(seq=outer.seq, at=outer.at, t=outer.t, body=event)


def _decode_line(line: bytes) -> _Line | str:
    """The line with its event undecoded, or why it is none of a journal."""
    unsigned, separator, crc = line.rpartition(_CRC)
    if not separator:
        return "not a journal record"
    if crc != b'%08x"}' % zlib.crc32(unsigned):
        return "damaged (its checksum does not match)"
    try:
        outer = _line_decoder.decode(unsigned + b"}")
    except msgspec.MsgspecError as error:
        return f"not understood ({error})"
    return outer if outer.v == VERSION else f"written by a newer version (schema {outer.v})"


def _sync_folder(folder: Path) -> None:
    """Makes the names of new files in the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
