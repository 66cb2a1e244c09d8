"""A journal in append blobs: a block for each record, at a known position, under the lease.

A repeated append is refused, so a lost answer is decided by reading. A worker whose lease was taken
cannot append any more, and therefore sends nothing more: every request has its record first.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from vmss_tui.gateway.blobs import (
    APPENDED_MEANWHILE,
    LEASE_HELD,
    LEASE_LOST_CODES,
    BlobContainer,
    BlobError,
    BlobRefused,
    BlobUnavailable,
)
from vmss_tui.runtime.storage.blob.layout import RECORDS_PER_BLOB, journal_blob
from vmss_tui.runtime.storage.blob.leased_lock import LeasedLock
from vmss_tui.runtime.storage.journal import (
    JournalContents,
    JournalError,
    JournalFenced,
    JournalReadOnly,
    decode_journal,
    encode_record,
)
from vmss_tui.upgrade.events import AnyEvent, Record

_RETRY_PAUSE = 1.0
"""Real seconds until the next attempt of an append without an answer."""
_LEASE_WAIT = 70.0
"""Real seconds in which the lease of the previous worker's journal ends."""
_TAIL_INTERVAL = 0.5
"""Real seconds between two reads of a journal by one viewer."""


def read_blob_journal(container: BlobContainer, folder: str) -> JournalContents:
    """All records of a run; `size` is that of its last part. Raises `BlobError`."""
    return _read_parts(container, folder)[1]


def _read_parts(container: BlobContainer, folder: str) -> tuple[int, JournalContents]:
    """The number of the last part, and the records of all."""
    records: tuple[Record, ...] = ()
    part = 1
    while True:
        name = journal_blob(folder, part)
        content = container.read(name)
        data = content.data if content else b""
        contents = decode_journal(data, name, expect_seq=len(records) + 1)
        records += contents.records
        if contents.damage or contents.is_torn or len(records) < part * RECORDS_PER_BLOB:
            damage = contents.damage or ("its last block is no record" if contents.is_torn else "")
            return part, JournalContents(records, contents.size, damage=damage)
        part += 1


class BlobJournal:
    """The journal of one run, opened for appending by its worker."""

    def __init__(self, container: BlobContainer, folder: str, lock: LeasedLock) -> None:
        """Opens or creates it; raises `JournalReadOnly`, `JournalError`."""
        self._container, self._folder, self._lock = container, folder, lock
        self.is_interrupted: Callable[[], bool] = lambda: False
        try:
            self._part, self.contents = _read_parts(container, folder)
            if self.contents.damage:
                raise JournalReadOnly(self.contents.damage)
            self._open_part()
            # Records of the previous worker may have come until its lease ended.
            self._part, self.contents = _read_parts(container, folder)
        except BlobError as error:
            raise JournalError(f"the journal cannot be opened: {error.message}") from error
        if self.contents.damage:
            raise JournalReadOnly(self.contents.damage)
        self._position = self.contents.size
        self.seq = self.contents.records[-1].seq if self.contents.records else 0

    @property
    def _name(self) -> str:
        return journal_blob(self._folder, self._part)

    def append(self, event: AnyEvent, at: datetime, t: float) -> Record:
        """Appends an event, which is durable on return. Raises `JournalError`, after which nothing
        may be sent, and waits for a storage that does not answer while the lease can be proved."""
        record = Record(seq=self.seq + 1, at=at.isoformat(timespec="milliseconds"), t=t, body=event)
        line = encode_record(record)
        self._append_once(line)
        self.seq, self._position = record.seq, self._position + len(line)
        if self.seq == self._part * RECORDS_PER_BLOB:
            self._begin_next_part()
        return record

    def close(self) -> None:
        """Nothing is open; the lock ends with the worker."""

    def _append_once(self, line: bytes) -> None:
        """Appends, and decides by reading after a lost answer."""
        pause = threading.Event()
        is_repeated = False
        while True:
            try:
                self._container.append(self._name, line, self._position, self._lease_id())
            except BlobRefused as error:
                if error.code in LEASE_LOST_CODES:
                    raise JournalFenced("another worker has taken the run over") from error
                if error.code != APPENDED_MEANWHILE:
                    raise JournalError(f"the journal: {error.message}") from error
                if is_repeated and self._is_appended(line):
                    return
                raise JournalFenced("another worker has continued the journal") from error
            except BlobUnavailable as error:
                is_repeated = True
                if self.is_interrupted() or not self._lock.is_owned:
                    raise JournalError(f"the journal: {error.message}") from error
                pause.wait(_RETRY_PAUSE)
            else:
                return

    def _is_appended(self, line: bytes) -> bool:
        try:
            content = self._container.read(self._name, self._position)
        except BlobError as error:
            raise JournalError(f"the journal: {error.message}") from error
        return content is not None and content.data == line

    def _lease_id(self) -> str:
        lease = self._lock.lease
        if lease is None:
            raise JournalFenced("the lock of the scale set was released")
        return lease.id

    def _open_part(self) -> None:
        """Creates the part where it is missing, and takes its lease; waits for that of a previous
        worker to end."""
        self._container.create_append_blob(self._name)
        lease, pause = self._lock.lease, threading.Event()
        if lease is None:
            raise JournalFenced("the lock of the scale set was released")
        deadline = time.monotonic() + _LEASE_WAIT
        while True:
            try:
                lease.acquire(self._name)
            except BlobRefused as error:
                is_over = self.is_interrupted() or time.monotonic() > deadline
                if error.code != LEASE_HELD or is_over:
                    raise
                lease.renew()
                pause.wait(_RETRY_PAUSE)
            else:
                return

    def _begin_next_part(self) -> None:
        self._part, self._position = self._part + 1, 0
        try:
            self._open_part()
        except BlobError as error:
            raise JournalError(f"the journal cannot be continued: {error.message}") from error


class BlobJournalTail:
    """Follows the journal of a run from any machine."""

    def __init__(
        self, container: BlobContainer, folder: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._container, self._folder, self._now = container, folder, now
        self._part, self._offset, self._next_seq = 1, 0, 1
        self._read_at = float("-inf")
        self.damage = ""
        """As in `JournalContents`; what comes after it is not read."""

    def read_new(self, *, at_once: bool = False) -> tuple[Record, ...]:
        """The records since the last call; none where the storage does not answer now."""
        is_due = at_once or self._now() - self._read_at >= _TAIL_INTERVAL
        if self.damage or not is_due:
            return ()
        self._read_at = self._now()
        name = journal_blob(self._folder, self._part)
        try:
            content = self._container.read(name, self._offset)
        except BlobError:
            return ()
        if content is None:
            return ()
        contents = decode_journal(content.data, name, self._offset, self._next_seq)
        self._offset, self.damage = contents.size, contents.damage
        self._next_seq += len(contents.records)
        if self._next_seq > self._part * RECORDS_PER_BLOB:
            self._part, self._offset = self._part + 1, 0
            self._read_at = float("-inf")
        return contents.records
