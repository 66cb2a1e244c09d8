"""The command line, called in this process, and what it printed."""

from pathlib import Path
from typing import Any

import pytest
import requests

from vmss_tui import demo
from vmss_tui.cli import main
from vmss_tui.errors import ExitCode

WEB = "web-rg/web-vmss"
NEWER = "22.04.202601010"


class CommandLine:
    """Calls the program in this process and keeps what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *before: str) -> None:
        self._capsys = capsys
        self.before = before

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = main([*self.before, *arguments])
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err


def one_sentence(code: int, out: str, err: str, wanted: ExitCode) -> str:
    """Checks that a refusal is one line on stderr, with the code, and returns it."""
    assert code == wanted
    assert out == ""
    assert err.startswith("vmss-tui: ")
    assert err.count("\n") == 1
    return err.removeprefix("vmss-tui: ").strip()


def ledger(state: Path) -> list[dict[str, Any]]:
    """What truly happened in the demo world."""
    found = demo.living(state, demo.DemoWorld())
    assert found is not None
    effects = requests.get(f"{found.endpoint}/_simulator/ledger", timeout=10).json()["effects"]
    return [effect for effect in effects if effect["kind"] == "upgrade"]
