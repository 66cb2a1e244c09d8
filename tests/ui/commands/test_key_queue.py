"""Keys that arrive together, and keys that come before a question can have been read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import pytest
from textual import events
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import run_services, three_set_services
from vmss_tui.ui import key_queue
from vmss_tui.ui.dialogs.choice import ChoiceScreen
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.leave import LeaveScreen
from vmss_tui.ui.instances.cell_modes import CellMode
from vmss_tui.ui.key_queue import QUIET_SECONDS, KeyGuard, Typed
from vmss_tui.ui.layers import DROPPED_KEYS

READY = "j k scroll"
"""Shown in a question that takes an answer."""


@dataclass
class FakeClock:
    """A clock that a test moves."""

    now: float = 1000.0
    typed_at: float | None = None
    """When every key was typed; None: at the moment at which the guard is asked about it."""

    def guard(self) -> KeyGuard:
        """A guard by this clock."""

        def typed_at(_event: Typed) -> float:
            return self.now if self.typed_at is None else self.typed_at

        return KeyGuard(QUIET_SECONDS, lambda: self.now, typed_at)


@asynccontextmanager
async def guarded(
    services: FakeServices | None = None,
    clock: FakeClock | None = None,
    *,
    list_first: bool = False,
) -> AsyncIterator[DashboardPilot]:
    """The dashboard as operators have it: with the guard."""
    guard = (clock or FakeClock()).guard()
    async with run_dashboard(services, list_first=list_first, key_guard=guard) as screen:
        yield screen


def field_text(screen: DashboardPilot) -> str:
    """The text of the field that has the focus."""
    assert isinstance(screen.app.focused, Input), screen.text
    return screen.app.focused.value


async def test_keys_that_arrive_with_the_one_that_asks_confirm_nothing_and_escape_closes_it() -> (
    None
):
    services = FakeServices()
    async with guarded(services) as screen:
        for data in ("Uy", "Uyyyyyyyy", "UUy", "a\x1b[200~y\x1b[201~Uy", "aU\tweb-vmss\r"):
            await screen.receive(data)
            question = screen.app.screen
            assert isinstance(question, ConfirmScreen), data
            if data.startswith("aU"):
                assert question.question.required_name == "web-vmss"
            assert services.run_control.started_plans == [], data
            await screen.press("escape")
            assert screen.app.screen.id == screen.screen.id, data
            assert len(screen.app.screen_stack) == 2, data
            await screen.press("backslash", "g")
    async with guarded(services) as screen:
        await screen.receive("uUy\ry\r")
        assert isinstance(screen.app.screen, ConfirmScreen)
        assert services.run_control.started_plans == []


async def test_keys_wait_for_a_key_that_is_delivered_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The event loop stands still for five seconds while the first key is delivered."""
    loop, stalls = asyncio.get_running_loop(), [0.0]
    loop_time, services, clock = loop.time, FakeServices(), FakeClock()
    async with guarded(services, clock) as screen:
        deliver = screen.app.key_queue._deliver

        async def deliver_slowly(event: events.Event) -> None:
            stalls[0] += 5.0
            await deliver(event)

        monkeypatch.setattr(screen.app.key_queue, "_deliver", deliver_slowly)
        monkeypatch.setattr(loop, "time", lambda: loop_time() + stalls[0])
        monkeypatch.setattr(key_queue, "monotonic", lambda: monotonic() + stalls[0])
        await screen.receive("Uyyyyyy")
        assert stalls == [5.0], "only the first key was delivered"
        assert isinstance(screen.app.screen, ConfirmScreen)
        assert services.run_control.started_plans == []
        clock.now += QUIET_SECONDS
        await screen.press("j")
        assert DROPPED_KEYS in screen.text


async def test_a_key_whose_queues_are_emptied_later_keeps_no_other_key_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with run_dashboard() as screen:
        queue = screen.app.key_queue
        monkeypatch.setattr(key_queue, "SETTLE_SECONDS", 60.0)
        monkeypatch.setattr(key_queue, "_STUCK_TICKS", 10_000)
        screen.app.post_message(events.Key("slash", "/"))
        while queue._next_settling is None:
            await asyncio.sleep(0)
        assert not queue.is_idle
        screen.app.post_message(events.Key("7", "7"))
        while queue._number < 2 or queue._next_settling is None:
            await asyncio.sleep(0)
        monkeypatch.setattr(key_queue, "SETTLE_SECONDS", 0.0)
        await screen.press("2")
        assert field_text(screen) == "72"


async def test_a_question_takes_a_yes_after_half_a_second_without_any_key() -> None:
    services, clock = FakeServices(), FakeClock()
    async with guarded(services, clock) as screen:
        await screen.press("U")
        assert READY not in screen.text
        for seconds, key in ((0.3, "y"), (0.4, "y"), (0.49, "j"), (0.4, "y")):
            clock.now += seconds
            await screen.press(key)
            assert services.run_control.started_plans == [], "less than half a second of quiet"
        clock.now += 0.5
        await screen.press("y")
        assert len(services.run_control.started_plans) == 1


