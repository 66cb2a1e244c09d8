"""Calls in threads that are used again, and that their caller may leave."""

import threading

import pytest

from tests.support.processes import wait_until
from vmss_tui.gateway import background_call
from vmss_tui.gateway.background_call import IDLE_NAME, BackgroundCall, Cancelled

SECONDS = 20.0


def current() -> tuple[threading.Thread, str]:
    """The thread of a call, and its name during the call."""
    return threading.current_thread(), threading.current_thread().name


def finished(call: "BackgroundCall[tuple[threading.Thread, str]]") -> tuple[threading.Thread, str]:
    """Waits for a call; returns its thread once that is idle, and the name that it had."""
    assert call.wait(SECONDS, lambda: False)
    thread, name = call.result()
    wait_until(lambda: thread.name == IDLE_NAME, "an idle thread")
    return thread, name


@pytest.fixture(autouse=True)
def own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread of an earlier test is used, and none of these by a later one."""
    monkeypatch.setattr(background_call._CallThread, "idle", [])


def test_a_thread_is_used_again_once_its_call_has_ended_and_a_hanging_call_delays_no_other() -> (
    None
):
    first, name = finished(BackgroundCall(current, "first"))
    assert name == "first"
    end = threading.Event()
    hanging = BackgroundCall(lambda: (end.wait(SECONDS), current())[1], "hanging")
    beside, name = finished(BackgroundCall(current, "beside"))
    assert (beside is first, name) == (False, "beside")
    assert not hanging.is_finished
    end.set()
    assert finished(hanging) == (first, "hanging")


def test_an_error_is_raised_by_the_result_and_the_thread_goes_on() -> None:
    def fail() -> None:
        raise LookupError("in the call")

    call = BackgroundCall(fail, "failing")
    assert call.wait(SECONDS, lambda: False)
    with pytest.raises(LookupError, match="in the call"):
        call.result()
    wait_until(lambda: bool(background_call._CallThread.idle), "an idle thread")
    assert finished(BackgroundCall(current, "next"))[1] == "next"


def test_a_caller_leaves_a_call_that_it_does_not_want_any_more() -> None:
    end = threading.Event()
    call = BackgroundCall(lambda: end.wait(SECONDS), "left")
    with pytest.raises(Cancelled):
        call.wait(SECONDS, lambda: True)
    assert not call.wait(0.0, lambda: False)
    end.set()
    assert call.wait(SECONDS, lambda: False)


def test_a_thread_ends_after_a_while_without_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_call, "_IDLE_SECONDS", 0.01)
    thread, _ = finished(BackgroundCall(current, "only"))
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert background_call._CallThread.idle == []
    assert finished(BackgroundCall(current, "another"))[0] is not thread
