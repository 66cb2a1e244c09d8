"""What a dashboard left open on one set costs of Azure's list budget: counted, not timed.

The watcher reads a simulator over HTTP, and its waits move the simulated time on at once: half an
hour passes in a second, and the simulator's ledger says when each page was asked for.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from tests.benchmarks.rows import Row
from tests.support.bench import Bench, SimulatorClock
from vmss_tui.arm.connect import connect
from vmss_tui.gateway import Busy, PowerAction
from vmss_tui.runtime.observe import watcher
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView, write_latest
from vmss_tui.runtime.storage.run_store import RunStore
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection

MOST = 10
"""List requests that any minute may see."""
MINUTES = 30


def rows() -> Iterator[Row]:
    """The busiest minute: of sets where something happens, of a quiet one, and beside a run."""
    for scenario, pages in (("web-100", "one page"), ("thousand", "ten pages")):
        yield _row(f"a restless set of {pages}", _restless(scenario), MOST)
    yield _row("a quiet set of one page", _quiet("web-100"), MOST // 2)
    yield _row("beside a run's worker", _beside_a_worker("web-100"), 0)


def _row(what: str, found: int, target: int) -> Row:
    return Row(f"list requests a minute, {what}", found, target, "", note="the busiest of them")


def _restless(scenario: str) -> int:
    with ExitStack() as stack:
        bench = _bench(stack, scenario)

        def stir() -> None:
            with suppress(Busy):  # the last one is still under way
                bench.gateway.power(bench.set_id, PowerAction.RESTART, ["1"], str(uuid4()))

        _watch(bench, each_wait=stir)
        return _busiest(bench)


def _quiet(scenario: str) -> int:
    with ExitStack() as stack:
        bench = _bench(stack, scenario)
        _watch(bench)
        return _busiest(bench, after=5 * 60)


def _beside_a_worker(scenario: str) -> int:
    """We hold the set's lock and leave a reading each half minute, as a worker does."""
    with ExitStack() as stack:
        bench = _bench(stack, scenario)
        snapshot = bench.services.queries.observe(bench.set_id)
        plan = bench.services.planner.plan(snapshot, Selection(update_domains=(0,)), Policy())
        folder = bench.services.store.find(bench.services.run_control.start(plan))
        assert folder.take_lock(bench.clock.wall())
        stack.callback(folder.lock.release)
        asked = len(_lists(bench))
        told = threading.Event()
        write_latest(folder.latest_path, LatestView(snapshot))
        peeks, watcher.WORKER_FILE_INTERVAL = watcher.WORKER_FILE_INTERVAL, 0.001
        stack.callback(setattr, watcher, "PEEK_EVERY", peeks)
        watched = bench.services.queries.watch(bench.set_id, lambda _: told.set())
        for _ in range(2 * MINUTES):
            assert told.wait(20), "the watcher looks at what the worker has left"
            told.clear()
            bench.simulator.clock.advance(30)
            write_latest(folder.latest_path, LatestView(snapshot))
        watched.stop()
        return len(_lists(bench)) - asked


def _bench(stack: ExitStack, scenario: str) -> Bench:
    """As the tests make theirs; no throttling, which would hide too many requests."""
    simulator = stack.enter_context(Simulator(scenario, seed=1, speed=0.0, throttling=False))
    clock = SimulatorClock(simulator)
    gateway = connect(
        endpoint=simulator.endpoint,
        subscription_id=simulator.subscription_id,
        monotonic=clock.real,
        now=clock.wall,
    )
    stack.callback(gateway.close)
    state = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "state"
    launched: list[object] = []
    cockpit = Services(gateway, RunStore(state), clock, launch=launched.append)
    return Bench(simulator, gateway, clock, cockpit)


def _watch(bench: Bench, each_wait: Callable[[], object] = bool) -> None:
    """Watches for so many simulated minutes; `each_wait` is done before time moves on."""
    over = threading.Event()

    def wait() -> None:
        each_wait()
        if bench.clock.run() >= MINUTES * 60:
            watched.stop()
            over.set()

    bench.clock.before_wait = wait
    watched = bench.services.queries.watch(bench.set_id, lambda _: None)
    assert over.wait(120), "time moves on with every wait"


def _busiest(bench: Bench, after: float = 0.0) -> int:
    """The most list requests that fell into one minute, wherever that begins."""
    at = [datetime.fromisoformat(each["at"]).timestamp() for each in _lists(bench)]
    counted = [each for each in at if each >= at[0] + after]
    assert counted, "it reads"
    return max(sum(begun <= each < begun + 60 for each in counted) for begun in counted)


def _lists(bench: Bench) -> list[dict[str, str]]:
    return bench.requests("GET", "/virtualMachines")
