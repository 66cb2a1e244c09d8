"""The folder of one run.

`run.json` is the manifest, with the plan and the context. The worker writes `journal.jsonl`, its
newest reading to `latest.json`, its output to `worker.log`, and why it ended before the run to
`stop.json`; viewers append to `intents.jsonl`. Any number of processes read them. The lock belongs
to the scale set, not to the run.
"""

import shutil
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.latest_view import LatestView, read_latest, write_latest
from vmss_tui.runtime.storage.machine_lock import (
    lock_path,
    read_lock_owner,
    take_worker_lock,
)
from vmss_tui.runtime.storage.port import LatestStatus
from vmss_tui.runtime.storage.run_records import (
    LockOwner,
    Manifest,
    RunSummary,
    decode_intent,
    run_summary,
)
from vmss_tui.runtime.storage.state_folder import FileLock, keep_file, read_kept_file
from vmss_tui.runtime.storage.worker_files import (
    IntentsFile,
    read_worker_failure,
    worker_stop,
    write_stop,
)
from vmss_tui.upgrade.events import Intent
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.run import Run

JOURNAL_NAME = "journal.jsonl"
_ABANDONED_AFTER = 60.0
"""Seconds after which a folder without a confirmed plan is no start in progress, whatever version
of the program has created it."""
REMOVED = ".removed-"
"""Prefix of a folder that is being removed."""


