"""The filter bar: it filters while typing, completes words, and shows errors."""

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


def test_the_last_word_goes_on_as_a_key_or_as_a_value_that_there_is() -> None:
    wholes = {
        "st": "state:",
        "state:fa": "state:failed",
        "ud:2 !mod": "ud:2 !model:",
        "!state:d": "!state:deallocated",
        "image:22.04.2025110": "image:22.04.202511010",
        "state:": "state:outdated",
        "web": "web",
        "colour:r": "colour:r",
        "": "",
        "ud:2 ": "ud:2 ",
    }
    assert {text: goes_on(text) for text in wholes} == wholes


def test_every_completed_word_is_a_filter_that_finds_something() -> None:
    for key, _ in completions("", web().instances):
        instance_filter = parse_filter(goes_on(key))
        assert any(instance_filter.matches(i) for i in web().instances), key


def test_values_come_with_their_counts_the_most_first() -> None:
    assert completions("state:", web().instances)[:2] == [("outdated", 77), ("latest", 19)]


async def test_the_filter_is_completed_checked_and_shown_as_it_is_typed() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash")
        assert "ud fd zone pg state power health" in screen.text
        await screen.type_text("state:")
        assert "outdated 77 · latest 19 · deallocated 1 · failed 1" in screen.text
        await screen.type_text("fa")
        await screen.press("enter", "j")
        assert typed(screen) == "state:failed", "enter takes the faint rest of the word"
        assert "Instances by update domain  1 of 100 shown" in screen.text
        await screen.press("escape", "slash", "s", "t", "tab", "f", "tab")
        assert typed(screen) == "state:failed"
        assert "Instances by update domain  1 of 100 shown" in screen.text
        await screen.press("enter", "j")
        assert screen.board.cursor == "37"
        await screen.press("escape", "slash")
        await screen.type_text("ud:2 x")
        await screen.press("backspace")
        await screen.type_text("colour:")
        assert "no filter 'colour': use ud, fd, zone" in screen.text
        await screen.press("enter")
        assert typed(screen) == "ud:2 colour:", "it is refused where it stands"
        await screen.press(*["backspace"] * len(" colour:"))
        assert "20 of 100 shown" in screen.text
        assert "no filter" not in screen.text
        for text in ("ud:9", "zone:x"):
            await screen.press("escape", "slash")
            await screen.paste(text)
            key, _, value = text.partition(":")
            refused = f"no instance has {key} '{value}': there is "
            assert refused in screen.text, text
            await screen.press("enter")
            assert typed(screen) == text, "it is refused where it stands"
            assert refused in screen.text, text


async def test_a_filter_that_finds_nothing_is_kept_and_an_empty_one_goes_away_at_any_size() -> None:
    async with run_dashboard() as screen:
        await screen.press("slash", "f", "backspace", "enter")
        assert "shown" not in screen.text
        assert "ud:2 state:failed zone:1" not in screen.text
        await screen.press("j")
        assert screen.board.cursor is not None
        await screen.press("slash")
        await screen.paste("ud:1 !state:outdated fd")
        assert "4 of 100 shown" in screen.text
        await screen.type_text(":")
        assert "4 of 100 shown" in screen.text, "half a word does not empty the map"
        await screen.press("escape", "slash")
        await screen.paste("state:updating")
        await screen.press("enter", "j")
        assert "no instance has state 'updating': there is failed, latest, stopped" in screen.text
        assert "0 of 100 shown" in screen.text
        for width, height in ((200, 60), (80, 24), (40, 10)):
            await screen.press("escape", "g")
            await screen.resize(width, height)
            assert "UD 0" in screen.text, width
            assert "shown" not in screen.text, width
            await screen.press("slash")
            await screen.paste("state:failed")
            assert "state:failed" in screen.text, width
            assert "1 of 100 shown" in screen.text, width
            await screen.press("enter")
            assert "1 of 100 shown" in screen.text, width
