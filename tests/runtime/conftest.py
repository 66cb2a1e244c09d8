"""Fixtures of the runtime's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo and workers end with the test."""
    home_machine = Machine(tmp_path)
    yield home_machine
    home_machine.end()
