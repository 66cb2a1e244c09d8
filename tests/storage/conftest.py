"""Fixtures of the tests of the team's store."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.bench import BenchFactory
from tests.support.shared_container import SharedContainer
from tests.support.team_hosts import Team, make_team


@pytest.fixture
def team(
    make_bench: BenchFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Team]:
    """A scale set of ten instances, and a container that machines share."""
    with make_team(make_bench, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SharedContainer]:
    """A container that machines share, without a scale set."""
    with ExitStack() as stack:
        yield SharedContainer(tmp_path, stack)


@pytest.fixture(autouse=True)
def ended_exchange() -> Iterator[None]:
    """No worker of a test goes on asking the storage: it would take processor time from all tests
    after it."""
    yield
    for thread in threading.enumerate():
        if thread.name == "blobs":
            thread.join(5.0)
            assert not thread.is_alive(), "a worker's exchange with the storage goes on"
