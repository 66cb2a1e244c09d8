"""Fixtures of the tests of several packages, and what pytest needs before any test."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import RunStore
from vmss_tui.simulator.server import Simulator

if TYPE_CHECKING:
    from tests.support.watcher_harness import WatcherFactory
from tests.support.bench import Bench, SimulatorClock


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    """Programs that a shell starts in the background ignore ctrl+c, those under `nohup` the end
    of the terminal, and so would all that we start."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number, action in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, action)


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes benches: `simulated("web-100")`; time stands still but for the clock's waits."""
    with ExitStack() as stack:

        def make(
            scenario: str = "web-100",
            *,
            read_only: bool = False,
            through: Callable[[str], str] = str,
            read_timeout: float = 60.0,
            **more: Any,
        ) -> Bench:
            simulator = stack.enter_context(Simulator(scenario, speed=0.0, **more))
            clock = SimulatorClock(simulator)
            gateway = connect(
                endpoint=through(simulator.endpoint),
                subscription_id=simulator.subscription_id,
                monotonic=clock.real,
                now=clock.wall,
                read_only=read_only,
                retry_policy=RetryPolicy(wait=simulator.clock.advance),
                read_timeout=read_timeout,
            )
            stack.callback(gateway.close)
            store = RunStore(tmp_path / f"state-{len(list(tmp_path.iterdir()))}")
            started_runs: list[RunFolder] = []
            services = Services(
                gateway, store, clock, read_only=read_only, launch=started_runs.append
            )
            return Bench(simulator, gateway, clock, services, started_runs=started_runs)

        yield make


@pytest.fixture
def watched() -> Iterator["WatcherFactory"]:
    """Watchers that end with the test."""
    from tests.support.watcher_harness import WatcherHarness

    watchers: list[WatcherHarness] = []

    def watch(bench: Bench, *, at_least: float = 6.0) -> WatcherHarness:
        watchers.append(WatcherHarness(bench, at_least))
        watchers[-1].wait_for_pause()
        return watchers[-1]

    yield watch
    for watcher in watchers:
        watcher.end()
