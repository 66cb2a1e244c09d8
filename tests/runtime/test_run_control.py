"""Intents of read-only sessions, and intents for runs that are over: refused in words."""

from pathlib import Path

import pytest

from tests.support.control_session import ControlSession
from tests.support.in_process_crash import WorkerKilled
from tests.support.run_folders import COMPLETED, HALTED, NOW, PLAN, add_run, append_events
from vmss_tui.errors import VmssError
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase


@pytest.fixture
def session(tmp_path: Path) -> ControlSession:
    return ControlSession(tmp_path / "state")


@pytest.mark.parametrize("events", [(), (HALTED,)])
def test_a_read_only_session_starts_no_worker_to_abort_a_run_that_has_none(
    tmp_path: Path, events: tuple[ev.AnyEvent, ...]
) -> None:
    session = ControlSession(tmp_path, read_only=True)
    folder = add_run(session.store, *events)
    with pytest.raises(RunRefused, match=r"this session is read-only"):
        session.control.send_intent(folder.name, ev.IntentKind.ABORT)
    assert session.launched == []
    assert folder.read_intents() == []


@pytest.mark.parametrize("kind", sorted(set(ev.IntentKind) - {"pause", "abort"}))
def test_a_read_only_session_sends_no_intent_that_makes_a_worker_write(
    tmp_path: Path, kind: str
) -> None:
    session = ControlSession(tmp_path, read_only=True)
    folder = add_run(session.store, HALTED)
    assert folder.take_lock(NOW)
    for attempt in (
        lambda: session.control.send_intent(folder.name, ev.IntentKind(kind)),
        lambda: session.control.resume(folder.name),
        lambda: session.control.resume(folder.name, folder.name),
        lambda: session.control.retry(folder.name, ("0",)),
        lambda: session.control.revert(folder.name),
        lambda: session.control.start(PLAN, take_over=folder.name),
    ):
        with pytest.raises(RunRefused, match="is read-only"):
            attempt()
    assert session.launched == []
    assert folder.read_intents() == []
    assert folder.is_live
    folder.lock.release()


@pytest.mark.parametrize("event", [COMPLETED, ev.Aborted(by="anna@host")])
def test_an_abort_after_the_end_says_so_and_starts_no_worker(
    session: ControlSession, event: ev.AnyEvent
) -> None:
    folder = add_run(session.store, event)
    refusal = r"has ended \((Completed|Aborted)\): there is nothing to abort"
    with pytest.raises(RunRefused, match=refusal):
        session.control.send_intent(folder.name, ev.IntentKind.ABORT)
    assert session.launched == []
    assert folder.read_intents() == []


def test_an_abort_that_comes_as_the_run_ends_is_withdrawn_and_says_so(
    session: ControlSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(session.store)
    true_append = RunFolder.append_intent

    def end_first(target: RunFolder, intent: ev.Intent) -> None:
        if intent.kind is ev.IntentKind.ABORT:
            append_events(folder, COMPLETED)  # the last thing that its worker does
        true_append(target, intent)

    monkeypatch.setattr(RunFolder, "append_intent", end_first)
    with pytest.raises(RunRefused, match=r"has ended \(Completed\)"):
        session.control.send_intent(folder.name, ev.IntentKind.ABORT)
    assert session.launched == []
    abort, withdrawal = folder.read_intents()
    assert withdrawal.withdrawn_id == abort.id


def test_an_abort_that_the_worker_carries_out_at_once_before_it_exits_is_no_refusal(
    session: ControlSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(session.store)
    assert folder.take_lock(NOW)
    true_append = RunFolder.append_intent

    def carry_out(target: RunFolder, intent: ev.Intent) -> None:
        true_append(target, intent)
        handled = ev.IntentHandled(number=1, kind=intent.kind, by=intent.by)
        append_events(folder, ev.Aborted(by=intent.by), handled)
        folder.lock.release()

    monkeypatch.setattr(RunFolder, "append_intent", carry_out)
    session.control.send_intent(folder.name, ev.IntentKind.ABORT)
    assert folder.read_run()[0].phase is Phase.CANCELLED
    assert [intent.kind for intent in folder.read_intents()] == [ev.IntentKind.ABORT]
    assert session.launched == []


def test_an_abort_of_a_stopped_run_gives_it_the_worker_that_records_it(
    session: ControlSession,
) -> None:
    folder = add_run(session.store, HALTED)
    session.control.send_intent(folder.name, ev.IntentKind.ABORT)
    assert [launched.name for launched in session.launched] == [folder.name]


def test_a_run_with_a_given_name_is_started_once_however_often_its_start_is_interrupted(
    session: ControlSession,
) -> None:
    def die(_folder: StoredRun) -> None:
        raise WorkerKilled

    session.launch = die
    for starts in (1, 2):
        with pytest.raises(WorkerKilled):
            session.control.start(PLAN, name="web-vmss-of-a-campaign")
        assert len(session.launched) == starts
    assert len(session.runs_on_disk()) == 1

    session.launch = lambda folder: append_events(folder, ev.PlanConfirmed(plan=PLAN, by="anna"))
    names = {session.control.start(PLAN, name="web-vmss-of-a-campaign") for _ in range(3)}
    assert names == {"web-vmss-of-a-campaign"}
    assert len(session.launched) == 3, "a run that has begun is not started again"
    assert len(session.runs_on_disk()) == 1
    assert session.control.start(PLAN, name="web-vmss-of-a") == "web-vmss-of-a", "no prefix"


def test_an_intent_that_cannot_be_written_says_that_the_disk_is_full(
    session: ControlSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(session.store)
    assert folder.take_lock(NOW)
    monkeypatch.setattr("os.write", lambda _handle, data: len(data) - 1)
    with pytest.raises(VmssError, match=r"intents\.jsonl: the disk is full"):
        session.control.send_intent(folder.name, ev.IntentKind.PAUSE)
    folder.lock.release()
