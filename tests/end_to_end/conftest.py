"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.support.hostile_relay import HostileRelay
from tests.support.hostile_world import HostileWorld, StartWorld
from tests.support.local_world import relay_world, serve_world
from tests.support.processes import Machine
from vmss_tui import demo


@pytest.fixture
def start_world(tmp_path: Path) -> Iterator[StartWorld]:
    """Starts demo worlds, each behind a relay that makes their replies hostile."""
    worlds: list[HostileWorld] = []
    stack = ExitStack()

    def start(
        *, include_catalogue: bool = False, speed: float = 60.0, scenario: str = "web-100"
    ) -> HostileWorld:
        machine = Machine(tmp_path, speed=speed, world=demo.DemoWorld(scenario))
        state = machine.state
        stack.enter_context(serve_world(state, machine.world, speed))
        make_relay = partial(HostileRelay, include_catalogue=include_catalogue)
        relay = relay_world(state, machine.world, make_relay)
        worlds.append(HostileWorld(machine, relay))
        return worlds[-1]

    yield start
    stack.close()
    for world in worlds:
        world.machine.end()
        world.relay.close()
