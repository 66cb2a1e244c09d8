"""The command line, called in this process, and what it printed."""

from pathlib import Path
from typing import Any

import pytest
import requests

from vmss_tui import demo
from vmss_tui.cli.program import main
from vmss_tui.errors import ExitCode

WEB = "web-rg/web-vmss"
NEWER = "22.04.202601010"


class CommandLine:
    """Calls the program in this process: exit code, stdout and stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *before: str) -> None:
        self._capsys = capsys
        self.before = before

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = main([*self.before, *arguments])
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err


def refusal(code: int, out: str, err: str, expected: ExitCode) -> str:
    """Checks that a refusal is one line on stderr, with the exit code; returns that line."""
    assert code == expected
    assert out == ""
    assert err.startswith("vmss-tui: ")
    assert err.count("\n") == 1
    return err.removeprefix("vmss-tui: ").strip()


def upgrade_effects(state: Path) -> list[dict[str, Any]]:
    """The upgrades that happened in the demo world, from its ledger."""
    world = demo.find_running(state, demo.DemoWorld())
    assert world is not None
    effects = requests.get(f"{world.endpoint}/_simulator/ledger", timeout=10).json()["effects"]
    return [effect for effect in effects if effect["kind"] == "upgrade"]
