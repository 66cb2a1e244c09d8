"""A demo world that is served by the test's own process: it starts at once."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from tests.support.hostile_relay import HostileRelay
from vmss_tui import demo
from vmss_tui.runtime.storage.state_folder import ensure_private_folder, write_private
from vmss_tui.simulator.server import Simulator

R = TypeVar("R", bound=HostileRelay)


def relay_world(state: Path, world: demo.DemoWorld, make_relay: Callable[[str], R]) -> R:
    """Puts a relay between the `--demo` commands and the world that they join; `make_relay` takes
    the endpoint of the world."""
    running = demo.find_running(state, world)
    assert running is not None
    relay = make_relay(running.endpoint)
    redirected = msgspec.structs.replace(running, endpoint=relay.endpoint)
    write_private(state / "demo" / f"{world.name}.json", msgspec.json.encode(redirected))
    return relay


@contextmanager
def serve_world(
    state: Path, world: demo.DemoWorld | None = None, speed: float = 60.0
) -> Iterator[Simulator]:
    """A simulator that the `--demo` commands with this state folder join.

    `speed` is in simulated seconds per second; commands that name a speed change it. The process
    id of the world is that of an idle child, whose end is the end of the world.
    """
    world = world or demo.DemoWorld()
    state.parent.mkdir(parents=True, exist_ok=True)
    record = ensure_private_folder(ensure_private_folder(state) / "demo") / f"{world.name}.json"
    with (
        Simulator(world.scenario, seed=world.seed, speed=speed) as simulator,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child,
    ):

        def stop_with_child() -> None:
            child.wait()
            simulator.stop()

        watcher = threading.Thread(target=stop_with_child, name="world", daemon=True)
        watcher.start()
        running = demo.DemoProcess(
            endpoint=simulator.endpoint,
            subscription_id=simulator.subscription_id,
            scale_sets=tuple(simulator.scale_sets),
            pid=child.pid,
        )
        write_private(record, msgspec.json.encode(running))
        try:
            yield simulator
        finally:
            child.kill()
            watcher.join()
