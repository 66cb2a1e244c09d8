"""The list requests of a dashboard that stays open on one scale set: counted, not timed.

The watcher reads a simulator over HTTP, and its waits move the simulated time on at once: half an
hour passes in a second. The times of the requests are read from the ledger of the simulator.
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
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection

MOST_REQUESTS = 10
"""The most list requests in any minute."""
MINUTES = 30


def rows() -> Iterator[Row]:
    """The busiest minute of busy scale sets, of a quiet one, and of one with a live run."""
    for scenario, pages in (("web-100", "one page"), ("thousand", "ten pages")):
        yield make_row(f"a restless set of {pages}", requests_of_busy_set(scenario), MOST_REQUESTS)
    yield make_row("a quiet set of one page", requests_of_quiet_set("web-100"), MOST_REQUESTS // 2)
    yield make_row("beside a run's worker", requests_beside_worker("web-100"), 0)


def make_row(name: str, requests: int, target: int) -> Row:
    return Row(f"list requests a minute, {name}", requests, target, "", note="the busiest of them")


def requests_of_busy_set(scenario: str) -> int:
    with ExitStack() as stack:
        bench = make_bench(stack, scenario)

        def restart_one() -> None:
            with suppress(Busy):  # the last one is still under way
                bench.gateway.prepare_write()
                bench.gateway.power(bench.set_id, PowerAction.RESTART, ["1"], str(uuid4()))

        watch_set(bench, each_wait=restart_one)
        return busiest_minute(bench)


def requests_of_quiet_set(scenario: str) -> int:
    with ExitStack() as stack:
        bench = make_bench(stack, scenario)
        watch_set(bench)
        return busiest_minute(bench, after=5 * 60)


def requests_beside_worker(scenario: str) -> int:
    """Holds the lock of the scale set and writes a reading each half minute, as a worker does."""
    with ExitStack() as stack:
        bench = make_bench(stack, scenario)
        snapshot = bench.services.queries.observe(bench.set_id)
        plan = bench.services.planner.plan(snapshot, Selection(update_domains=(0,)), Policy())
        folder = bench.services.store.find(bench.services.run_control.start(plan))
        assert folder.take_lock(bench.clock.wall())
        stack.callback(folder.lock.release)
        before = len(list_requests(bench))
        view_arrived = threading.Event()
        folder.write_latest(LatestView(snapshot))
        interval, watcher.WORKER_FILE_INTERVAL = watcher.WORKER_FILE_INTERVAL, 0.001
        stack.callback(setattr, watcher, "WORKER_FILE_INTERVAL", interval)
        watch = bench.services.queries.watch(bench.set_id, lambda _: view_arrived.set())
        for _ in range(2 * MINUTES):
            assert view_arrived.wait(20), "the watcher looks at what the worker has left"
            view_arrived.clear()
            bench.simulator.clock.advance(30)
            folder.write_latest(LatestView(snapshot))
        watch.stop()
        return len(list_requests(bench)) - before


def make_bench(stack: ExitStack, scenario: str) -> Bench:
    """A bench without throttling, which would hide too many requests."""
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
    started_runs: list[object] = []
    services = Services(gateway, FolderStore(state), clock, launch=started_runs.append)
    return Bench(simulator, gateway, clock, services)


def watch_set(bench: Bench, each_wait: Callable[[], object] = bool) -> None:
    """Watches for MINUTES simulated minutes; `each_wait` is called before time moves on."""
    over = threading.Event()

    def wait() -> None:
        each_wait()
        if bench.clock.run() >= MINUTES * 60:
            watch.stop()
            over.set()

    bench.clock.before_wait = wait
    watch = bench.services.queries.watch(bench.set_id, lambda _: None)
    assert over.wait(120), "time moves on with every wait"


def busiest_minute(bench: Bench, after: float = 0.0) -> int:
    """The most list requests within 60 seconds."""
    times = [datetime.fromisoformat(request["at"]).timestamp() for request in list_requests(bench)]
    counted = [time for time in times if time >= times[0] + after]
    assert counted, "it reads"
    return max(sum(start <= time < start + 60 for time in counted) for start in counted)


def list_requests(bench: Bench) -> list[dict[str, str]]:
    return bench.requests("GET", "/virtualMachines")
