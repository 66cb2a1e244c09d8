"""Fixtures of the tests in a pseudo-terminal."""

import socket
from collections.abc import Callable, Iterator

import pytest

from tests.support.local_world import serve_world
from tests.support.processes import Machine, Terminal

OpenDashboard = Callable[..., Terminal]


@pytest.fixture(scope="module")
def still_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One machine of several tests, none of which starts anything in its demo world."""
    result = Machine(tmp_path_factory.mktemp("still"), speed=0.0)
    with serve_world(result.state, speed=0.0):
        yield result


def open_in_terminals(machine: Machine) -> Iterator[OpenDashboard]:
    """Opens the program in terminals that close with the test."""
    terminals: list[Terminal] = []

    def open_(
        *arguments: str, columns: int = 80, lines: int = 24, term: str = "xterm-256color"
    ) -> Terminal:
        command = machine.command(*arguments)
        terminals.append(Terminal(command, machine.environment, columns, lines, term))
        return terminals[-1]

    yield open_
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def open_still(still_machine: Machine) -> Iterator[OpenDashboard]:
    """Opens the program on the machine of several tests."""
    yield from open_in_terminals(still_machine)


@pytest.fixture(scope="module")
def silent_server() -> Iterator[str]:
    """The base URL of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
