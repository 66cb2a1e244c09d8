"""Help, palette, configured keys, and notifications."""

from rich.color import Color
from textual.content import Content

from tests.support.fake_session import FakeServices
from tests.support.form_fields import is_on_top
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import run_services
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.help import _Block, _distribute
from vmss_tui.ui.forms.capacity import CapacityEditor


async def test_help_names_every_key_and_says_what_may_not_run_now() -> None:
    async with run_dashboard(size=(200, 60)) as screen:
        await screen.press("question_mark")
        text = " ".join(screen.text.split())
        assert COMMANDS_BY_ID["upgrade"].tooltip[:30] in text
        assert "not now: " in text
        assert COMMANDS_BY_ID["open"].tooltip[:30] not in text, "a command of the lists only"
        await screen.press("slash")
        await screen.type_text("protect")
        assert COMMANDS_BY_ID["protect"].tooltip[:30] in screen.text
        assert COMMANDS_BY_ID["mark-zone"].tooltip[:30] not in screen.text
        await screen.press("escape")
        assert COMMANDS_BY_ID["mark-zone"].tooltip[:30] in screen.text
        await screen.press("escape")
        assert "UD 0" in screen.text


def _block(heading: str, *heights: int) -> _Block:
    return _Block(heading, [[Content(heading)] * height for height in heights])


def test_columns_are_as_low_as_the_order_of_the_groups_permits() -> None:
    blocks = [_block("Move", *[1] * 29), _block("View", 9), _block("Change", 9), _block("Run", 8)]
    assert [len(column) for column in _distribute(blocks, 1)] == [62]
    assert [len(column) for column in _distribute(blocks, 2)] == [30, 31]
    assert [len(column) for column in _distribute(blocks[1:], 3)] == [10, 10, 9]


def test_a_group_goes_on_in_the_next_column_with_its_heading_and_entries_stay_whole() -> None:
    columns = _distribute([_block("Move", 2, 2, 2, 2), _block("View", 1)], 2)
    assert [[line.plain for line in column] for column in columns] == [
        ["Move"] * 7,
        ["Move (continued)", "Move", "Move", "", "View", "View"],
    ]


async def test_the_palette_finds_commands_by_name_and_runs_them() -> None:
    async with run_dashboard() as screen:
        await screen.press("colon")
        await screen.search_palette("color by")
        await screen.press("enter")
        assert "m color by power" in screen.line("Instances by update domain")
        assert screen.line(" 98 running").startswith(" ●")


async def test_keys_can_be_moved_by_id() -> None:
    async with run_dashboard(keys={"upgrade": "F5"}) as screen:
        await screen.press("U")
        assert not isinstance(screen.app.screen, ConfirmScreen)
        await screen.press("f5")
        assert isinstance(screen.app.screen, ConfirmScreen)


async def test_texts_that_name_keys_name_the_configured_ones() -> None:
    idle, services = FakeServices(), run_services()
    idle.welcome = services.welcome = (
        "a title",
        "u selects the domain, U upgrades it, n to a problem",
    )
    moved = {"upgrade": "F5", "abort": "?", "help": "f1", "mark-all": "f2", "log": "f6"}
    async with run_dashboard(idle, keys=moved) as screen:
        assert "u selects the domain, f5 upgrades it, n to a problem" in screen.text
    async with run_dashboard(services, keys=moved) as screen:
        assert "p pauses and resumes the run, f6 shows its events" in screen.text
        await screen.press("f5")
        assert "abort it (?), first" in " ".join(screen.text.split())
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, ConfirmScreen)


async def test_notifications_are_cleared_when_a_dialog_opens() -> None:
    async with run_dashboard() as screen:
        for opening in ("R", "E", "question_mark", "colon"):
            await screen.press("comma")
            assert "Only the table can be sorted" in screen.text
            await screen.press(opening)
            assert "Only the table can be sorted" not in screen.text
            await screen.press("escape")


async def test_x_offers_only_what_can_be_done_with_the_selection() -> None:
    async with run_dashboard() as screen:
        await screen.press("u", "x")
        assert "Actions: 20 " in screen.text
        assert "16 outdated" in screen.line(" U ")
        assert "billing stops" in screen.line(" Z ")
        assert "capacity 80" in screen.line(" D ")
        assert "Theme" not in screen.text
        await screen.type_text("capacity")
        assert "Data is lost" not in screen.text
        await screen.press("enter")
        assert is_on_top(screen, CapacityEditor)
        await screen.press("escape")
        screen.app.theme = "vmss-16"
        await screen.press("x", "up")
        strips = screen.app.screen._compositor.render_strips()
        last = next(s.style for strip in strips for s in strip if s.text.startswith("Delete"))
        assert last is not None
        assert last.color == Color.default(), "red is not readable on blue"
        await screen.press("U")
        assert isinstance(screen.app.screen, ConfirmScreen)


async def test_a_colon_finds_commands_by_any_of_their_words() -> None:
    async with run_dashboard() as screen:
        await screen.press("colon")
        await screen.search_palette("limits you")
        assert "upgrade in batches" in screen.line(" R ")
