"""The mouse: clicks on cells, labels, keys of the footer and the legend."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_session import FakeServices
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.processes import Machine, Terminal
from tests.support.session_scenes import three_set_services
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.lists.list_table import ListTable
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.widgets.header import Header
from vmss_tui.ui.widgets.instance_detail import InstanceDetail


async def click(
    screen: DashboardPilot, text: str, *, right: int = 0, times: int = 1, control: bool = False
) -> None:
    """Clicks on a text on the screen, or `right` columns to the right of its start."""
    lines = screen.text.split("\n")
    y = next(number for number, line in enumerate(lines) if text in line)
    offset = (lines[y].index(text) + right, y)
    await screen.pilot.click(offset=offset, times=times, control=control)
    await screen.rest()


async def test_a_click_takes_the_cursor_to_a_cell_and_ctrl_marks_it() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        await click(screen, "UD 1", right=30)
        instance_id = screen.board.cursor
        assert instance_id not in (None, "0")
        assert screen.board.full_grid.row_keys[str(instance_id)].number == 1
        assert not screen.board.selected_ids
        await click(screen, "UD 1", right=30, control=True)
        assert screen.board.selected_ids == {instance_id}


async def test_a_click_on_a_rows_label_goes_there_and_ctrl_marks_the_row() -> None:
    async with run_dashboard() as screen:
        await click(screen, "UD 3")
        assert screen.board.cursor == "3"
        await click(screen, "UD 3", control=True)
        assert "20 selected" in screen.text


async def test_two_clicks_open_the_detail() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        await click(screen, "UD 1", right=30, times=2)
        assert screen.is_shown(InstanceDetail)


async def test_a_click_on_a_hint_does_what_its_key_does() -> None:
    async with run_dashboard() as screen:
        await click(screen, "U upgrade │", right=4)
        assert isinstance(screen.app.screen, ConfirmScreen)
        await click(screen, "esc cancel")
        assert isinstance(screen.app.screen, ScaleSetScreen)
        await click(screen, "? help")
        assert type(screen.app.screen).__name__ == "HelpScreen"
        assert "╭─ Keys ─" in screen.text


async def test_between_hints_nothing_happens() -> None:
    async with run_dashboard() as screen:
        before = screen.text
        await click(screen, "  U upgrade │", right=1)
        assert screen.text == before


async def test_a_click_on_the_legend_changes_what_cells_mean() -> None:
    async with run_dashboard() as screen:
        await click(screen, "0 upgrading")
        assert "m color by power" in screen.text
        assert screen.line("98 running").startswith(" ●  98 running")


async def test_on_the_list_a_click_chooses_and_the_next_opens() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        table = screen.app.screen.query_one(ListTable)
        await screen.pilot.click(table, offset=(5, 0))
        assert "Name▼" in screen.text
        await screen.pilot.click(table, offset=(5, 4))
        assert table.cursor_row == 2
        await screen.pilot.click(table, offset=(5, 4))
        await screen.rest()
        assert screen.is_shown(Header)


async def test_a_question_is_never_answered_by_a_click_on_its_words() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        await screen.press("U")
        await click(screen, "y upgrade", right=0)
        assert isinstance(screen.app.screen, ConfirmScreen)
        assert services.run_control.started_plans == []


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The demo with a scale set open, in a terminal with a mouse."""
    machine = Machine(tmp_path, speed=0.0)
    terminal_session = Terminal(machine.command("web-rg/web-vmss"), machine.environment, 120, 36)
    yield terminal_session
    terminal_session.close()
    machine.end()


def test_a_terminals_mouse_marks_a_row_and_asks_to_upgrade_it(terminal: Terminal) -> None:
    lines = terminal.wait_for_text("UD 4").split("\n")
    _press(terminal, lines, "UD 3", _CONTROL)
    lines = terminal.wait_for_text("20 selected").split("\n")
    _press(terminal, lines, "U upgrade │")
    terminal.wait_for_text("Upgrade 16 instances")


_CONTROL = 16
"""What xterm adds to a button's number ("Xterm Control Sequences": mouse tracking)."""


def _press(terminal: Terminal, lines: list[str], text: str, button: int = 0) -> None:
    y = next(number for number, line in enumerate(lines) if text in line)
    number = f"{button};{lines[y].index(text) + 1};{y + 1}"
    terminal.press(f"\x1b[<{number}M", f"\x1b[<{number}m")