class RunFolder:
    """The files and the lock of one run."""

    def __init__(self, path: Path, locks_folder: Path, lock: FileLock | None = None) -> None:
        """`lock` is the lock of the scale set, where this process has taken it already."""
        self.path = path
        manifest = msgspec.json.decode((path / "run.json").read_bytes(), type=Manifest)
        self.manifest = manifest
        self.name = manifest.name
        self.lock = lock or FileLock(lock_path(locks_folder, manifest.plan.scale_set))
        self._intents = IntentsFile(path, decode_intent)
        self._has_begun = False

    @property
    def state_folder(self) -> Path:
        """The state folder that contains the run."""
        return self.path.parents[1]

    @property
    def journal_path(self) -> Path:
        """The journal, for `Journal` and `JournalTail`."""
        return self.path / JOURNAL_NAME

    @property
    def latest_path(self) -> Path:
        """The worker's newest reading, for `read_latest`."""
        return self.path / "latest.json"

    @property
    def log_path(self) -> Path:
        """The output of the worker."""
        return self.path / "worker.log"

    def open_journal(self) -> journal.Journal:
        """The journal, for the worker; raises `JournalReadOnly`, `JournalError`."""
        return journal.Journal(self.journal_path)

    def follow_journal(self) -> journal.JournalTail:
        """The journal, for a viewer."""
        return journal.JournalTail(self.journal_path)

    def read_journal(self) -> journal.JournalContents:
        """All records."""
        return journal.read_journal(self.journal_path, expect_seq=1)

    def journal_version(self) -> object:
        """Modification time and size; None where there is no journal."""
        try:
            status = self.journal_path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def last_record_at(self) -> str:
        """The time of the last record, from the end of the file."""
        return journal.last_record_time(self.journal_path)

    def last_write_at(self) -> float | None:
        """When the worker last wrote a record or a reading; None before that."""
        write_times = []
        for path in (self.journal_path, self.latest_path):
            with suppress(FileNotFoundError):
                write_times.append(path.stat().st_mtime)
        return max(write_times, default=None)

    def journal_age(self) -> float:
        """Seconds since the last record, by this machine's clock: that of a demo may be another."""
        return time.time() - self.journal_path.stat().st_mtime

    def latest_status(self) -> LatestStatus | None:
        """Of the worker's newest reading; None where there is none."""
        try:
            status = self.latest_path.stat()
        except FileNotFoundError:
            return None
        version = f"{status.st_mtime_ns}-{status.st_ino}"
        return LatestStatus(version, status.st_mtime)

    def read_latest(self) -> LatestView | None:
        """The worker's newest reading; None where there is none that can be decoded."""
        return read_latest(self.latest_path)

    def write_latest(self, view: LatestView) -> None:
        """Writes the worker's newest reading. Where that fails, viewers read Azure."""
        with suppress(OSError):
            write_latest(self.latest_path, view)

    def preview_status(self) -> LatestStatus | None:
        """None: the whole reading is a file of this machine."""
        return None

    def read_preview(self) -> LatestView | None:
        """None."""
        return None

    def break_lock(self, owner: LockOwner) -> bool:
        """Always False: only the machine of a worker can end its lock on a file."""
        return False

    @property
    def has_begun(self) -> bool:
        """The journal contains a confirmed plan. Else the start was refused, or is in progress."""
        self._has_begun = self._has_begun or journal.has_first_record(self.journal_path)
        return self._has_begun

    def take_lock(self, now: datetime, inherited: int | None = None) -> bool:
        """Takes the lock of the scale set; False where another process has it.

        `inherited` is the descriptor with which the parent process has passed the lock on.
        """
        return take_worker_lock(self.lock, self.name, now, inherited)

    def lock_owner(self) -> LockOwner | None:
        """The worker that has the lock of the scale set, of this run or of another."""
        return read_lock_owner(self.lock)

    @property
    def is_live(self) -> bool:
        """A worker of this run has the lock."""
        owner = self.lock_owner()
        return owner is not None and owner.run == self.name

    def reserve_stop_record(self) -> None:
        """Reserves space for the record of a worker's failure, or removes an earlier record."""
        write_stop(self.path, None)

    def record_stop(self, message: str) -> None:
        """Records why the worker ends before the run. The space was reserved: the disk is full."""
        write_stop(self.path, worker_stop(message))

    def worker_failure(self) -> str:
        """Why the last worker ended before the run did, as it recorded; empty where it did not."""
        return read_worker_failure(self.path)

    def keep_evidence(self, name: str, data: bytes) -> bool:
        """Writes a file that only the user can read."""
        return keep_file(self.path, name, data)

    def read_evidence(self, name: str) -> bytes | None:
        """The file, if there is one."""
        return read_kept_file(self.path, name)

    def append_intent(self, intent: Intent) -> None:
        """Appends an intent for the worker to handle; raises `JournalError`, without an effect."""
        self._intents.append(intent)

    @property
    def intents_size(self) -> int:
        """Bytes of the file of intents; grows with each of them."""
        return self._intents.size

    def read_intents(self) -> list[Intent]:
        """All intents; a last line without its end is still being written, and left out."""
        return self._intents.read()

    def read_run(self) -> tuple[Run, str]:
        """The run that its journal records, and the damage of the journal, if any."""
        contents = self.read_journal()
        return fold(contents.records), contents.damage

    def summary(self) -> RunSummary:
        """The row of this run in the list."""
        run, damage = self.read_run()
        return run_summary(self.manifest, run, damage, self.lock_owner(), self.worker_failure)

    def close(self) -> None:
        """Nothing is open."""

    def discard(self) -> None:
        """Removes the folder of a start that was refused; keeps a run that has begun."""
        if not self.has_begun:
            remove_folder(self.path)

    def remove(self) -> None:
        """Removes a run at once: under its name there is all of it, or nothing."""
        removed = self.path.with_name(f"{REMOVED}{self.path.name}")
        self.path.rename(removed)
        remove_folder(removed)


def remove_folder(path: Path) -> None:
    """Removes a folder and what is in it, as far as possible."""
    shutil.rmtree(path, ignore_errors=True)


def is_old_folder(path: Path) -> bool:
    """The folder was not created just now, by a start that is in progress."""
    try:
        return time.time() - path.stat().st_mtime > _ABANDONED_AFTER
    except OSError:
        return False
