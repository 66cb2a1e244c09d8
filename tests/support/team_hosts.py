"""Machines of one team: each has a state folder of its own, and all share a container.

The clock of leases is in the hands of the test, so that no test waits for the end of a lease.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.bench import Bench, BenchFactory, SimulatorClock
from vmss_tui.arm.blobs.connect import connect_container
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.blob import journal as blob_journal
from vmss_tui.runtime.storage.blob import store as blob_store
from vmss_tui.runtime.storage.blob.lease import Lease
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.simulator.storage.account import BlobAccount
from vmss_tui.simulator.storage.server import StorageServer

INSTANCES = 10
"""Of the scale set in these tests: two in each update domain."""


class Team:
    """A scale set, a container, and the machines of the team."""

    def __init__(self, make_bench: BenchFactory, folder: Path, stack: ExitStack) -> None:
        self.now = 1000.0
        """The time of leases, in seconds, for all machines and the storage."""
        self.leases: list[Lease] = []
        """Every lease that was acquired; a test that renews them in its own time has the last."""
        self._folder, self._stack = folder, stack
        self.server = stack.enter_context(StorageServer(BlobAccount(now=lambda: self.now)))
        self.world = make_bench()
        self.world.scale_in(INSTANCES)

    def machine(self, name: str) -> Bench:
        """A machine with a state folder of its own."""
        clock, started = SimulatorClock(self.world.simulator), list[StoredRun]()
        gateway = connect(
            endpoint=self.world.simulator.endpoint,
            subscription_id=self.world.simulator.subscription_id,
            monotonic=clock.real,
            now=clock.wall,
            retry_policy=RetryPolicy(wait=self.world.simulator.clock.advance),
        )
        self._stack.callback(gateway.close)
        container = connect_container(self.server.url, wait=lambda _seconds: None)
        self._stack.callback(container.close)
        store = BlobStore(container, self._folder / name, lambda: self.now)
        services = Services(gateway, store, clock, launch=started.append)
        return Bench(self.world.simulator, gateway, clock, services, started_runs=started)


@contextmanager
def make_team(
    make_bench: BenchFactory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Team]:
    """A team whose viewers look at the storage at every call, and whose retries do not wait."""
    monkeypatch.setattr(blob_store, "_LISTING_LIFETIME", -1.0)
    monkeypatch.setattr(blob_journal, "_RETRY_PAUSE", 0.001)
    monkeypatch.setattr(blob_journal, "_TAIL_INTERVAL", -1.0)
    acquire = Lease.acquire
    with ExitStack() as stack:
        team = Team(make_bench, folder, stack)

        def note(lease: Lease, name: str) -> None:
            team.leases.append(lease)
            acquire(lease, name)

        monkeypatch.setattr(Lease, "acquire", note)
        yield team
