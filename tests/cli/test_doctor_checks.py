"""The checks of `doctor` on the terminal."""

from pathlib import Path

import pytest

from tests.support.processes import Machine, Terminal
from vmss_tui.cli.checks.machine import check_terminal
from vmss_tui.config import DisplaySettings, Settings

pytestmark = pytest.mark.usefixtures("bare_home")


@pytest.mark.parametrize(
    ("environment", "theme", "name", "verdict", "message"),
    [
        ({"TERM": "dumb"}, "vmss-dark", "terminal", "warn", "cannot be drawn"),
        ({"TERM": "xterm-256color"}, "vmss-dark", "colours", "ok", "256"),
        (
            {"TERM": "xterm", "COLORTERM": "truecolor"},
            "vmss-dark",
            "colours",
            "ok",
            "24 bit",
        ),
        ({"TERM": "xterm-16color"}, "vmss-dark", "colours", "warn", "theme vmss-16"),
        ({"TERM": "xterm-16color"}, "vmss-16", "colours", "ok", "16"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "vmss-dark", "colours", "ok", "NO_COLOR"),
        ({"TERM": "screen", "TMUX": "/tmp/tmux"}, "vmss-dark", "copying", "ok", "through tmux"),
        ({"TERM": "linux"}, "vmss-dark", "copying", "warn", "shown instead"),
    ],
)
def test_each_capability_of_a_terminal_is_checked(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    theme: str,
    name: str,
    verdict: str,
    message: str,
) -> None:
    monkeypatch.setattr("vmss_tui.ui.terminal.capabilities._size", lambda: (80, 24))
    terminal_findings = check_terminal(environment, Settings(display=DisplaySettings(theme=theme)))
    (finding,) = [finding for finding in terminal_findings if finding.name == name]
    assert finding.verdict == verdict
    assert message in finding.message


def test_in_a_real_terminal_its_size_is_printed_and_lines_are_wrapped(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    command = [*machine.command()[:3], "doctor"]
    terminal = Terminal(command, machine.environment | {"PATH": str(tmp_path)}, 80, 40)
    try:
        terminal.wait_for_text("logout")
        assert terminal.wait_for_exit() == 7
        assert "TERM=xterm-256color, 80 columns, 40 lines" in terminal.text
        assert terminal.text.index("ok    version") < terminal.text.index("fail  sign-in")
    finally:
        terminal.close()
