"""What runs need of the place where they are stored: a folder of this machine, or Azure Blob.

A store keeps for each run its manifest, its journal, the worker's newest reading and the viewers'
intents, and for each scale set the exclusive right to carry out a run on it. Two adapters:
`run_store.FolderStore` and `blob.store.BlobStore`; one suite of tests covers both.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.journal import JournalContents
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.run_records import LockOwner, Manifest, RunNotFound, RunSummary
from vmss_tui.upgrade.events import AnyEvent, Intent, Record
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import Run


class LatestStatus(Struct, frozen=True):
    """Which reading of the worker is stored, and how old it is."""

    version: str
    """Differs for every reading."""
    written_at: float
    """When it was stored, in seconds since the epoch by this machine's clock."""


class SetLock(Protocol):
    """The exclusive right to carry out runs on one scale set."""

    @property
    def is_owned(self) -> bool:
        """The lock is certainly still this process's."""

    @property
    def descriptor(self) -> int | None:
        """The descriptor that a child process can inherit with the lock; None without it."""

    def hand_over(self) -> None:
        """A child process has the lock from now on; `release` then only closes this copy."""

    def release(self) -> None:
        """Releases the lock."""


class JournalWriter(Protocol):
    """The journal of one run, opened for appending by its worker."""

    contents: JournalContents
    """What it contained when it was opened."""
    is_interrupted: Callable[[], bool]
    """Ends the wait for a store that does not answer."""

    def append(self, event: AnyEvent, at: datetime, t: float) -> Record:
        """Appends an event, which is durable on return. Raises `JournalError`, after which nothing
        may be sent."""

    def close(self) -> None:
        """Releases what it holds open."""


class JournalReader(Protocol):
    """Follows a growing journal: reads each record once. For one thread at a time."""

    damage: str
    """As in `JournalContents`; what comes after it is not read."""

    def read_new(self, *, at_once: bool = False) -> tuple[Record, ...]:
        """The records since the last call; `at_once` also right after it."""


class StoredRun(Protocol):
    """One run in a store."""

    name: str
    manifest: Manifest

    @property
    def lock(self) -> SetLock:
        """The lock of the run's scale set."""

    @property
    def has_begun(self) -> bool:
        """The journal contains a confirmed plan. Else the start was refused, or is in progress."""

    @property
    def is_live(self) -> bool:
        """A worker of this run has the lock."""

    @property
    def log_path(self) -> Path:
        """A file of this machine for the output of the worker."""

    def take_lock(self, now: datetime, inherited: int | None = None) -> bool:
        """Takes the lock of the scale set; False where another process has it.

        `inherited` is the descriptor with which the parent process has passed the lock on.
        """

    def lock_owner(self) -> LockOwner | None:
        """The worker that has the lock of the scale set, of this run or of another."""

    def break_lock(self, owner: LockOwner) -> bool:
        """Ends the right of a worker of another machine; False where only its machine can."""

    def open_journal(self) -> JournalWriter:
        """The journal, for the worker that has the lock; raises `JournalReadOnly`,
        `JournalError`."""

    def follow_journal(self) -> JournalReader:
        """The journal, for a viewer."""

    def read_journal(self) -> JournalContents:
        """All records."""

    def journal_version(self) -> object:
        """Differs after every append; None where there is no journal."""

    def last_record_at(self) -> str:
        """The time of the last record; empty where it is not known without reading them all."""

    def last_write_at(self) -> float | None:
        """When the worker last wrote a record or a reading, in seconds since the epoch by this
        machine's clock; None before that."""

    def journal_age(self) -> float:
        """Real seconds since the last record was stored."""

    def latest_status(self) -> LatestStatus | None:
        """Of the worker's newest reading; None where there is none."""

    def read_latest(self) -> LatestView | None:
        """The worker's newest reading; None where there is none that can be decoded."""

    def preview_status(self) -> LatestStatus | None:
        """Of the preview of the heat map; None where there is none."""

    def read_preview(self) -> LatestView | None:
        """The preview of the heat map: not fresh, not complete, with its age; None where there is
        none that can be decoded."""

    def write_latest(self, view: LatestView) -> None:
        """Stores the worker's newest reading for viewers; a failure has no consequence."""

    @property
    def intents_size(self) -> int:
        """Grows with each intent."""

    def append_intent(self, intent: Intent) -> None:
        """Adds an intent for the worker to handle. Raises `JournalError`: without an effect, unless
        its message says that this is not known."""

    def read_intents(self) -> list[Intent]:
        """All intents, in their order."""

    def reserve_stop_record(self) -> None:
        """Prepares `record_stop`, and removes an earlier record."""

    def record_stop(self, message: str) -> None:
        """Records why the worker ends before the run."""

    def worker_failure(self) -> str:
        """Why the last worker ended before the run did, as it recorded; empty where it did not."""

    def keep_evidence(self, name: str, data: bytes) -> bool:
        """Stores what a failed instance said, for every viewer of the run; False where it cannot be
        kept. May be called by any thread of the worker."""

    def read_evidence(self, name: str) -> bytes | None:
        """What `keep_evidence` has stored under this name; None without it."""

    def read_run(self) -> tuple[Run, str]:
        """The run that its journal records, and the damage of the journal, if any."""

    def summary(self) -> RunSummary:
        """The row of this run in the list."""

    def close(self) -> None:
        """Ends what the worker's methods have begun in the background."""

    def discard(self) -> None:
        """Removes a run whose start was refused; keeps one that has begun."""

    def remove(self) -> None:
        """Removes a run at once: under its name there is all of it, or nothing."""


class RunStore(Protocol):
    """All runs that this user can see."""

    @property
    def state_folder(self) -> Path:
        """This machine's folder for what is not shared: pins, the log of operations, outputs."""

    def create_locked(
        self,
        plan: Plan,
        context: AzureContext,
        now: datetime,
        *,
        assumed_yes: bool = False,
        name: str = "",
    ) -> StoredRun | None:
        """Takes the lock of the scale set, and creates the run only then; None where another
        process has the lock. An empty `name` makes a new one."""

    def sweep(self) -> None:
        """Removes what refused or interrupted starts have left."""

    def all(self) -> Sequence[StoredRun]:
        """All runs that have begun, newest first."""

    def summaries(self) -> Sequence[RunSummary]:
        """A row for each of all runs, newest first."""

    def names(self) -> Sequence[str]:
        """Names of all runs, newest first."""

    def find(self, prefix: str) -> StoredRun:
        """The run with this name, or the only one whose name begins so; raises `RunNotFound`."""

    def of_scale_set(self, scale_set: ScaleSetId) -> Iterator[StoredRun]:
        """Runs of one scale set, newest first, each opened when it is needed."""

    def live_run(self, scale_set: ScaleSetId) -> StoredRun | None:
        """The run whose worker has the lock of the scale set now."""

    def live_names(self) -> frozenset[str]:
        """The names of all runs whose workers have a lock now."""


def find_exact_run(store: RunStore, name: str) -> StoredRun | None:
    """The run with exactly this name, whether it has begun or not; None where there is none."""
    try:
        run = store.find(name)
    except RunNotFound:
        return None
    return run if run.name == name else None
