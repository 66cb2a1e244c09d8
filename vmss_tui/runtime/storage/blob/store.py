"""All runs of a team in one container. See `port.RunStore` for the methods.

Viewers call it several times a second; two listings, each one request, are cached for them for some
seconds. What decides about a write (the lock, a manifest) is read from the storage each time.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.gateway.blobs import BlobContainer, BlobError, BlobItem
from vmss_tui.runtime.storage.blob import layout
from vmss_tui.runtime.storage.blob.blob_run import BlobRun, ensure_local_folder
from vmss_tui.runtime.storage.blob.cache import TimedCache
from vmss_tui.runtime.storage.blob.leased_lock import LeasedLock
from vmss_tui.runtime.storage.blob.stop_record import StopRecord
from vmss_tui.runtime.storage.machine_lock import lock_path
from vmss_tui.runtime.storage.run_records import (
    LockOwner,
    Manifest,
    RunSummary,
    decode_lock_owner,
    match_run_name,
    new_manifest,
    new_name,
    run_not_found,
)
from vmss_tui.runtime.storage.state_folder import ensure_private_folder
from vmss_tui.runtime.storage.worker_files import read_stop, stop_time
from vmss_tui.upgrade.plan.plan import Plan

_LISTING_LIFETIME = 2.0
"""Real seconds for which a listing serves viewers."""
_TOLERANCE = 10.0
"""Real seconds for which it does while the storage does not answer."""
_STOPS_INTERVAL = 60.0
"""Real seconds between two looks for stop records that are not stored yet."""


class BlobStore:
    """The runs in one container."""

    def __init__(
        self, container: BlobContainer, state_folder: Path, now: Callable[[], float]
    ) -> None:
        """`now` is a clock in seconds that counts while this machine sleeps."""
        self.container = container
        self.state_folder = ensure_private_folder(state_folder)
        self._now = now
        local = ensure_private_folder(state_folder / "shared")
        self._locks_folder = ensure_private_folder(local / "locks")
        self._outputs_folder = ensure_private_folder(local / "runs")
        self._listing = TimedCache(self._list_runs, _LISTING_LIFETIME, _TOLERANCE)
        self._owners = TimedCache(self._list_owners, _LISTING_LIFETIME, _TOLERANCE)
        self._manifests: dict[str, Manifest] = {}
        self._owner_bodies: dict[str, tuple[str, LockOwner | None]] = {}
        self._runs: dict[str, BlobRun] = {}
        self._summaries: dict[str, tuple[object, RunSummary]] = {}
        self._stops_due_at = 0.0

    def create_locked(
        self,
        plan: Plan,
        context: AzureContext,
        now: datetime,
        *,
        assumed_yes: bool = False,
        name: str = "",
    ) -> BlobRun | None:
        """Takes the lease of the scale set, and creates the run only then."""
        if not name:
            existing_names = {layout.run_name(folder) for folder in self._all_folders()}
            name = new_name(plan.name, existing_names)
        lock = self._lock(plan.scale_set)
        if not lock.take(name, now):
            self._owners.clear()
            return None
        manifest = new_manifest(name, plan, context, now, assumed_yes=assumed_yes)
        folder = layout.run_folder(name, now)
        try:
            data = msgspec.json.encode(manifest)
            self.container.write(layout.manifest_blob(folder), data, only_new=True)
        except BlobError:
            lock.release()
            raise
        self.forget()
        return self._open(folder, manifest, lock)

    def sweep(self) -> None:
        """Removes nothing: another machine may be about to begin the run."""

    def all(self) -> Sequence[BlobRun]:
        """All runs that have begun, newest first."""
        return [run for folder in self._folders() if (run := self._find_run(folder)) is not None]

    def summaries(self) -> Sequence[RunSummary]:
        """A row for each of all runs; only runs whose journal or last stop has changed are read."""
        owners = {owner.run: owner for owner in self._live_owners().values()}
        rows: list[RunSummary] = []
        for folder, items in self._folders().items():
            stop = layout.stop_blob(folder)
            stopped_at = stop_time(self._outputs_folder / layout.run_name(folder))
            etags = (i.etag for i in items if "/journal-" in i.name or i.name == stop)
            version = (stopped_at, *etags)
            known = self._summaries.get(folder)
            if known is None or known[0] != version:
                run = self._find_run(folder)
                if run is None:
                    continue
                known = self._summaries[folder] = (version, run.summary())
            owner = owners.get(known[1].name)
            rows.append(
                replace(known[1], is_live=owner is not None, owner=owner.place if owner else "")
            )
        return rows

    def names(self) -> Sequence[str]:
        """Names of all runs, newest first."""
        return tuple(layout.run_name(folder) for folder in self._folders())

    def find(self, prefix: str) -> BlobRun:
        """The run with this name, or the only one whose name begins so; raises `RunNotFound`."""
        self._listing.clear()
        names = {folder: layout.run_name(folder) for folder in self._all_folders()}
        folder = match_run_name(prefix, names, self._folders().__contains__)
        manifest = self._manifest(folder)
        if manifest is None:
            raise run_not_found(prefix, self.names())
        return self._open(folder, manifest)

    def of_scale_set(self, scale_set: ScaleSetId) -> Iterator[BlobRun]:
        """Runs of one scale set, newest first, each opened when it is needed."""
        prefix = f"{scale_set.name.lower()}-"
        for folder in self._folders():
            if layout.run_name(folder).lower().startswith(prefix):
                run = self._find_run(folder)
                if run is not None and run.manifest.plan.scale_set.key == scale_set.key:
                    yield run

    def live_run(self, scale_set: ScaleSetId) -> BlobRun | None:
        """The run whose worker has the lease of the scale set now."""
        owner = self._live_owners().get(layout.set_blob(scale_set))
        if owner is None:
            return None
        folders = [f for f in self._all_folders() if layout.run_name(f) == owner.run]
        return self._find_run(folders[0]) if folders else None

    def live_names(self) -> frozenset[str]:
        """The names of all runs whose workers have a lease now."""
        return frozenset(owner.run for owner in self._live_owners().values())

    def forget(self) -> None:
        """Clears the caches, so that the next call reads from the storage."""
        self._listing.clear()
        self._owners.clear()

    def close(self) -> None:
        """Closes the connections."""
        self.container.close()

    def _lock(self, scale_set: ScaleSetId) -> LeasedLock:
        path = lock_path(self._locks_folder, scale_set)
        return LeasedLock(self.container, layout.set_blob(scale_set), path, self._now)

    def _open(self, folder: str, manifest: Manifest, lock: LeasedLock | None = None) -> BlobRun:
        """The run, with a lock of the caller's own."""
        return BlobRun(
            self.container,
            folder,
            manifest,
            lock or self._lock(manifest.plan.scale_set),
            ensure_local_folder(self._outputs_folder / manifest.name),
            self._owners,
            self._listing,
        )

    def _find_run(self, folder: str) -> BlobRun | None:
        """A run for viewers; None where its manifest cannot be decoded."""
        if folder not in self._runs:
            manifest = self._manifest(folder)
            if manifest is None:
                return None
            self._runs[folder] = self._open(folder, manifest)
        return self._runs[folder]

    def _manifest(self, folder: str) -> Manifest | None:
        if folder not in self._manifests:
            content = self.container.read(layout.manifest_blob(folder))
            if content is None:
                return None
            try:
                self._manifests[folder] = msgspec.json.decode(content.data, type=Manifest)
            except msgspec.MsgspecError:
                return None
        return self._manifests[folder]

    def _all_folders(self) -> dict[str, list[BlobItem]]:
        """All runs, newest first, with their blobs; also those that have not begun."""
        return self._listing.get()

    def _folders(self) -> dict[str, list[BlobItem]]:
        """The runs that have begun: their journal has a record."""
        return {
            folder: items
            for folder, items in self._all_folders().items()
            if any(item.size and "/journal-" in item.name for item in items)
        }

    def _list_runs(self) -> dict[str, list[BlobItem]]:
        folders: dict[str, list[BlobItem]] = {}
        for item in self.container.list(layout.RUNS):
            folders.setdefault(layout.folder_of(item.name), []).append(item)
        complete = {
            folder: items
            for folder, items in folders.items()
            if any(item.name == layout.manifest_blob(folder) for item in items)
        }
        self._store_left_stops(complete)
        return dict(sorted(complete.items(), reverse=True))

    def _store_left_stops(self, folders: Iterable[str]) -> None:
        """Stores why workers of this machine have ended, where the storage did not answer then: it
        has answered now."""
        if time.monotonic() < self._stops_due_at:
            return
        self._stops_due_at = time.monotonic() + _STOPS_INTERVAL
        for folder in folders:
            path = self._outputs_folder / layout.run_name(folder)
            stop = read_stop(path)
            if stop is not None and not stop.is_stored:
                StopRecord(self.container, folder, path).store_left()

    def _live_owners(self) -> dict[str, LockOwner]:
        """Blob of a scale set -> the worker that has its lease."""
        return self._owners.get()

    def _list_owners(self) -> dict[str, LockOwner]:
        owners: dict[str, LockOwner] = {}
        for item in self.container.list(layout.SETS):
            if item.is_leased and (owner := self._owner(item)) is not None:
                owners[item.name] = owner
        return owners

    def _owner(self, item: BlobItem) -> LockOwner | None:
        known = self._owner_bodies.get(item.name)
        if known is None or known[0] != item.etag:
            content = self.container.read(item.name)
            owner = decode_lock_owner(content.data) if content is not None else None
            known = self._owner_bodies[item.name] = (item.etag, owner)
        return known[1]
