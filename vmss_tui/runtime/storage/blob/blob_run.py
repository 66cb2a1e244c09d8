"""One run in a container. See `layout` for its blobs, and `port.StoredRun` for the methods."""

import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from vmss_tui.gateway.blobs import BlobContainer, BlobError, BlobItem, BlobRefused
from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.blob import layout
from vmss_tui.runtime.storage.blob.cache import TimedCache
from vmss_tui.runtime.storage.blob.intents import IntentBlobs
from vmss_tui.runtime.storage.blob.journal import BlobJournal, BlobJournalTail, read_blob_journal
from vmss_tui.runtime.storage.blob.leased_lock import LeasedLock
from vmss_tui.runtime.storage.blob.map_preview import decode_latest, decode_preview, read_view
from vmss_tui.runtime.storage.blob.stop_record import StopRecord
from vmss_tui.runtime.storage.blob.upload import BackgroundExchange
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.machine_lock import read_lock_owner
from vmss_tui.runtime.storage.port import LatestStatus
from vmss_tui.runtime.storage.run_records import LockOwner, Manifest, RunSummary, run_summary
from vmss_tui.runtime.storage.state_folder import (
    ensure_private_folder,
    keep_file,
    read_kept_file,
)
from vmss_tui.upgrade.events import Intent
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.run import Run


