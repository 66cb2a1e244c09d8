"""Hosts that die at every record of a journal in a container, as processes killed by SIGKILL.

As `end_to_end/test_kills.py` for a folder, with the simulator's own storage. Each next host has a
home of its own, and takes the run over from the container alone.
"""

import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.bench import NEWEST, Bench, SimulatorClock
from tests.support.processes import Machine
from tests.support.worker_forks import RunForkedWorker, forked_workers
from vmss_tui.arm.blobs.container_client import connect_container
from vmss_tui.arm.connect import connect
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.simulator.server import Simulator
from vmss_tui.simulator.storage.account import BlobAccount
from vmss_tui.simulator.storage.server import StorageServer
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

AFTER_THE_LEASE = 61.0
SPEED = 480.0
MOST_HOSTS = 60
LATER = {
    "after": {
        "ModelIntent": "ModelAccepted",
        "InstancesReopened BatchSettled": "BatchAccepted",
        "InstancesReady": "InstancesUpgraded",
    },
    "before": {"InstancesReady InstancesReady": "BatchSettled"},
}
"""Where a host dies after one or two deaths at these records, instead of at a repetition of one:
two requests without an effect halt a run, and the time that an instance must be healthy begins
again on each host."""
FIRST_POSITIONS = {"after": ("1", "2"), "before": ("1", "2", "3")}
"""Where the first hosts die: around the confirmed plan, and around the first start of a worker."""


class World:
    """A scale set of ten instances, a container whose clock can be moved on, and a run in it over
    two instances, one after the other."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._hosts, self._seconds_ahead = folder, 0, 0.0
        account = BlobAccount(now=lambda: time.monotonic() + self._seconds_ahead)
        self._url = stack.enter_context(StorageServer(account)).url
        simulator = stack.enter_context(Simulator("web-100", speed=SPEED))
        endpoint, subscription = simulator.endpoint, simulator.subscription_id
        gateway = connect(endpoint=endpoint, subscription_id=subscription, demo=True)
        stack.callback(gateway.close)
        container = connect_container(self._url)
        stack.callback(container.close)
        store = BlobStore(container, folder / "observer", BootClock().real)
        services = Services(gateway, store, BootClock(), launch=list[StoredRun]().append)
        self.bench = Bench(simulator, gateway, SimulatorClock(simulator), services)
        self.bench.scale_in(10)
        policy = Policy(max_batch_instance_percent=Amount(count=1))
        plan = self.bench.plan_run(
            Selection(update_domains=(1,)), policy, Edit(image_version=NEWEST)
        )
        self.run = store.find(services.run_control.start(plan))

    def run_host(self, run_worker: RunForkedWorker, moment: str, position: str) -> bool:
        """Carries out the run on a host with a home of its own, after the lease of the previous
        one; true where it died at that position, false where the run is over."""
        home = self._folder / f"host-{self._hosts}"
        self._seconds_ahead += AFTER_THE_LEASE * bool(self._hosts)
        self._hosts += 1
        home.mkdir()
        incident = ("killed", moment, position)
        code, errors = run_worker(
            self.run.name, Machine(home).environment, incident, "--state", self._url
        )
        assert (code, errors) in ((0, ""), (-signal.SIGKILL, "")), errors
        return code != 0

    def records(self) -> tuple[ev.Record, ...]:
        """The journal."""
        return self.run.read_journal().records

    def check_everything_once(self) -> None:
        """The run is complete, and by the ledger each instance and the model were changed once."""
        run, damage = self.run.read_run()
        assert (run.phase, damage) == (Phase.COMPLETED, ""), run.message
        assert run.plan is not None
        assert Counter(self.bench.effects()) == Counter(run.plan.instance_ids)
        assert len(self.bench.effects("model")) == 1


@pytest.mark.parametrize("moment", ["after", "before"])
def test_a_host_killed_at_every_record_is_replaced_by_another_and_upgrades_everything_once(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each host records that it has begun and one event more. It dies when that is durable and
    nothing else has happened, or when it is about to write the next record: then the request after
    an intent was sent. The clock of the leases is moved on, so that nothing waits for their end."""
    died_at: list[int] = []
    """The last record before each death."""
    kinds: list[str] = []
    steps, later = (2 if moment == "after" else 3), LATER[moment]
    with ExitStack() as stack:
        world = World(tmp_path, stack)
        run_worker = stack.enter_context(forked_workers(tmp_path))
        for host in range(MOST_HOSTS):
            next_record = f"{len(world.records()) + steps}"
            last = later.get(" ".join(kinds[-2:])) or later.get("".join(kinds[-1:]))
            position = dict(enumerate(FIRST_POSITIONS[moment])).get(host, last or next_record)
            if not world.run_host(run_worker, moment, position):
                break
            records = world.records()
            died_at.append(len(records))
            kinds.append(type(records[-1].body).__name__ if records else "")
        world.check_everything_once()
        records = world.records()
    killed = {identity(records[seq - 1]) for seq in died_at if seq}
    spared = [record for record in records if identity(record) not in killed]
    assert [type(record.body) for record in spared] == [ev.Completed] * (moment == "before")
    with capsys.disabled():
        sys.stderr.write(f"\n{len(died_at)} hosts died {moment} a record of {len(records)}\n")


def identity(record: ev.Record) -> tuple[object, ...]:
    """What distinguishes a record from all but its repetitions: its kind, and its instances or its
    batch; an intent that is repeated begins a new batch."""
    body = record.body
    return type(body), getattr(body, "instance_ids", None) or getattr(body, "number", 0)
