"""The runs on disk: refused starts leave none, and earlier runs cost a viewer nothing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.control_session import ControlSession
from tests.support.run_folders import (
    AZURE,
    COMPLETED,
    HALTED,
    NOW,
    PLAN,
    WEB,
    add_run,
    append_events,
    counted_opens,
    make_old,
)
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs.recent_requests import RecentRequests
from vmss_tui.runtime.runs.worker import WorkerError
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.state_folder import FileLock
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase


@pytest.fixture
def session(tmp_path: Path) -> ControlSession:
    return ControlSession(tmp_path / "state")


@pytest.mark.parametrize(
    "failure", [WorkerError("Not signed in"), OSError(28, "No space left on device")]
)
def test_a_start_that_its_worker_refuses_leaves_no_run(
    session: ControlSession, failure: Exception
) -> None:
    session.failure = failure
    with pytest.raises((RunRefused, OSError), match=r"signed in|No space"):
        session.control.start(PLAN)
    assert session.launched
    assert session.runs_on_disk() == []
    assert session.store.live_run(WEB) is None


def test_a_start_on_a_set_whose_lock_is_taken_creates_no_folder(session: ControlSession) -> None:
    lock = FileLock(session.store.create(PLAN, AZURE, NOW).lock.path)
    (folder,) = session.runs_on_disk()
    make_old(folder)
    assert lock.take(b"a worker that has not written its name yet")
    with pytest.raises(RunRefused, match="has the lock of web-rg/web-vmss"):
        session.control.start(PLAN)
    assert session.launched == []
    assert session.runs_on_disk() == [folder]
    lock.release()


def test_a_run_whose_worker_has_written_is_kept_when_its_start_fails(
    session: ControlSession,
) -> None:
    def write_and_fail(folder: StoredRun) -> None:
        append_events(folder, ev.PlanConfirmed(plan=PLAN, by="anna@host"))
        raise WorkerError("killed")

    session.launch = write_and_fail
    with pytest.raises(RunRefused, match="killed"):
        session.control.start(PLAN)
    assert [row.phase for row in session.store.summaries()] == [Phase.ROLLING_FORWARD]


def test_a_folder_without_a_confirmed_plan_is_no_run_and_goes_at_the_next_start(
    session: ControlSession,
) -> None:
    abandoned = session.store.create(PLAN, AZURE, NOW)
    abandoned.journal_path.write_bytes(b'{"v":1,"seq":1,')  # killed in its first record
    unnamed = abandoned.path.with_name("20260101T000000-web-vmss-0000")
    unnamed.mkdir(0o700)
    for path in (abandoned.path, unnamed):
        make_old(path)
    assert list(session.store.all()) == []
    assert list(session.control.summaries()) == []
    assert list(session.store.names()) == []
    assert session.control.latest_run_name(WEB) is None
    with pytest.raises(RunRefused, match=r"has not started .*: plan a new run"):
        session.control.resume(abandoned.name)
    with pytest.raises(RunRefused, match="has not started"):
        session.control.send_intent(abandoned.name, ev.IntentKind.ABORT)
    assert session.launched == []
    name = session.control.start(PLAN)
    assert [path.name.partition("-")[2] for path in session.runs_on_disk()] == [name]


def test_the_worker_of_a_new_run_inherits_the_lock_that_was_taken_before_its_folder(
    session: ControlSession,
) -> None:
    seen: list[tuple[str, bool]] = []

    def launch(folder: StoredRun) -> None:
        owner = folder.lock_owner()
        assert owner is not None
        assert folder.lock.descriptor is not None
        seen.append((owner.run, folder.lock.is_owned))

    session.launch = launch
    name = session.control.start(PLAN)
    append_events(session.store.find(name), ev.PlanConfirmed(plan=PLAN, by="anna@host"))
    session.control.resume(name)
    assert seen == [(name, True), (name, True)]
    assert session.store.live_run(WEB) is None


# What earlier runs cost


def poll(session: ControlSession) -> None:
    """What a dashboard without a live run looks at twice a second."""
    assert session.control.live_run_name(WEB) is None
    assert session.control.latest_run_name(WEB) is not None
    assert session.permission.refusal_reason(WEB) is None


def test_a_viewer_that_polls_opens_no_file_of_earlier_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for runs in (2, 30):
        session = ControlSession(tmp_path / f"{runs}")
        for _ in range(runs):
            add_run(session.store, COMPLETED)
        make_old(session.store.state_folder / "runs")
        poll(session)
        with counted_opens(monkeypatch) as opened:
            poll(session)
        counts.append(len(opened))
    assert counts[0] == counts[1]
    assert counts[1] <= 2  # the lock


def test_the_list_of_runs_reads_a_journal_again_only_where_it_has_changed(
    session: ControlSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [add_run(session.store, COMPLETED) for _ in range(5)]
    before = session.control.summaries()
    append_events(folders[0], HALTED)
    with counted_opens(monkeypatch) as opened:
        rows = session.control.summaries()
    journals = [name for name in opened if name.endswith("journal.jsonl")]
    assert set(journals) == {str(folders[0].journal_path)}
    changed = [new for old, new in zip(before, rows, strict=True) if old != new]
    assert [(row.name, row.phase) for row in changed] == [(folders[0].name, Phase.FAULTED)]


def test_a_run_that_gets_a_worker_is_listed_as_live_though_its_journal_is_unchanged(
    session: ControlSession,
) -> None:
    folder = add_run(session.store, HALTED)
    assert [row.is_live for row in session.control.summaries()] == [False]
    assert folder.take_lock(NOW)
    assert [row.is_live for row in session.control.summaries()] == [True]
    assert session.control.live_run_name(WEB) == folder.name
    folder.lock.release()
    assert [row.is_live for row in session.control.summaries()] == [False]


def test_a_start_folds_no_journal_whose_last_record_is_old(
    session: ControlSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        add_run(session.store, COMPLETED)
    new_run = add_run(session.store)
    folded: list[str] = []
    true_read = RunFolder.read_run

    def count_read(folder: RunFolder) -> Any:
        folded.append(folder.name)
        return true_read(folder)

    monkeypatch.setattr(RunFolder, "read_run", count_read)

    def find_latest(now: datetime) -> object:
        clock = BootClock()
        monkeypatch.setattr(clock, "wall", lambda: now)
        return RecentRequests(session.store, WEB, clock, AZURE, new_run.name).find_latest(60.0)

    assert find_latest(NOW + timedelta(hours=1)) is None
    assert folded == []
    assert find_latest(NOW + timedelta(seconds=59)) is None
    assert len(folded) == 3
