"""A simulator, and the services of the program connected to it over real HTTP, in this process.

Simulated time moves only when the program waits.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.relay import Relay, RelayedRequest
from vmss_tui.arm.connect import connect
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set_id import ScaleSetId, scale_set_id
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.observe import poller, run_observer
from vmss_tui.runtime.observe.rate_budget import steady_interval
from vmss_tui.runtime.runs import runner
from vmss_tui.runtime.runs.runner import Runner
from vmss_tui.runtime.runs.worker import first_events
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Run

_LIMITS = ("read_timeout", "read_deadline", "write_deadline")
"""Arguments of a bench that are the gateway's; most others are the simulator's."""
PAGES = 3
"""Pages of a scale set whose readings are rare (`poll_less_often`)."""
NEWEST = "22.04.202601010"
"""The newest image version of the web scenarios."""


class SimulatorClock:
    """A clock whose waits move the simulated time on at once."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.waits: list[float] = []
        self.skew = timedelta()
        self.before_wait: Callable[[], None] = lambda: None

    def wall(self) -> datetime:
        """The simulated time, plus `skew`."""
        start = datetime(2026, 11, 22, 12, tzinfo=UTC)
        return start + timedelta(seconds=self._simulator.clock.now()) + self.skew

    def real(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()

    def run(self) -> float:
        """Seconds of the simulator."""
        return self._simulator.clock.now()

    def rate(self) -> float:
        """Simulated seconds for each second of a run."""
        return 1.0

    def wait(self, wake: threading.Event, run_seconds: float) -> bool:
        """Moves the simulated time on; True where the wait was ended before."""
        self.before_wait()
        if wake.is_set():
            return True
        self.waits.append(run_seconds)
        self._simulator.clock.advance(max(run_seconds, 0.001))
        return False


@cache
def _control_session() -> requests.Session:
    """The session of all requests to the control API: to make one takes longer than a request."""
    session = requests.Session()
    session.trust_env = False
    return session


@dataclass
class Bench:
    """A simulator, the gateway to it, and the services that use the gateway."""

    simulator: Simulator
    gateway: ArmGateway
    clock: SimulatorClock
    services: Services
    runners: list[Runner] = field(default_factory=list)
    started_runs: list[StoredRun] = field(default_factory=list)
    notify: tuple[str, ...] = ()
    relay: Relay | None = None
    """The connection to the simulator, where a test needs to break it."""

    @property
    def set_id(self) -> ScaleSetId:
        """The first scale set of the scenario."""
        group, _, name = self.simulator.scale_sets[0].partition("/")
        return scale_set_id(self.simulator.subscription_id, group, name)

    def fault(self, path: str, action: dict[str, Any], **more: Any) -> None:
        """An HTTP fault on requests whose path matches; `method=` narrows it."""
        match = {"path": path} | ({"method": more.pop("method")} if "method" in more else {})
        self.control("POST", "faults", {"match": match, "action": action} | more)

    def edit(self, **changes: Any) -> None:
        """Another operator's write, by JSON path."""
        self.control("POST", "edit", {"scale_set": self.simulator.scale_sets[0], "set": changes})

    def scale_in(self, capacity: int) -> None:
        """Scales the set in and lets the members go; a small set costs a test less."""
        self.edit(**{"sku.capacity": capacity})
        self.simulator.clock.advance(600.0)

    def effects(self, kind: str = "upgrade") -> list[str]:
        """Ids of instances that an effect of this kind happened to, once for each effect."""
        effects = self.control("GET", "ledger")["effects"]
        return [effect["instance_id"] for effect in effects if effect["kind"] == kind]

    def requests(self, method: str, ending: str = "") -> list[dict[str, Any]]:
        """Requests that arrived, by method and part of the path."""
        records: list[dict[str, Any]] = self.control("GET", "ledger")["requests"]
        return [
            request
            for request in records
            if request["method"] == method and ending in request["path"]
        ]

    def control(self, method: str, what: str, body: Any = None) -> Any:
        """A request to the control API of the simulator; returns its decoded reply."""
        url = f"{self.simulator.endpoint}/_simulator/{what}"
        response = _control_session().request(method, url, json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def plan_run(
        self, selection: Selection, policy: Policy | None = None, edit: Edit | None = None
    ) -> Plan:
        """Plans a run from a new reading."""
        snapshot = self.services.queries.observe(self.set_id)
        return self.services.planner.plan(snapshot, selection, policy or Policy(), edit)

    @property
    def relayed_writes(self) -> list[tuple[RelayedRequest, RelayedRequest]]:
        """Each write that passed the relay, with the request before it."""
        assert self.relay is not None
        return [
            (before, request)
            for before, request in pairwise(self.relay.requests)
            if request.method != "GET"
        ]

    def run_folder(self, name: str) -> RunFolder:
        """The folder of a run."""
        folder = self.services.store.find(name)
        assert isinstance(folder, RunFolder)
        return folder

    def run_worker(self, name: str, *, until: Callable[[Run], bool] | None = None) -> Run:
        """Runs the worker of a run in this thread, to its end or until `until` is true."""
        folder = self.services.store.find(name)
        assert folder.take_lock(self.clock.wall()), "the lock is held"
        journal = folder.open_journal()
        store = self.services.store
        worker = Runner(folder, journal, self.gateway, self.clock, store, self.notify)
        self.runners.append(worker)
        if until is not None:
            self.clock.before_wait = lambda: worker.stop() if until(worker.run) else None
        try:
            worker.record(first_events(folder, worker))
            return worker.loop()
        finally:
            self.clock.before_wait = lambda: None
            journal.close()
            folder.close()
            folder.lock.release()


def poll_less_often(monkeypatch: pytest.MonkeyPatch, least: int = PAGES) -> None:
    """Workers read a scale set as seldom as one of `least` pages, and look for intents every 2 s.

    For tests of what a run does, not of when it reads.
    """

    def interval(pages: int) -> float:
        return steady_interval(max(pages, least))

    monkeypatch.setattr(poller, "steady_interval", interval)
    monkeypatch.setitem(run_observer._PAUSES, Condition.DAMAGED, interval(1))
    monkeypatch.setattr(runner, "INTENT_INTERVAL", 2.0)


BenchFactory = Callable[..., Bench]
"""Makes benches: `make_bench("web-100")`; the fixture of that name."""


@contextmanager
def make_benches(folder: Path) -> Iterator[BenchFactory]:
    """A function that makes benches, which all end together; their states are in `folder`."""
    with ExitStack() as stack:

        def make(
            scenario: str = "web-100",
            *,
            read_only: bool = False,
            relayed: bool = False,
            through: Callable[[str], str] = str,
            **more: Any,
        ) -> Bench:
            limits = {name: more.pop(name) for name in _LIMITS if name in more}
            simulator = stack.enter_context(Simulator(scenario, speed=0.0, **more))
            clock = SimulatorClock(simulator)
            relay = Relay(simulator.endpoint) if relayed else None
            if relay is not None:
                stack.callback(relay.close)
            gateway = connect(
                endpoint=through(relay.endpoint if relay else simulator.endpoint),
                subscription_id=simulator.subscription_id,
                monotonic=clock.real,
                now=clock.wall,
                read_only=read_only,
                retry_policy=RetryPolicy(wait=simulator.clock.advance),
                **limits,
            )
            stack.callback(gateway.close)
            store = FolderStore(folder / f"state-{len(list(folder.iterdir()))}")
            started_runs: list[StoredRun] = []
            services = Services(
                gateway, store, clock, read_only=read_only, launch=started_runs.append
            )
            bench = Bench(simulator, gateway, clock, services, started_runs=started_runs)
            bench.relay = relay
            return bench

        yield make
