"""A journal over several blobs: written, resumed on another machine, and followed by a viewer."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.run_folders import AZURE, NOW, PLAN
from vmss_tui.arm.blobs.container_client import connect_container
from vmss_tui.runtime.storage.blob import journal as blob_journal
from vmss_tui.runtime.storage.blob.blob_run import BlobRun
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.runtime.storage.journal import JournalFenced
from vmss_tui.simulator.storage.account import BlobAccount
from vmss_tui.simulator.storage.server import StorageServer
from vmss_tui.upgrade import events as ev

PLAN_CONFIRMED = ev.PlanConfirmed(plan=PLAN, by="anna@host")
RECORDS = 5
"""Of each blob in this test."""


class Machines:
    """Machines that share a container whose clock is in the hands of the test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.now = 1000.0
        self.server = stack.enter_context(StorageServer(BlobAccount(now=lambda: self.now)))
        self._folder, self._stack = folder, stack

    def store(self, name: str) -> BlobStore:
        """The store, as a machine of this name opens it."""
        store = BlobStore(connect_container(self.server.url), self._folder / name, lambda: self.now)
        self._stack.callback(store.close)
        return store

    def take_over(self, name: str, run: str) -> BlobRun:
        """The run with its lock, on another machine, after the lease of the previous one."""
        self.now += 61.0
        taken = self.store(name).find(run)
        assert taken.take_lock(NOW)
        self._stack.callback(taken.lock.release)
        self._stack.callback(taken.close)
        return taken


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    monkeypatch.setattr(blob_journal, "RECORDS_PER_BLOB", RECORDS)
    with ExitStack() as stack:
        yield Machines(tmp_path, stack)


def started(pid: int) -> ev.WorkerStarted:
    """An event that its number identifies."""
    return ev.WorkerStarted(pid=pid, host="host", resumed=pid > 1)


def test_a_journal_goes_on_in_further_blobs_on_any_machine_and_before_any_viewer(
    machines: Machines,
) -> None:
    first = machines.store("ana").create_locked(PLAN, AZURE, NOW)
    assert first is not None
    journal = first.open_journal()
    journal.append(PLAN_CONFIRMED, NOW, 0.0)
    follower = machines.store("viewer").find(first.name).follow_journal()
    seen = list(follower.read_new(at_once=True))
    for number in range(2, 13):
        journal.append(started(number), NOW, float(number))
        seen += follower.read_new(at_once=True)

    second = machines.take_over("ben", first.name)  # in the middle of the third blob
    journal_of_second = second.open_journal()
    assert len(journal_of_second.contents.records) == 12
    for number in range(13, 21):
        journal_of_second.append(started(number), NOW, float(number))
    with pytest.raises(JournalFenced):
        journal.append(started(13), NOW, 13.0)

    third = machines.take_over("carol", first.name)  # where a blob has just been filled
    journal_of_third = third.open_journal()
    assert len(journal_of_third.contents.records) == 20
    journal_of_third.append(started(21), NOW, 21.0)
    while new_records := follower.read_new(at_once=True):
        seen += new_records

    contents = third.read_journal()
    assert contents.damage == follower.damage == ""
    assert [record.seq for record in contents.records] == list(range(1, 22))
    assert [r.body for r in contents.records[1:]] == [started(number) for number in range(2, 22)]
    assert tuple(seen) == contents.records
    container = machines.store("viewer").container
    blobs = [
        container.read(item.name) for item in container.list("runs/") if "journal-" in item.name
    ]
    assert [blob.data.count(b"\n") for blob in blobs if blob is not None] == [5, 5, 5, 5, 1]
    first.close()
    first.lock.release()
