"""Machines that share a container of the simulator's storage, without a scale set.

The clock of leases is in the hands of the test.
"""

from contextlib import ExitStack
from pathlib import Path

from tests.support.run_folders import AZURE, NOW, PLAN
from vmss_tui.arm.blobs.container_client import connect_container
from vmss_tui.runtime.storage.blob.blob_run import BlobRun
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.simulator.storage.account import BlobAccount
from vmss_tui.simulator.storage.server import StorageServer


class SharedContainer:
    """A container, and the stores of the machines that share it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.now = 1000.0
        """The time of leases, in seconds, for all machines and the storage."""
        self.waits: list[float] = []
        """Seconds that a client would have waited before a further attempt."""
        self.server = stack.enter_context(StorageServer(BlobAccount(now=lambda: self.now)))
        self._folder, self._stack = folder, stack

    def store(self, name: str) -> BlobStore:
        """The store, as a machine of this name opens it."""
        container = connect_container(self.server.url, wait=self.waits.append)
        store = BlobStore(container, self._folder / name, lambda: self.now)
        self._stack.callback(store.close)
        return store

    def create_run(self, store: BlobStore) -> BlobRun:
        """A run with its lock, whose journal has not begun."""
        run = store.create_locked(PLAN, AZURE, NOW)
        assert run is not None
        return self._end_later(run)

    def take_over(self, name: str, run: str) -> BlobRun:
        """The run with its lock, on another machine, after the lease of the previous one."""
        self.now += 61.0
        taken = self.store(name).find(run)
        assert taken.take_lock(NOW)
        return self._end_later(taken)

    def _end_later(self, run: BlobRun) -> BlobRun:
        self._stack.callback(run.lock.release)
        self._stack.callback(run.close)
        return run
