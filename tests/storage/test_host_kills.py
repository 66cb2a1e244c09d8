"""Hosts that die at every record of a journal in a container, as processes killed by SIGKILL."""

import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.bench import NEWEST, Bench, SimulatorClock
from tests.support.processes import Machine
from tests.support.program_forks import run_fork
from tests.support.worker_harness import worker_command
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
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

AFTER_THE_LEASE = 61.0
SPEED = 480.0
NEXT_POSITIONS = {
    "after": {
        "ModelIntent": "ModelAccepted",
        "BatchIntent": "BatchAccepted",
        "InstancesReady": "InstancesUpgraded",
    },
    "before": {"InstancesReady": "BatchSettled"},
}
"""Where the next host dies after a death at a record that it repeats."""
MOST_HOSTS = 40


class World:
    """A scale set of ten instances, a container whose clock can be moved on, and a run in it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.seconds_ahead = 0.0
        account = BlobAccount(now=lambda: time.monotonic() + self.seconds_ahead)
        self.url = stack.enter_context(StorageServer(account)).url
        simulator = stack.enter_context(Simulator("web-100", speed=SPEED))
        endpoint, subscription = simulator.endpoint, simulator.subscription_id
        gateway = connect(endpoint=endpoint, subscription_id=subscription, demo=True)
        stack.callback(gateway.close)
        container = connect_container(self.url)
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


@pytest.mark.parametrize("moment", ["after", "before"])
def test_a_host_killed_at_each_record_is_replaced_by_another_and_upgrades_everything_once(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each host records that it has begun and one event more. It dies when that is durable and
    nothing else has happened, or when it is about to record the next one: then the request after
    an intent was sent. After a death at a record that the next host repeats, such as an intent (two
    requests without an effect halt a run), the next host dies at a later one. The clock of the
    leases is moved on, so that nothing waits for their end."""
    kinds: list[str] = []
    with ExitStack() as stack:
        world = World(tmp_path, stack)
        for host in range(MOST_HOSTS):
            seq = world.run.read_run()[0].seq
            next_record = f"{seq + (2 if moment == 'after' else 3)}"
            position = NEXT_POSITIONS[moment].get(kinds[-1] if kinds else "", next_record)
            home = tmp_path / f"host-{host}"
            home.mkdir()
            incident = ("killed", moment, position)
            command = worker_command(world.run.name, incident, "--state", world.url)
            ended = run_fork(command, Machine(home).environment)
            if ended.returncode != -signal.SIGKILL:
                assert (ended.returncode, ended.stderr) == (0, "")
                break
            last = world.run.read_journal().records[-1]
            assert position in {next_record, type(last.body).__name__} or moment == "before"
            assert last.seq == seq + 2 or position != next_record
            kinds.append(type(last.body).__name__)
            world.seconds_ahead += AFTER_THE_LEASE
        run, damage = world.run.read_run()
        assert (run.phase, damage) == (Phase.COMPLETED, ""), run.message
        assert run.plan is not None
        assert Counter(world.bench.effects()) == Counter(run.plan.instance_ids)
        assert len(world.bench.effects("model")) == 1
    assert {"ModelIntent", "ModelAccepted", "BatchIntent", "BatchAccepted"} <= set(kinds)
    assert {"InstancesReady", "InstancesUpgraded"} <= set(kinds)
    with capsys.disabled():
        sys.stderr.write(f"\n{len(kinds)} hosts died {moment} a record: {', '.join(kinds)}\n")
