"""All runs of this user on this machine: creates, finds and lists them.

Each is a folder `<state>/runs/<utc>-<set>-<short id>/`; locks are per scale set, in
`<state>/locks/`. Live runs are found by these locks, so that the number of earlier runs does not
matter to a viewer that polls.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.journal import has_first_record
from vmss_tui.runtime.storage.machine_lock import (
    encode_lock_owner,
    lock_path,
    read_lock_owner,
    take_lock,
)
from vmss_tui.runtime.storage.run_folder import (
    JOURNAL_NAME,
    REMOVED,
    RunFolder,
    is_old_folder,
    remove_folder,
)
from vmss_tui.runtime.storage.run_records import (
    LockOwner,
    RunSummary,
    match_run_name,
    new_manifest,
    new_name,
    run_folder_name,
    run_name_of,
    run_not_found,
)
from vmss_tui.runtime.storage.state_folder import FileLock, ensure_private_folder, write_private
from vmss_tui.runtime.storage.worker_files import read_worker_failure
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import ENDED_PHASES

_OPEN_FOLDERS = 64
"""Folders whose manifests are kept in memory, at most."""
_SETTLED_AFTER = 2_000_000_000
"""Nanoseconds after a change of the runs folder from which on its time is trusted: a second change
within one tick of the file system's clock has the same time."""


