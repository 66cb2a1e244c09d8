"""The filter bar: it filters while typing, completes words, and shows errors."""

import pytest
from textual.widgets import Input

from tests.support.fleets import web
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.ui.instances.filter import complete_last_word, completions, parse_filter


def goes_on(text: str) -> str:
    """The text with its last word completed."""
    return complete_last_word(text, completions(text, web().instances))


def typed(screen: DashboardPilot) -> str:
    """The text in the filter bar."""
    return screen.app.screen.query_one("#filter", Input).value


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("st", "state:"),
        ("state:fa", "state:failed"),
        ("ud:2 !mod", "ud:2 !model:"),
        ("!state:d", "!state:deallocated"),
        ("image:22.04.2025110", "image:22.04.202511010"),
        ("state:", "state:outdated"),
        ("web", "web"),
        ("colour:r", "colour:r"),
        ("", ""),
        ("ud:2 ", "ud:2 "),
    ],
)
def test_the_last_word_goes_on_as_a_key_or_as_a_value_that_there_is(text: str, whole: str) -> None:
    assert goes_on(text) == whole


def test_every_completed_word_is_a_filter_that_finds_something() -> None:
    for key, _ in completions("", web().instances):
        instance_filter = parse_filter(goes_on(key))
        assert any(instance_filter.matches(i) for i in web().instances), key


def test_values_come_with_their_counts_the_most_first() -> None:
    assert completions("state:", web().instances)[:2] == [("outdated", 77), ("latest", 19)]


async def test_the_line_below_lists_values_with_counts_as_a_key_is_typed() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        assert "ud fd zone pg state power health" in screen.text
        await screen.type_text("state:")
        assert "outdated 77 · latest 19 · deallocated 1 · failed 1" in screen.text


async def test_tab_goes_on_with_the_word_and_the_filter_works_at_once() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash", "s", "t", "tab", "f", "tab")
        assert typed(screen) == "state:failed"
        assert "Instances by update domain  1 of 100 shown" in screen.text
        await screen.press("enter", "j")
        assert screen.board.cursor == "37"


async def test_a_key_that_there_is_not_is_said_while_it_is_typed() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text("ud:2 x")
        await screen.press("backspace")
        await screen.type_text("colour:")
        assert "no filter 'colour': use ud, fd, zone" in screen.text
        await screen.press("enter")
        assert typed(screen) == "ud:2 colour:", "it is refused where it stands"
        await screen.press(*["backspace"] * len(" colour:"))
        assert "20 of 100 shown" in screen.text
        assert "no filter" not in screen.text


@pytest.mark.parametrize("text", ["ud:9", "zone:x"])
async def test_a_domain_that_there_is_not_is_refused_with_those_that_there_are(text: str) -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text(text)
        key, _, value = text.partition(":")
        assert f"no instance has {key} '{value}': there is " in screen.text
        await screen.press("enter")
        assert typed(screen) == text, "it is refused where it stands"
        assert f"no instance has {key} '{value}': there is " in screen.text


async def test_what_no_instance_has_now_is_kept_and_said() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text("state:updating")
        await screen.press("enter", "j")
        assert "no instance has state 'updating': there is failed, latest, stopped" in screen.text
        assert "0 of 100 shown" in screen.text


async def test_a_word_that_is_half_typed_does_not_empty_the_map() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text("ud:1 !state:outdated fd")
        assert "4 of 100 shown" in screen.text
        await screen.type_text(":")
        assert "4 of 100 shown" in screen.text


async def test_enter_takes_the_faint_rest_of_a_word_that_finds_nothing_without_it() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        await screen.type_text("state:fa")
        await screen.press("enter", "j")
        assert typed(screen) == "state:failed"
        assert "Instances by update domain  1 of 100 shown" in screen.text


async def test_an_empty_filter_shows_all_again_and_goes_away() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash", "f", "backspace", "enter")
        assert "shown" not in screen.text
        assert "ud:2 state:failed zone:1" not in screen.text
        await screen.press("j")
        assert screen.board.cursor is not None


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
async def test_the_filter_can_be_used_at_any_size(size: tuple[int, int]) -> None:
    async with run_dashboard(size=size) as screen:
        await screen.press("slash")
        await screen.type_text("state:failed")
        assert "state:failed" in screen.text
        assert "1 of 100 shown" in screen.text
        await screen.press("enter")
        assert "1 of 100 shown" in screen.text
        await screen.press("escape")
        assert "UD 0" in screen.text
        assert "shown" not in screen.text
