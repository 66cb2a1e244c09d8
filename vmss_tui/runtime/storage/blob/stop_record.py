"""Why the last worker of a run ended before the run: a file of its machine, and a blob.

While the storage does not answer, the file alone has it: viewers on this machine show it, those on
others only that no worker runs. The next use of the store on this machine stores it, unless another
worker has started since. The blob decides for every machine once it was written.
"""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmss_tui.gateway.blobs import BlobContainer, BlobError, BlobItem
from vmss_tui.runtime.storage.blob import layout
from vmss_tui.runtime.storage.blob.journal import read_blob_journal
from vmss_tui.runtime.storage.worker_files import (
    WorkerStop,
    read_stop,
    stop_time,
    worker_stop,
    write_stop,
)
from vmss_tui.upgrade import events as ev

_FILE_TIME_STEP = 0.02
"""Seconds by which the time of a file may be before the clock: the system counts it in steps."""


class StopRecord:
    """The record of one run. For one process at a time as worker."""

    def __init__(self, container: BlobContainer, folder: str, local_path: Path) -> None:
        """`folder` is that of the run's blobs, `local_path` its folder on this machine."""
        self._container, self._folder, self._path = container, folder, local_path
        self._blob = layout.stop_blob(folder)
        self._has_old_blob = False
        self._messages: dict[str, str] = {}

    def reserve(self) -> None:
        """Removes the record of an earlier worker, and reserves space for the next."""
        write_stop(self._path, None)
        self._has_old_blob = True
        self.remove_old()

    def remove_old(self) -> None:
        """Removes the blob of an earlier worker, where that has not succeeded yet."""
        if self._has_old_blob:
            with suppress(BlobError):
                self._container.delete(self._blob)
                self._has_old_blob = False

    def write(self, message: str, seq: int) -> None:
        """Records it here, and in the storage by one short attempt. `seq` is that of the worker's
        last record; 0 where it opened no journal."""
        stop = worker_stop(message, seq=seq, is_stored=False)
        write_stop(self._path, stop)
        self._store(stop)

    def store_left(self) -> None:
        """Stores the record of a worker of this machine that could not; drops one that a later
        worker has made outdated."""
        stop = read_stop(self._path)
        if stop is None or stop.is_stored:
            return
        try:
            records = read_blob_journal(self._container, self._folder).records
        except BlobError:
            return
        if any(self._is_later(record, stop) for record in records):
            write_stop(self._path, None)
        else:
            self._store(stop)

    def read(self, item: BlobItem | None, listed_at: float) -> str:
        """The message; empty without a record. `item` is the blob in a listing of `listed_at`, in
        seconds since the epoch: without it a later worker has removed the record, or the listing is
        older."""
        stop = read_stop(self._path)
        if stop is not None and not stop.is_stored:
            return stop.message
        if item is not None:
            return self._read_blob(item.etag)
        is_new = stop is not None and stop_time(self._path) > listed_at - _FILE_TIME_STEP
        return stop.message if stop is not None and is_new else ""

    def _store(self, stop: WorkerStop) -> None:
        data = msgspec.json.encode({"message": stop.message, "seq": stop.seq})
        try:
            self._container.write(self._blob, data, is_last=True)
        except BlobError:
            return
        write_stop(self._path, msgspec.structs.replace(stop, is_stored=True))

    def _is_later(self, record: ev.Record, stop: WorkerStop) -> bool:
        """A worker has started after the one that recorded the stop."""
        if not isinstance(record.body, ev.WorkerStarted):
            return False
        if stop.seq:
            return record.seq > stop.seq
        stopped_at = datetime.fromtimestamp(stop_time(self._path), UTC)
        return datetime.fromisoformat(record.at) > stopped_at

    def _read_blob(self, etag: str) -> str:
        if etag not in self._messages:
            try:
                content = self._container.read(self._blob)
                message = str(msgspec.json.decode(content.data)["message"]) if content else ""
            except (BlobError, msgspec.MsgspecError, KeyError, TypeError):
                return ""
            self._messages = {etag: message}
        return self._messages[etag]
