"""Two homes, real processes and one container: a killed or stopped machine is replaced."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.azurite import AZURITE_TIMEOUT, TestCredential, access_token, run_azurite
from tests.support.bench import NEWEST
from tests.support.paths import ROOT
from tests.support.processes import TIMEOUT, Machine, wait_until
from vmss_tui.arm.blobs import container_client
from vmss_tui.arm.blobs.container_client import connect_container
from vmss_tui.runtime.clock import BootClock
from vmss_tui.runtime.storage.blob.blob_run import BlobRun
from vmss_tui.runtime.storage.blob.store import BlobStore
from vmss_tui.runtime.storage.run_records import LockOwner
from vmss_tui.simulator.server import Simulator
from vmss_tui.simulator.storage.account import BlobAccount
from vmss_tui.simulator.storage.server import StorageServer
from vmss_tui.upgrade.run.run import Phase

SET = "web-rg/web-vmss"
AFTER_THE_LEASE = 61.0
DOMAIN_1 = [str(number) for number in range(1, 100, 5)]


class Team:
    """A simulator, a container whose clock can be moved on, and the homes of operators."""

    module = "vmss_tui"
    """The module that is run as the program."""

    def __init__(self, folder: Path, stack: ExitStack, url: str = "", **more: str) -> None:
        """`url` is a container that exists; without it one is served. `more` is environment."""
        self.seconds_ahead = 0.0
        account = BlobAccount(now=lambda: time.monotonic() + self.seconds_ahead)
        self.url = url or stack.enter_context(StorageServer(account)).url
        self.simulator = stack.enter_context(Simulator("web-100", speed=60.0))
        self._folder, self._environment = folder, more
        container = connect_container(self.url)
        stack.callback(container.close)
        self.store = BlobStore(container, folder / "observer", BootClock().real)
        self.workers: set[int] = set()

    def start(self, home: str, *arguments: str) -> subprocess.Popen[str]:
        """A command of the program in a home, with the container."""
        simulator = self.simulator
        options = ["--endpoint", simulator.endpoint, "--subscription", simulator.subscription_id]
        if arguments[0] != "run":
            options = []
        return subprocess.Popen(
            [sys.executable, "-m", self.module, *arguments, *options, "--state", self.url],
            cwd=ROOT,
            env=Machine(self._folder / home).environment | self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, home: str, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a command."""
        process = self.start(home, *arguments)
        output, _ = process.communicate(timeout=TIMEOUT)
        return process.returncode, output

    def begin_run(self, home: str) -> BlobRun:
        """Starts a run over update domain 1, and waits until Azure has its first batch."""
        code, output = self.run(
            home, "run", SET, "--domain", "1", "--image-version", NEWEST, "--max-batch", "10",
            "--min-healthy", "0", "--yes", "--detach",
        )  # fmt: skip
        assert code == 0, output
        wait_until(lambda: bool(self.store.names()), "the run in the container")
        run = self.store.find(self.store.names()[0])

        def is_open() -> bool:
            batch = run.read_run()[0].open_batch
            return batch is not None and batch.answered

        wait_until(is_open, "the first batch")
        self.workers.add(self.owner(run).pid)
        return run

    def owner(self, run: BlobRun) -> LockOwner:
        """The worker that has the lease."""
        self.store.forget()
        owner = run.lock_owner()
        assert owner is not None
        return owner

    def check_everything_once(self, run: BlobRun) -> None:
        """Asserts that the run completed, and that the ledger has each instance once."""
        state, damage = run.read_run()
        assert (state.phase, damage) == (Phase.COMPLETED, ""), state.message
        effects = self.simulator.world.ledger.effects
        upgraded = Counter(
            effect["instance_id"] for effect in effects if effect["kind"] == "upgrade"
        )
        assert upgraded == Counter(DOMAIN_1)

    def end(self) -> None:
        """Ends the workers that are left."""
        for pid in self.workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """A team of two homes."""
    with ExitStack() as stack:
        made = Team(tmp_path, stack)
        stack.callback(made.end)
        yield made


