"""A journal over several blobs: written, resumed on another machine, and followed by a viewer."""

import pytest

from tests.support.run_folders import NOW, PLAN
from tests.support.shared_container import SharedContainer
from vmss_tui.runtime.storage.blob import journal as blob_journal
from vmss_tui.runtime.storage.journal import JournalFenced
from vmss_tui.upgrade import events as ev


def started(pid: int) -> ev.WorkerStarted:
    """An event that its number identifies."""
    return ev.WorkerStarted(pid=pid, host="host", resumed=pid > 1)


def test_a_journal_goes_on_in_further_blobs_on_any_machine_and_before_any_viewer(
    shared: SharedContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_journal, "RECORDS_PER_BLOB", 5)
    first = shared.create_run(shared.store("ana"))
    journal = first.open_journal()
    journal.append(ev.PlanConfirmed(plan=PLAN, by="anna@host"), NOW, 0.0)
    viewer = shared.store("viewer")
    follower = viewer.find(first.name).follow_journal()
    seen = list(follower.read_new(at_once=True))
    for number in range(2, 13):
        journal.append(started(number), NOW, float(number))
        seen += follower.read_new(at_once=True)

    second = shared.take_over("ben", first.name)  # in the middle of the third blob
    journal_of_second = second.open_journal()
    assert len(journal_of_second.contents.records) == 12
    for number in range(13, 21):
        journal_of_second.append(started(number), NOW, float(number))
    with pytest.raises(JournalFenced):
        journal.append(started(13), NOW, 13.0)

    third = shared.take_over("carol", first.name)  # where a blob has just been filled
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
    names = [item.name for item in viewer.container.list("runs/") if "/journal-" in item.name]
    parts = [viewer.container.read(name) for name in names]
    assert [part.data.count(b"\n") for part in parts if part is not None] == [5, 5, 5, 5, 1]