async def test_a_question_shows_its_keys_once_it_takes_them_and_says_what_it_dropped() -> None:
    clock = FakeClock()
    async with guarded(clock=clock) as screen:
        await screen.receive("Uy")
        assert READY not in screen.text
        assert DROPPED_KEYS not in screen.text
        clock.now += 0.5
        await screen.wait_until(lambda: READY in screen.text)
        assert DROPPED_KEYS in screen.text
        await screen.press("escape")
        await screen.press("U")
        clock.now += 0.5
        await screen.wait_until(lambda: READY in screen.text)
        assert DROPPED_KEYS not in screen.text


async def test_a_key_that_waited_until_the_question_took_answers_is_dropped_and_noted() -> None:
    """On a busy machine the keys behind `U` may be delivered after half a second of quiet."""
    services = FakeServices()
    clock = FakeClock(typed_at=FakeClock.now)
    async with guarded(services, clock) as screen:
        await screen.press("U")
        clock.now += 0.5
        await screen.wait_until(lambda: READY in screen.text)
        assert DROPPED_KEYS not in screen.text
        await screen.press("y", "y")
        assert screen.text.count(DROPPED_KEYS) == 1
        assert services.run_control.started_plans == []
        clock.typed_at = None
        clock.now += 0.5
        await screen.press("y")
        assert len(services.run_control.started_plans) == 1


async def test_a_choice_takes_no_letter_that_arrives_with_its_key() -> None:
    clock = FakeClock()
    async with guarded(clock=clock) as screen:
        await screen.receive("Bcy\r")
        assert isinstance(screen.app.screen, ChoiceScreen)
        clock.now += 0.5
        await screen.press("c")
        assert isinstance(screen.app.screen, ConfirmScreen), screen.text
        await screen.press("y")
        assert isinstance(screen.app.screen, ConfirmScreen), "each question waits for itself"
        assert screen.services.instance_operations.plans == []


async def test_leaving_beside_a_live_run_takes_no_key_that_arrives_with_q() -> None:
    async with guarded(run_services()) as screen:
        await screen.receive("q")
        assert isinstance(screen.app.screen, LeaveScreen)
        await screen.receive("dpq")
        assert isinstance(screen.app.screen, LeaveScreen)
        assert screen.app.return_value is None
        assert screen.services.run_control.intents == []


@pytest.mark.parametrize("quiet", [0.0, QUIET_SECONDS])
async def test_text_that_arrives_with_the_key_of_the_filter_is_the_filter(quiet: float) -> None:
    async with run_dashboard(key_guard=KeyGuard(quiet)) as screen:
        await screen.receive("/state:current")
        assert field_text(screen) == "state:current"
        assert screen.board.selected_ids == frozenset()
        assert screen.board.cell_mode is CellMode.STATE
        assert screen.board.filter.text == "state:current"


async def test_keys_after_an_accepted_filter_are_commands_again() -> None:
    async with guarded() as screen:
        await screen.receive("/ud:1\ru")
        assert screen.app.focused is screen.heatmap
        by_id = screen.services.snapshot.by_id
        assert {by_id[i].update_domain for i in screen.board.selected_ids} == {1}


async def test_text_that_arrives_with_the_key_of_the_lists_filter_is_the_filter() -> None:
    async with guarded(three_set_services(), list_first=True) as screen:
        await screen.receive("/lab-vmssq")
        assert field_text(screen) == "lab-vmssq"
        assert screen.app.return_value is None


async def test_text_that_arrives_with_the_key_of_a_form_goes_into_its_field() -> None:
    forms = (
        ("C150", "150"),
        ("E22.04.202601010", "22.04.202601010"),
        ("C\x1b[200~150\x1b[201~", "150"),
        ("R\t15%", "15%"),
    )
    of_a_run = ((":take the run", "take the run"), ("xabort", "abort"))
    for services, cases in ((FakeServices(), forms), (run_services(), of_a_run)):
        async with guarded(services) as screen:
            for data, text in cases:
                await screen.receive(data)
                assert field_text(screen) == text, data
                assert screen.services.run_control.intents == [], data
                assert screen.services.run_control.started_plans == [], data
                await screen.press("escape")
                assert screen.app.screen is screen.screen, data


async def test_a_form_is_not_submitted_by_keys_typed_before_it_is_drawn() -> None:
    services = FakeServices()
    async with run_dashboard(services, key_guard=KeyGuard()) as screen:
        for data in ("C150\r", "R\r\ry", ":upgrade\ry", "E9.9.9\x13y"):
            await screen.receive(data)
            layers = screen.app.screen_stack
            assert not any(isinstance(layer, ConfirmScreen) for layer in layers), data
            assert services.model_writer.changes == [], data
            assert services.run_control.started_plans == [], data
            while screen.app.screen is not screen.screen:
                await screen.press("escape")


async def test_enter_submits_a_form_that_is_drawn() -> None:
    clock = FakeClock()
    async with guarded(clock=clock) as screen:
        await screen.press("C")
        await screen.receive("150\r")
        assert isinstance(screen.app.screen, ConfirmScreen)
