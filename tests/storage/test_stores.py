"""The stores of runs: the folder and the container find, list and end runs alike."""

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.run_folders import AZURE, NOW, PLAN, append_events
from tests.support.shared_container import SharedContainer
from vmss_tui.arm.blobs import container as blob_container
from vmss_tui.runtime.storage.joined_store import JoinedStore
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.port import RunStore
from vmss_tui.runtime.storage.run_records import RunAmbiguous, RunNotFound
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.simulator.storage.account import Reply
from vmss_tui.upgrade import events as ev

PLAN_CONFIRMED = ev.PlanConfirmed(plan=PLAN, by="anna@host")


@pytest.fixture(params=["folder", "container", "both"])
def store(request: pytest.FixtureRequest, shared: SharedContainer, tmp_path: Path) -> RunStore:
    folder = FolderStore(tmp_path / "state")
    if request.param == "folder":
        return folder
    team = shared.store("ana")
    return team if request.param == "container" else JoinedStore(team, folder)


def test_a_run_is_found_by_its_name_or_by_a_beginning_that_only_it_has(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = iter(["aa01", "aa01", "ab02", "ac03"])
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: next(digits))
    names = []
    for has_begun in (True, True, False):
        run = store.create_locked(PLAN, AZURE, NOW)
        assert run is not None
        if has_begun:
            append_events(run, PLAN_CONFIRMED)
        run.close()
        run.lock.release()
        names.append(run.name)
    first, second, starting = names
    assert names == ["web-vmss-aa01", "web-vmss-ab02", "web-vmss-ac03"]
    assert sorted(store.names()) == sorted([first, second])
    assert store.find(first).manifest.plan == PLAN
    assert store.find(starting).name == starting
    assert store.find("web-vmss-ab").name == second
    with pytest.raises(RunAmbiguous, match=f"could be any of these runs: .*{first}"):
        store.find("web-vmss-")
    for missing in ("web-vmss-ac", "other"):
        with pytest.raises(RunNotFound, match=rf"there is no run '{missing}' \(runs: web-vmss-"):
            store.find(missing)


def test_a_viewer_on_another_machine_learns_at_once_who_was_faster_and_why_a_worker_stopped(
    shared: SharedContainer,
) -> None:
    ana, ben = shared.store("ana"), shared.store("ben")
    run = shared.create_run(ana)
    append_events(run, PLAN_CONFIRMED)
    run.lock.release()
    same_run = ben.find(run.name)
    assert same_run.lock_owner() is None
    assert run.take_lock(NOW)
    assert not same_run.take_lock(NOW)
    owner = same_run.lock_owner()
    assert owner is not None
    assert owner.run == run.name
    ben.forget()
    assert [(row.is_live, row.worker_failure) for row in ben.summaries()] == [(True, "")]
    run.lock.release()
    ben.forget()
    assert [(row.is_live, row.worker_failure) for row in ben.summaries()] == [(False, "")]
    run.record_stop("the sign-in has ended")
    ben.forget()
    (row,) = ben.summaries()
    assert (row.is_live, row.worker_failure) == (False, "the sign-in has ended")


def test_a_beginning_of_a_run_in_each_store_is_of_none(
    shared: SharedContainer, tmp_path: Path
) -> None:
    team, folder = shared.store("ana"), FolderStore(tmp_path / "state")
    for store in (team, folder):
        run = store.create_locked(PLAN, AZURE, NOW)
        assert run is not None
        append_events(run, PLAN_CONFIRMED)
        run.close()
        run.lock.release()
    both = JoinedStore(team, folder)
    with pytest.raises(RunAmbiguous, match="could be any of these runs"):
        both.find("web-vmss")
    assert [both.find(name).name for name in both.names()] == list(both.names())


@pytest.mark.parametrize("is_silent", [False, True], ids=["closes", "silent"])
def test_a_worker_ends_within_two_seconds_while_the_storage_does_not_answer(
    shared: SharedContainer, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    monkeypatch.setattr(blob_container, "LAST_TIMEOUT", 0.2)
    run = shared.create_run(shared.store("ana"))
    append_events(run, PLAN_CONFIRMED)
    run.write_latest(LatestView(None))
    is_over = threading.Event()

    def do_not_answer(_method: str, _operation: str, _carry_out: Callable[[], Reply]) -> None:
        if is_silent:
            is_over.wait()

    shared.server.interference = do_not_answer
    shared.server.requests.clear()
    began_at = time.monotonic()
    run.record_stop("the journal cannot be written")
    run.close()
    run.lock.release()
    seconds = time.monotonic() - began_at
    is_over.set()
    assert seconds < 2.0
    assert shared.waits == []
    assert [operation for _, operation in shared.server.requests] == ["put", "lease:release"]
    assert run.worker_failure() == "the journal cannot be written"