class BlobRun:
    """The blobs and the lock of one run."""

    def __init__(
        self,
        container: BlobContainer,
        folder: str,
        manifest: Manifest,
        lock: LeasedLock,
        local_path: Path,
        owners: TimedCache[dict[str, LockOwner]],
        listing: TimedCache[dict[str, list[BlobItem]]],
    ) -> None:
        """`local_path` is this machine's folder for the run's outputs. `owners` has the workers
        with a lease by the blobs of their scale sets, and `listing` the blobs of all runs by their
        folders, both as of a moment ago: one request serves every question of viewers."""
        self._container, self.folder, self.manifest = container, folder, manifest
        self.name = manifest.name
        self.lock = lock
        self._local_path, self._owners = local_path, owners
        self._set_blob = layout.set_blob(manifest.plan.scale_set)
        self._has_begun = False
        self._exchange: BackgroundExchange | None = None
        self._intents = IntentBlobs(container, folder)
        self._journal: BlobJournal | None = None
        self._stop_record = StopRecord(container, folder, local_path)
        self._listing = listing

    @property
    def log_path(self) -> Path:
        """A file of this machine for the output of the worker."""
        return self._local_path / "worker.log"

    # Lock

    def take_lock(self, now: datetime, inherited: int | None = None) -> bool:
        """Takes lock and lease, or continues those of the parent process. Raises `JournalError`
        where the storage does not answer."""
        if inherited is not None and self.lock.adopt(inherited, self.name, now):
            return True
        try:
            is_taken = self.lock.take(self.name, now)
        except BlobError as error:
            raise journal.JournalError(error.message) from error
        if not is_taken:
            self._owners.clear()  # the message that follows names the owner
        return is_taken

    def lock_owner(self) -> LockOwner | None:
        """The worker that has the lock of the scale set, here or on another machine."""
        return read_lock_owner(self.lock.file) or self._owners.get().get(self._set_blob)

    @property
    def is_live(self) -> bool:
        """A worker of this run has the lock."""
        owner = self.lock_owner()
        return owner is not None and owner.run == self.name

    def break_lock(self, owner: LockOwner) -> bool:
        """Ends the leases of a worker of another machine: it cannot write to the journal any more,
        and so sends nothing more."""
        self._owners.clear()
        names = [self._set_blob]
        names += [item.name for item in self._list_items() if item.is_leased]
        for name in names:
            try:
                self._container.break_lease(name)
            except BlobRefused:
                continue  # it has ended meanwhile
            except BlobError:
                return False
        return True

    # Journal

    @property
    def has_begun(self) -> bool:
        """The journal contains a confirmed plan."""
        if not self._has_begun:
            first = layout.journal_blob(self.folder, 1)
            self._has_begun = any(i.name == first and i.size for i in self._look())
        return self._has_begun

    def open_journal(self) -> BlobJournal:
        """The journal, for the worker; its lease is renewed from now on."""
        opened = BlobJournal(self._container, self.folder, self.lock)
        if self.lock.lease is not None:
            self.lock.lease.start_renewing()
        self._journal = opened
        self.close()
        self._exchange = BackgroundExchange(
            self._container, self.folder, self._intents.count, self._stop_record
        )
        self._exchange.start()
        return opened

    def follow_journal(self) -> BlobJournalTail:
        """The journal, for a viewer."""
        return BlobJournalTail(self._container, self.folder)

    def read_journal(self) -> journal.JournalContents:
        """All records; raises `BlobError`."""
        return read_blob_journal(self._container, self.folder)

    def journal_version(self) -> object:
        """The etags of its parts; None where there is none."""
        return tuple(item.etag for item in self._journal_items()) or None

    def last_record_at(self) -> str:
        """The time of the last record, by the clock of the storage."""
        ages = [item.age for item in self._journal_items()]
        if not ages:
            return ""
        return datetime.fromtimestamp(time.time() - min(ages)).astimezone().isoformat()

    def journal_age(self) -> float:
        """Seconds since the last record, by the clock of the storage."""
        return min((item.age for item in self._journal_items()), default=0.0)

    def last_write_at(self) -> float | None:
        """When the worker last wrote a record or a reading."""
        readings = (layout.latest_blob(self.folder), layout.preview_blob(self.folder))
        items = [*self._journal_items(), *(i for i in self._look() if i.name in readings)]
        ages = [item.age + self._listing.age for item in items]
        return time.time() - min(ages) if ages else None

    # The worker's newest reading

    def latest_status(self) -> LatestStatus | None:
        """Of the worker's newest reading."""
        return self._status(layout.latest_blob(self.folder))

    def read_latest(self) -> LatestView | None:
        """The worker's newest reading."""
        return read_view(self._container, layout.latest_blob(self.folder), decode_latest)

    def preview_status(self) -> LatestStatus | None:
        """Of the preview of the heat map."""
        return self._status(layout.preview_blob(self.folder))

    def read_preview(self) -> LatestView | None:
        """The preview of the heat map."""
        return read_view(self._container, layout.preview_blob(self.folder), decode_preview)

    def write_latest(self, view: LatestView) -> None:
        """Stores the worker's newest reading and its preview, in the background."""
        if self._exchange is not None:
            self._exchange.upload(view)

    def _status(self, name: str) -> LatestStatus | None:
        item = self._find_item(name)
        if item is None:
            return None
        return LatestStatus(item.etag, time.time() - item.age - self._listing.age)

    # Intents

    @property
    def intents_size(self) -> int:
        """The number of intents; for the worker as of its last look, at most a second ago."""
        if self._exchange is not None:
            return self._exchange.intents
        return sum(item.name.startswith(self._intents.prefix) for item in self._look())

    def append_intent(self, intent: Intent) -> None:
        """Adds an intent; raises `JournalError`, without an effect."""
        self._intents.append(intent)
        self._listing.clear()

    def read_intents(self) -> list[Intent]:
        """All intents, in their order."""
        return self._intents.read(self.intents_size)

    # Why the last worker ended

    def reserve_stop_record(self) -> None:
        """Prepares this machine's record, and removes that of an earlier worker."""
        self._stop_record.reserve()

    def record_stop(self, message: str) -> None:
        """Records the message here, and for the other machines as soon as the storage can be
        reached from this one."""
        self._stop_record.write(message, self._journal.seq if self._journal else 0)

    def store_left_stop(self) -> None:
        """Stores what `record_stop` could not."""
        self._stop_record.store_left()

    def worker_failure(self) -> str:
        """Why the last worker ended before the run did."""
        item = self._find_item(layout.stop_blob(self.folder))
        return self._stop_record.read(item, time.time() - self._listing.age)

    # Evidence

    def keep_evidence(self, name: str, data: bytes) -> bool:
        """Stores a blob of the run, and a file of this machine: one of them is enough."""
        is_kept = keep_file(self._local_path, name, data)
        with suppress(BlobError):
            is_kept = self._container.write(f"{self.folder}{name}", data) or is_kept
        return is_kept

    def read_evidence(self, name: str) -> bytes | None:
        """The file of this machine, else the blob."""
        if (data := read_kept_file(self._local_path, name)) is not None:
            return data
        try:
            content = self._container.read(f"{self.folder}{name}")
        except BlobError:
            return None
        return content.data if content else None

    # The run

    def read_run(self) -> tuple[Run, str]:
        """The run that its journal records, and the damage of the journal, if any."""
        contents = self.read_journal()
        return fold(contents.records), contents.damage

    def summary(self) -> RunSummary:
        """The row of this run in the list."""
        run, damage = self.read_run()
        return run_summary(self.manifest, run, damage, self.lock_owner(), self.worker_failure)

    def discard(self) -> None:
        """Removes a run whose start was refused; keeps one that has begun."""
        self._listing.clear()
        if not self.has_begun:
            self.remove()

    def remove(self) -> None:
        """Removes the manifest first: without it there is no run under the name."""
        self._container.delete(layout.manifest_blob(self.folder))
        for item in self._list_items():
            self._container.delete(item.name)

    def close(self) -> None:
        """Ends the exchange in the background."""
        if self._exchange is not None:
            self._exchange.stop()
            self._exchange = None

    def _journal_items(self) -> list[BlobItem]:
        prefix = f"{self.folder}journal-"
        return [item for item in self._look() if item.name.startswith(prefix)]

    def _look(self) -> list[BlobItem]:
        """The run's blobs a moment ago; none where the storage does not answer."""
        try:
            return self._listing.get().get(self.folder, [])
        except BlobError:
            return []

    def _find_item(self, name: str) -> BlobItem | None:
        return next((item for item in self._look() if item.name == name), None)

    def _list_items(self) -> list[BlobItem]:
        return self._container.list(self.folder)


def ensure_local_folder(path: Path) -> Path:
    """This machine's folder for the outputs of a run."""
    return ensure_private_folder(path)
