"""Fixtures of the command line's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.local_world import serve_world
from tests.support.user_home import hide_tools, set_user_home
from vmss_tui import demo
from vmss_tui.simulator.server import Simulator


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without az, settings or earlier runs."""
    set_user_home(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def bare_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same user on a machine without any tool, proxy or certificate of its own."""
    hide_tools(home, monkeypatch)


@pytest.fixture
def state(home: Path) -> Iterator[Path]:
    """The program's state folder; the demo world in it ends with the test."""
    folder = home / "state" / "vmss-tui"
    yield folder
    demo.stop(folder, demo.DemoWorld())


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The program, without anything to connect to."""
    return CommandLine(capsys)


@pytest.fixture
def at_web(capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    """The program, connected to a simulator with a hundred instances."""
    with Simulator("web-100") as simulator:
        yield CommandLine(capsys, "--endpoint", simulator.endpoint)


@pytest.fixture
def demo_world(state: Path) -> Iterator[Simulator]:
    """A fast demo world, served by this process."""
    with serve_world(state) as simulator:
        yield simulator


@pytest.fixture
def in_demo(capsys: pytest.CaptureFixture[str], demo_world: Simulator) -> CommandLine:
    """The program with a fast demo world of its own."""
    return CommandLine(capsys, "--demo", "--speed", "60")
