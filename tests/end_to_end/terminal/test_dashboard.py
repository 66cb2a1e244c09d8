"""The dashboard in a real pseudo-terminal: bytes, keys, sizes and signals."""

import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.bench import NEWEST
from tests.support.local_world import serve_world
from tests.support.processes import Machine, Terminal, wait_until
from vmss_tui.ui.layers import DROPPED_KEYS
from vmss_tui.upgrade.run.run import Phase

DOMAIN_1 = {str(number) for number in range(1, 100, 5)}
OpenDashboard = Callable[..., Terminal]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo and workers end with the test."""
    result = Machine(tmp_path)
    with serve_world(result.state):
        yield result
    result.end()


@pytest.fixture
def open_dashboard(machine: Machine) -> Iterator[OpenDashboard]:
    """Opens the program in terminals that close with the test."""
    terminals: list[Terminal] = []

    def open_(*arguments: str, columns: int = 80, lines: int = 24, **more: str) -> Terminal:
        environment = machine.environment | more
        terminal = Terminal(machine.command(*arguments), environment, columns, lines)
        terminals.append(terminal)
        return terminal

    yield open_
    for terminal in terminals:
        terminal.close()


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 60)])
def test_a_domain_is_edited_marked_and_upgraded_by_keys_and_its_cells_change_live(
    machine: Machine, open_dashboard: OpenDashboard, columns: int, lines: int
) -> None:
    machine.speed = 20.0
    terminal = open_dashboard(columns=columns, lines=lines)
    terminal.wait_for_text("web-vmss")
    terminal.wait_for_text("UD 4")
    assert "UD 1" in terminal.text
    machine.control("edit", {"scale_set": "web-rg/web-vmss", "set": {IMAGE: NEWEST}})
    terminal.press("r")
    terminal.wait_for_screen(
        lambda text: re.search(r"\b100 outdated", text) is not None, "every instance outdated"
    )
    terminal.wait_for_text(NEWEST)
    terminal.wait_for_screen(lambda text: _row(text, "UD 1").split()[3].startswith("0/20"), "0/20")
    terminal.press("J", "u", "U")
    terminal.wait_for_question("Upgrade 20 instances")
    terminal.press("y")
    terminal.wait_for_screen(lambda text: _cells(text, "◐") > 5, "an updating cell")
    terminal.wait_for_text("Completed")
    terminal.wait_for_screen(lambda text: "20/20" in _row(text, "UD 1"), "20/20")
    assert Counter(machine.upgraded()) == Counter(DOMAIN_1)
    terminal.press("q")
    terminal.wait_for_text("DEMO  1 scale set ")
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def test_the_dashboard_may_be_left_while_the_run_goes_on(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    machine.speed = 10.0
    terminal = open_dashboard("web-rg/web-vmss")
    terminal.wait_for_text("UD 4")
    terminal.press("u", "U")
    terminal.wait_for_question("Upgrade 16 instances")
    terminal.press("y")
    folder = machine.single_run()
    wait_until(lambda: folder.read_run()[0].open_batch, "the first batch")
    os.kill(terminal.pid, signal.SIGKILL)
    wait_until(lambda: folder.read_run()[0].ended, "the run's end")
    assert folder.read_run()[0].phase is Phase.COMPLETED
    assert max(Counter(machine.upgraded()).values()) == 1


def test_enter_alone_and_pasted_text_never_confirm(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    terminal = open_dashboard("web-rg/web-vmss")
    terminal.wait_for_text("UD 4")
    terminal.press("u", "U")
    terminal.wait_for_question("Upgrade 16 instances")
    terminal.press("\x1b[200~y\x1b[201~")
    terminal.wait_for_text("Pasted text does not confirm")
    terminal.press("\r")
    terminal.wait_for_screen(lambda text: "Upgrade 16 instances" not in text, "the plan's end")
    assert machine.upgrade_posts() == 0


def test_keys_that_arrive_in_one_piece_confirm_nothing_and_go_where_they_were_meant_to(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    terminal = open_dashboard("web-rg/web-vmss", columns=120, lines=36)
    terminal.wait_for_text("UD 4")
    terminal.press("/state:current\r")
    terminal.wait_for_screen(
        lambda text: "20 of 100 shown" in text and "state:current" in text,
        "the filter and its instances",
    )
    assert not re.search(r"\d selected", terminal.text)
    terminal.press("\x1b")
    terminal.wait_for_screen(lambda text: "shown" not in text, "every instance")
    terminal.press("Uyyyyyy")
    terminal.wait_for_question("Upgrade 16 instances")
    terminal.wait_for_text(DROPPED_KEYS)
    assert not machine.state.joinpath("runs").exists() or not list(
        machine.state.joinpath("runs").iterdir()
    )
    terminal.press("y")
    terminal.wait_for_text("Upgrading")


def test_nothing_is_written_to_an_idle_terminal(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    machine.speed = 0.0
    terminal = open_dashboard("web-rg/web-vmss", columns=200, lines=60)
    terminal.wait_for_text("UD 4")
    wait_until(lambda: terminal.read(1.5) == b"", "the first silence")
    assert terminal.read(5.0) == b""


def test_a_window_may_be_dragged_to_any_size(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    terminal = open_dashboard("web-rg/web-vmss", columns=200, lines=60)
    terminal.wait_for_text("UD 4")
    for columns, lines in [(40, 10), (200, 60), (80, 24), (20, 5), (80, 24)]:
        terminal.resize(columns, lines)
    terminal.wait_for_text("UD 4")
    terminal.press("?")
    terminal.wait_for_text("next problem")


def test_without_colours_the_glyphs_still_tell_the_states_apart(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    terminal = open_dashboard("web-rg/web-vmss", NO_COLOR="1")
    terminal.wait_for_screen(
        lambda text: _pairs(text) == {"  ": 20, "··": 80}, "every state's glyph"
    )
    assert _colours(terminal) == {("default", "default")}, "the terminal's own two"
    terminal.press("t")
    terminal.wait_for_text("NO_COLOR is set")
    assert _colours(terminal) == {("default", "default")}


@pytest.mark.parametrize("more", [("--config",), ()])
def test_without_colours_the_list_is_drawn_in_the_terminals_own_two(
    tmp_path: Path, open_dashboard: OpenDashboard, more: tuple[str, ...]
) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text("display:\n  theme: vmss-dark\n", encoding="utf-8")
    terminal = open_dashboard(
        *(argument for name in more for argument in (name, str(settings))), NO_COLOR="1"
    )
    terminal.wait_for_text("web-vmss")
    assert _colours(terminal) == {("default", "default")}


def test_where_the_language_has_no_glyphs_everything_is_drawn_in_ascii_by_itself(
    open_dashboard: OpenDashboard,
) -> None:
    terminal = open_dashboard("web-rg/web-vmss", LC_ALL="C")
    terminal.wait_for_text("UD 4")
    assert terminal.text.isascii()
    listed = open_dashboard("status", "web-rg/web-vmss", LC_ALL="C")
    listed.wait_for_text("20 latest model - 80 outdated")


def test_a_terminal_that_cannot_draw_is_refused_in_a_sentence(
    machine: Machine, open_dashboard: OpenDashboard
) -> None:
    refused = machine.run()
    assert refused.returncode == 2
    assert "status" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference.version"


def _row(text: str, label: str) -> str:
    return next((line for line in text.splitlines() if label in line), "")


def _colours(terminal: Terminal) -> set[tuple[str, str]]:
    """Foreground and background of whatever can be read on the screen, as the terminal has them."""
    drawn = (cell for line in terminal.screen.buffer.values() for cell in line.values())
    return {(cell.fg, cell.bg) for cell in drawn if not cell.data.isspace()}


def _cells(text: str, glyph: str) -> int:
    """How often a glyph is in the heat map; the legend and the panes are not counted."""
    return sum(row.count(glyph) for row in _rows_of_cells(text))


def _pairs(text: str) -> Counter[str]:
    """What is in the cells of a heat map whose cells have two columns, with one between them."""
    rows = _rows_of_cells(text)
    return Counter(row[at : at + 2] for row in rows for at in range(2, 2 + 20 * 3, 3))


def _rows_of_cells(text: str) -> list[str]:
    """The first line of each update domain's cells, without its label and the pane's frame."""
    return re.findall(r"UD \d +\d+/20([^│┃\n]*)", text)
