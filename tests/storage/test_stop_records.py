"""Why a worker ended, where the storage does not answer then: kept here, and stored later."""

import re
import signal
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.run_folders import HALTED, NOW, PLAN, append_events
from tests.support.shared_container import SharedContainer
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.runs.worker import worker_process
from vmss_tui.runtime.storage.blob.blob_run import BlobRun
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.simulator.storage.account import Reply, refusal_reply
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events import Intent, IntentKind

REASON = "the journal: the storage cannot be reached"
PLAN_CONFIRMED = ev.PlanConfirmed(plan=PLAN, by="anna@host")


def pass_on(_method: str, _operation: str, carry_out: Callable[[], Reply]) -> Reply:
    return carry_out()


def stop_without_storage(shared: SharedContainer) -> BlobRun:
    """A run whose worker on Ana's machine has ended while the storage did not answer."""
    run = shared.create_run(shared.store("ana"))
    run.reserve_stop_record()
    append_events(run, PLAN_CONFIRMED, ev.WorkerStarted(pid=1, host="ana"))
    shared.server.interference = lambda *_: None
    run.record_stop(REASON)
    run.close()
    run.lock.release()
    assert run.worker_failure() == REASON
    return run


def failures(store: BlobStore) -> list[tuple[bool, str]]:
    store.forget()
    return [(row.is_live, row.worker_failure) for row in store.summaries()]


def test_the_reason_of_a_worker_is_stored_for_all_by_the_next_use_of_its_machine(
    shared: SharedContainer,
) -> None:
    run = stop_without_storage(shared)
    shared.server.interference = pass_on
    shared.now += 61.0
    ben = shared.store("ben")
    assert failures(ben) == [(False, "")]  # nothing is claimed
    assert failures(shared.store("ana")) == [(False, REASON)]
    assert failures(ben) == [(False, REASON)]
    again = shared.take_over("ben", run.name)
    again.reserve_stop_record()
    append_events(again, ev.WorkerStarted(pid=2, host="ben", resumed=True))
    again.lock.release()
    assert failures(ben) == failures(shared.store("ana"))
    assert failures(ben)[0][1] == ""


def test_a_reason_that_a_later_worker_has_made_outdated_is_dropped(
    shared: SharedContainer,
) -> None:
    run = stop_without_storage(shared)
    shared.server.interference = pass_on
    again = shared.take_over("ben", run.name)
    append_events(again, ev.WorkerStarted(pid=2, host="ben", resumed=True), HALTED)
    again.lock.release()
    ana = shared.store("ana")
    assert failures(ana) == [(False, "")]
    assert failures(shared.store("ben")) == [(False, "")]


@pytest.mark.parametrize("unfinished", [True, False])
def test_a_worker_that_a_signal_ends_says_on_every_machine_where_and_when(
    shared: SharedContainer, monkeypatch: pytest.MonkeyPatch, unfinished: bool
) -> None:
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    run = shared.create_run(shared.store("ana"))
    run.lock.release()
    stops: list[str] = []
    with worker_process(run, BootClock(), None, str) as term:
        append_events(run, PLAN_CONFIRMED, ev.WorkerStarted(pid=1, host="ana"))
        term.stops(lambda: stops.append("loop"), lambda: unfinished)
        handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert stops == ["loop"]
    assert handlers[signal.SIGHUP] is signal.SIG_IGN
    ((is_live, reason),) = failures(shared.store("ben"))
    assert not is_live
    expected = rf"stopped by a signal on {socket.gethostname()} at \d{{4}}-\d\d-\d\d [\d:]{{8}} UTC"
    assert re.fullmatch(expected if unfinished else "", reason)


def test_an_old_reason_that_could_not_be_removed_is_removed_by_the_next_worker(
    shared: SharedContainer,
) -> None:
    run = shared.create_run(shared.store("ana"))
    run.record_stop(REASON)
    shared.server.interference = lambda _method, operation, carry_out: (
        refusal_reply(503, "ServerBusy") if operation == "delete" else carry_out()
    )
    run.reserve_stop_record()
    append_events(run, PLAN_CONFIRMED)
    shared.server.interference = pass_on
    ben = shared.store("ben")
    assert ben.find(run.name).worker_failure() == REASON
    run._stop_record.remove_old()  # as the exchange in the background does each second
    ben.forget()
    assert ben.find(run.name).worker_failure() == ""


def test_an_intent_whose_answer_was_lost_is_not_called_without_effect(
    shared: SharedContainer,
) -> None:
    run = shared.create_run(shared.store("ana"))
    append_events(run, PLAN_CONFIRMED)
    viewer = shared.store("ben").find(run.name)
    pause = Intent(kind=IntentKind.PAUSE, by="ben@host", at=NOW.isoformat(), id="1")

    def lose_the_answer(
        _method: str, operation: str, carry_out: Callable[[], Reply]
    ) -> Reply | None:
        reply = carry_out()
        return None if operation == "put" else reply

    shared.server.interference = lose_the_answer
    with pytest.raises(JournalError, match="whether the run receives this is not known"):
        viewer.append_intent(pause)
    shared.server.interference = lambda *_: None
    with pytest.raises(JournalError) as refused:
        viewer.append_intent(pause)
    assert "not known" not in refused.value.message
    shared.server.interference = pass_on
    assert shared.store("cleo").find(run.name).read_intents() == [pause]
