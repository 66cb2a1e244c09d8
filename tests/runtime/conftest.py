"""Fixtures of the runtime's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bench import poll_less_often
from tests.support.local_world import serve_world
from tests.support.processes import Machine


@pytest.fixture
def rare_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers read as seldom as a large scale set is read, which costs a test less."""
    poll_less_often(monkeypatch)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo and workers end with the test."""
    home_machine = Machine(tmp_path)
    with serve_world(home_machine.state):
        yield home_machine
    home_machine.end()
