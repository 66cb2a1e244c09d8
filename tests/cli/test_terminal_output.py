"""Colour and the line of progress: on a terminal only, around the text that a pipe gets."""

import io
import sys

import pytest

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.output import hide_progress, print_message, print_table, show_progress

HOSTILE = "failed \x1b[31mred\x1b[0m \x07"


class FakeTerminal(io.StringIO):
    """A stream that is a terminal, and keeps what it gets."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """A colour terminal as stdout and stderr; opened by the test itself, because pytest sets both
    after the fixtures."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = FakeTerminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_a_part_has_its_colour_and_hostile_text_has_none_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = open_terminal(monkeypatch)
    print_message("run ", Coloured(HOSTILE, TextColour.FAILED))
    shown = terminal.getvalue()
    assert shown.startswith("run \x1b[1;91mfailed ")
    assert shown.endswith("\x1b[0m\n")
    assert shown.count("\x1b") == 2
    assert "\x07" not in shown


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_without_colour_a_terminal_gets_the_text_of_a_pipe(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    terminal = open_terminal(monkeypatch)
    monkeypatch.setenv(variable, value)
    print_message("run ", Coloured("failed", TextColour.FAILED))
    assert terminal.getvalue() == "run failed\n"


def test_the_line_of_progress_stays_below_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    show_progress("Upgrading 20 %")
    show_progress("Upgrading 20 %")
    assert terminal.getvalue() == "\r\x1b[KUpgrading 20 %", "an unchanged line is not sent again"
    terminal.truncate(0)
    terminal.seek(0)
    print_message("batch 1 complete")
    assert terminal.getvalue() == "\r\x1b[Kbatch 1 complete\n\r\x1b[KUpgrading 20 %"
    terminal.truncate(0)
    terminal.seek(0)
    hide_progress()
    print_message("end")
    assert terminal.getvalue() == "\r\x1b[Kend\n"


def test_a_pipe_gets_no_line_of_progress(capsys: pytest.CaptureFixture[str]) -> None:
    show_progress("Upgrading 20 %")
    print_message(Coloured("batch 1 complete", TextColour.GOOD))
    assert capsys.readouterr().err == "batch 1 complete\n"


def test_a_cell_of_a_table_has_its_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    print_table(("RUN", "STATUS"), [("web-1", Coloured("Halted", TextColour.FAILED))])
    row = next(line for line in terminal.getvalue().splitlines() if "web-1" in line)
    assert "\x1b[1;91mHalted\x1b[0m" in row