class FolderStore:
    """The runs in one state folder."""

    def __init__(self, state: Path) -> None:
        self.state_folder = ensure_private_folder(state)
        self._runs_folder = ensure_private_folder(state / "runs")
        self._locks_folder = ensure_private_folder(state / "locks")
        self._names: tuple[int, dict[Path, str]] = (0, {})
        """Modification time of the runs folder, and its entries at that time."""
        self._scale_set_keys: dict[Path, str] = {}
        self._begun: set[Path] = set()
        self._summaries: dict[Path, tuple[int, int, RunSummary]] = {}
        """Modification time and size of the journal, and its summary."""

        @lru_cache(_OPEN_FOLDERS)
        def open_folder(path: Path, _changed_at: int) -> RunFolder:
            return RunFolder(path, self._locks_folder)

        self._cached_folder = open_folder

    def create(
        self,
        plan: Plan,
        context: AzureContext,
        now: datetime,
        *,
        assumed_yes: bool = False,
        name: str = "",
        lock: FileLock | None = None,
    ) -> RunFolder:
        """Creates the folder of a confirmed plan, durable on return; nothing is left after an
        `OSError`."""
        name = name or new_name(plan.name, self._read_names().values())
        manifest = new_manifest(name, plan, context, now, assumed_yes=assumed_yes)
        path = ensure_private_folder(self._runs_folder / run_folder_name(name, now))
        try:
            write_private(path / "run.json", msgspec.json.encode(manifest))
            folder = RunFolder(path, self._locks_folder, lock)
            folder.reserve_stop_record()
        except OSError:
            remove_folder(path)
            raise
        return folder

    def create_locked(
        self,
        plan: Plan,
        context: AzureContext,
        now: datetime,
        *,
        assumed_yes: bool = False,
        name: str = "",
    ) -> RunFolder | None:
        """Takes the lock of the scale set, and creates the folder only then; None where another
        process has the lock. Removes the folders of earlier starts that were refused."""
        name = name or new_name(plan.name, self._read_names().values())
        lock = FileLock(lock_path(self._locks_folder, plan.scale_set))
        if not take_lock(lock, encode_lock_owner(name, now)):
            return None
        try:
            self.sweep()
            return self.create(plan, context, now, assumed_yes=assumed_yes, name=name, lock=lock)
        except OSError:
            lock.release()
            raise

    def sweep(self) -> None:
        """Removes what refused or interrupted starts have left: folders without a confirmed plan,
        except where the start is in progress or a newer version wrote the manifest."""
        live_names = self.live_names()
        for path, name in self._read_names().items():
            if name in live_names or self._has_begun(path) or not is_old_folder(path):
                continue
            if not (path / "run.json").exists() or list(self._open([path])):
                remove_folder(path)
        for path in self._runs_folder.glob(f"{REMOVED}*"):
            remove_folder(path)

    def all(self) -> Sequence[RunFolder]:
        """All runs, newest first; a folder without a readable manifest or without a confirmed plan
        is left out."""
        paths = [path for path in self._names_by_path() if self._has_begun(path)]
        return list(self._open(paths))

    def summaries(self) -> Sequence[RunSummary]:
        """A row for each of all runs, newest first. Only journals that have changed since the last
        call are read."""
        owners = self._live_owners()
        summaries: dict[Path, tuple[int, int, RunSummary]] = {}
        rows = []
        for path, name in self._names_by_path().items():
            with suppress(OSError, msgspec.MsgspecError):
                if self._has_begun(path):
                    summaries[path] = self._recorded_summary(path)
                    rows.append(_current(summaries[path][2], path, owners.get(name)))
        self._summaries = summaries
        return rows

    def names(self) -> Sequence[str]:
        """Names of all runs, newest first; opens no manifest."""
        return tuple(name for path, name in self._names_by_path().items() if self._has_begun(path))

    def find(self, prefix: str) -> RunFolder:
        """The run with this name, or the only one whose name begins so; raises `RunNotFound`.

        A run that is being started is found by its whole name only.
        """
        names = self._names_by_path()
        path = match_run_name(prefix, names, self._has_begun)
        try:
            return RunFolder(path, self._locks_folder)  # with a lock of the caller's own
        except (OSError, msgspec.MsgspecError) as error:
            raise run_not_found(prefix, self.names()) from error

    def of_scale_set(self, scale_set: ScaleSetId) -> Iterator[RunFolder]:
        """Runs of one scale set, newest first, each opened when it is needed."""
        prefix, key = f"{scale_set.name.lower()}-", scale_set.key
        for path, name in self._names_by_path().items():
            if not name.lower().startswith(prefix) or self._scale_set_keys.get(path, key) != key:
                continue
            for folder in self._open([path]):
                self._scale_set_keys[path] = folder.manifest.plan.scale_set.key
                if self._scale_set_keys[path] == key and folder.has_begun:
                    yield folder

    def live_run(self, scale_set: ScaleSetId) -> RunFolder | None:
        """The run whose worker has the lock of the scale set now. Opens the lock only, where it is
        free."""
        owner = read_lock_owner(FileLock(lock_path(self._locks_folder, scale_set)))
        if owner is None:
            return None
        names = self._names_by_path()
        folders = self._open(path for path in names if names[path] == owner.run)
        return next((f for f in folders if f.manifest.plan.scale_set.key == scale_set.key), None)

    def live_names(self) -> frozenset[str]:
        """The names of all runs whose workers have a lock now."""
        return frozenset(self._live_owners())

    def _live_owners(self) -> dict[str, LockOwner]:
        """Run name -> its worker, for all live runs."""
        owners = map(read_lock_owner, map(FileLock, self._locks_folder.glob("*.lock")))
        return {owner.run: owner for owner in owners if owner is not None}

    def _names_by_path(self) -> dict[Path, str]:
        """Folder -> run name, newest first. Reads the folder only after a change, because this is
        called several times a second."""
        changed_at = self._runs_folder.stat().st_mtime_ns
        if self._names[0] == changed_at:
            return self._names[1]
        names = self._read_names()
        if time.time_ns() - changed_at > _SETTLED_AFTER:
            self._names = changed_at, names
        return names

    def _read_names(self) -> dict[Path, str]:
        paths = sorted(self._runs_folder.iterdir(), reverse=True)
        return {path: run_name_of(path.name) for path in paths if not path.name.startswith(".")}

    def _has_begun(self, path: Path) -> bool:
        """As `RunFolder.has_begun`; a journal that has begun is not opened again."""
        if path not in self._begun and has_first_record(path / JOURNAL_NAME):
            self._begun.add(path)
        return path in self._begun

    def _recorded_summary(self, path: Path) -> tuple[int, int, RunSummary]:
        """Version and summary of a journal, from memory where it is unchanged."""
        journal_status = (path / JOURNAL_NAME).stat()
        version = journal_status.st_mtime_ns, journal_status.st_size
        known = self._summaries.get(path)
        if known is not None and known[:2] == version:
            return known
        return *version, RunFolder(path, self._locks_folder).summary()

    def _open(self, paths: Iterable[Path]) -> Iterator[RunFolder]:
        for path in paths:
            try:
                folder = self._cached_folder(path, (path / "run.json").stat().st_mtime_ns)
            except (OSError, msgspec.MsgspecError):
                continue
            yield folder


def _current(summary: RunSummary, path: Path, owner: LockOwner | None) -> RunSummary:
    """The summary with what can change while the journal does not."""
    is_live = owner is not None
    failure = "" if is_live or summary.phase in ENDED_PHASES else read_worker_failure(path)
    place = owner.place if owner is not None else ""
    if (place, failure) == (summary.owner, summary.worker_failure):
        return summary
    return replace(summary, is_live=is_live, owner=place, worker_failure=failure)
