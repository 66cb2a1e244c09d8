"""The README's table "coming from …": every command of it is run, and its effect looked for.

Each runs as the table has it, behind `--demo` in a world of its own; what happened is read from
that world's ledger and state, not from what the command says of itself.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.parity_checks import BEFORE, CHECKS
from tests.support.parity_table import table_rows
from tests.support.parity_world import SCENARIOS, ParityWorld
from vmss_tui import demo
from vmss_tui.ui.commands.bindings import COMMANDS, key_labels


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without az, settings or earlier runs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "azure"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VMSS_TUI_CONFIG", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def world(
    request: pytest.FixtureRequest, home: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[ParityWorld]:
    """A demo world of the scenario that the command's scale set lives in."""
    group = next((word.partition("/")[0] for word in request.param.split() if "/" in word), "")
    scenario = demo.DemoWorld(SCENARIOS.get(group, "web-100"))
    speed = 30 if request.param.endswith("cancel --yes") else 600
    world_of_command = ParityWorld(scenario, home / "state" / "vmss-tui", capsys, speed)
    yield world_of_command
    demo.stop(world_of_command.state, scenario)


def test_every_command_of_the_table_has_a_check_and_every_check_a_line() -> None:
    commands = [command for *_, command in table_rows()]
    assert sorted(commands) == sorted(set(commands))
    assert set(commands) == set(CHECKS)


def test_the_keys_of_the_table_are_keys_of_the_dashboard() -> None:
    known = {key for command in COMMANDS for key in key_labels(command)} | {"enter"}
    for what, _, keys, _ in table_rows():
        assert keys, what
        assert set(re.findall(r"`([^`]+)`", keys)) <= known, what


@pytest.mark.parametrize(
    ("world", "command"), [(command, command) for *_, command in table_rows()], indirect=["world"],
    ids=[command.removeprefix("vmss-tui ")[:60] for *_, command in table_rows()],
)  # fmt: skip
def test_each_command_of_the_table_does_what_the_table_says(
    world: ParityWorld, command: str
) -> None:
    assert world.run("vmss-tui list") == 0  # the world is there
    for earlier in BEFORE.get(command, ()):
        assert world.run(earlier) == 0, world.err
    world.start_counting()
    assert world.run(command) == 0, world.err
    CHECKS[command](world)