def test_a_killed_machine_is_replaced_after_its_lease_and_a_second_start_is_refused(
    team: Team,
) -> None:
    run = team.begin_run("ana")
    owner = team.owner(run)
    code, output = team.run("ben", "run", SET, "--domain", "2", "--yes")
    assert code == 6
    place = f"{run.name}, {owner.place}, since {owner.since}"
    assert place in " ".join(output.split())
    assert socket.gethostname() in owner.place
    os.kill(owner.pid, signal.SIGKILL)
    code, output = team.run("ben", "run", SET, "--domain", "2", "--yes")
    assert (code, team.owner(run).pid) == (6, owner.pid), output  # until the lease ends
    team.seconds_ahead += AFTER_THE_LEASE
    code, output = team.run("ben", "resume", run.name)
    assert code == 0, output
    team.workers.add(team.owner(run).pid)
    code, output = team.run("ben", "attach", run.name)
    assert code == 0, output
    team.check_everything_once(run)
    _, output = team.run("ana", "runs")
    assert run.name in output


def test_a_machine_that_stood_still_beyond_its_lease_writes_nothing_more(team: Team) -> None:
    run = team.begin_run("ana")
    first = team.owner(run)
    os.kill(first.pid, signal.SIGSTOP)
    team.seconds_ahead += AFTER_THE_LEASE
    code, output = team.run("ben", "resume", run.name)
    assert code == 0, output
    team.workers.add(team.owner(run).pid)
    code, output = team.run("ben", "attach", run.name)
    assert code == 0, output
    team.check_everything_once(run)
    requests = len(team.simulator.world.ledger.requests)
    journal = run.read_journal()
    os.kill(first.pid, signal.SIGCONT)
    wait_until(lambda: not _is_running(first.pid), "the end of the first worker")
    writes = [r for r in team.simulator.world.ledger.requests[requests:] if r["method"] != "GET"]
    assert writes == []
    assert run.read_journal() == journal
    team.check_everything_once(run)


@pytest.mark.timeout(AZURITE_TIMEOUT)
def test_over_azurite_a_killed_machine_is_replaced_once_its_lease_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        azurite = stack.enter_context(run_azurite(tmp_path))
        certificate = str(azurite.certificate)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
        monkeypatch.setattr(
            container_client, "create_credential", lambda *_, **__: TestCredential()
        )
        path = f"{write_az(tmp_path)}{os.pathsep}{os.environ['PATH']}"
        url = azurite.create_container("team")
        team = Team(tmp_path, stack, url, REQUESTS_CA_BUNDLE=certificate, PATH=path)
        team.module = "tests.support.short_lease"
        stack.callback(team.end)
        run = team.begin_run("ana")
        owner = team.owner(run)
        os.kill(owner.pid, signal.SIGKILL)
        code, output = team.run("ben", "run", SET, "--domain", "2", "--yes")
        assert (code, owner.place in output) == (6, True), output
        wait_until(lambda: not is_leased(team, run), "the end of the lease")
        code, output = team.run("ben", "resume", run.name)
        assert code == 0, output
        team.workers.add(team.owner(run).pid)
        code, output = team.run("ben", "attach", run.name)
        assert code == 0, output
        team.check_everything_once(run)


def write_az(folder: Path) -> Path:
    """An `az` that signs in to the emulator; returns its folder."""
    answer = {"accessToken": access_token(), "expires_on": int(time.time()) + 86_400}
    program = folder / "bin" / "az"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    return program.parent


def is_leased(team: Team, run: BlobRun) -> bool:
    """Whether a worker has the lease of the scale set; waits a little before each request."""
    threading.Event().wait(0.2)
    team.store.forget()
    return run.lock_owner() is not None


def _is_running(pid: int) -> bool:
    """The process exists, and is no zombie that only waits to be collected."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
