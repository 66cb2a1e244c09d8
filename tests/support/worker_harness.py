"""A run on a simulator of its own, carried out by worker processes that may be killed."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.support.bench import NEWEST
from tests.support.processes import TIMEOUT, Machine, wait_until
from tests.support.program_forks import Fork
from tests.support.relay import Relay
from vmss_tui.arm.connect import connect
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.simulator.server import Simulator
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run, Stage

DOMAIN_1 = tuple(str(number) for number in range(1, 100, 5))


def worker_command(run: str, incident: Sequence[str] = (), *options: str) -> list[str]:
    """The command of a worker, with an incident of `crash_process` or without, and with global
    options of the program."""
    module = ["tests.support.crash_process", *incident, "--"] if incident else ["vmss_tui"]
    return [sys.executable, "-m", *module, *options, "worker", run]


@dataclass
class WorkerHarness:
    """A simulator in this process, and a run over twenty instances with a model edit."""

    home: Path
    speed: float = 240.0
    batch: int = 10
    workers: list[Fork] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Starts the simulator and plans the run; only reads are sent."""
        self.simulator = Simulator("web-100", speed=self.speed)
        self.simulator.start()
        self.relay = Relay(self.simulator.endpoint)
        self.folder = self._plan_run()
        self.planned_ids = self.folder.manifest.plan.instance_ids

    def _plan_run(self) -> RunFolder:
        endpoint, subscription = self.relay.endpoint, self.simulator.subscription_id
        gateway = connect(endpoint=endpoint, subscription_id=subscription, demo=True)
        store = FolderStore(Machine(self.home).state)
        started_runs: list[StoredRun] = []
        services = Services(gateway, store, BootClock(), launch=started_runs.append)
        policy = Policy(max_batch_instance_percent=Amount(count=self.batch))
        snapshot = services.queries.observe(scale_set_id(subscription, "web-rg", "web-vmss"))
        domain = Selection(update_domains=(1,))
        services.run_control.start(
            services.planner.plan(snapshot, domain, policy, Edit(image_version=NEWEST))
        )
        gateway.close()
        folder = started_runs[0]
        assert isinstance(folder, RunFolder)
        return folder

    def start_worker(self, *incident: str) -> Fork:
        """Starts a worker of the run, with an incident of `crash_process` or without."""
        command = worker_command(self.folder.name, incident)
        process = Fork(command, Machine(self.home).environment, stderr=subprocess.PIPE)
        self.workers.append(process)
        return process

    def wait_for_exit(self, process: Fork) -> tuple[int, str]:
        """Waits for the end of a worker: its exit code, negative for a signal, and its stderr."""
        _, errors = process.communicate(timeout=TIMEOUT)
        return process.wait(), errors

    def run_worker(self, *incident: str) -> int:
        """Runs a worker to its end; returns its exit code."""
        return self.wait_for_exit(self.start_worker(*incident))[0]

    @property
    def run(self) -> Run:
        """The run, folded from its journal."""
        run, damage = self.folder.read_run()
        assert damage == ""
        return run

    def events(self, *kinds: type[ev.AnyEvent]) -> list[Any]:
        """The events of some kinds in the journal."""
        records = journal.read_journal(self.folder.journal_path, expect_seq=1).records
        return [record.body for record in records if isinstance(record.body, kinds)]

    def wait_for_batch(self, process: Fork) -> None:
        """Waits until Azure has accepted the first batch."""

        def batch_accepted() -> bool:
            assert process.poll() is None, process.communicate()[1]
            batch = self.run.open_batch
            return batch is not None and batch.answered

        wait_until(batch_accepted, "the first batch")

    def control(self, what: str, body: Any = None) -> Any:
        """A request to the control API of the simulator; returns its decoded reply."""
        url = f"{self.simulator.endpoint}/_simulator/{what}"
        response = requests.request("POST" if body else "GET", url, json=body, timeout=30)
        response.raise_for_status()
        return response.json()

    def effects(self, kind: str = "upgrade") -> list[str]:
        """Ids of instances that an effect of this kind happened to, once for each effect."""
        records = self.control("ledger")["effects"]
        return [effect["instance_id"] for effect in records if effect["kind"] == kind]

    def requests(self, method: str, ending: str) -> list[dict[str, Any]]:
        """Requests that arrived."""
        records: Sequence[dict[str, Any]] = self.control("ledger")["requests"]
        return [
            request
            for request in records
            if request["method"] == method and request["path"].endswith(ending)
        ]

    def check_complete(self) -> None:
        """Asserts that each planned instance was upgraded once, and that the counts add up."""
        run = self.run
        assert run.phase is Phase.COMPLETED, run.message
        (completed,) = self.events(ev.Completed)
        assert (completed.upgraded, completed.failed, completed.gone, completed.skipped) == (
            run.total,
            0,
            0,
            0,
        )
        assert run.count(Stage.UPGRADED) == run.total == len(self.planned_ids)
        assert sorted(self.effects()) == sorted(self.planned_ids)
        assert len(self.effects("model")) == 1
        assert set(self.effect_kinds()) == {"upgrade", "model"}

    def effect_kinds(self) -> list[str]:
        """The kinds of all effects."""
        return [effect["kind"] for effect in self.control("ledger")["effects"]]

    def end(self) -> None:
        """Ends the workers, the relay and the simulator."""
        for process in self.workers:
            process.kill()
            process.communicate()
        self.relay.close()
        self.simulator.stop()
