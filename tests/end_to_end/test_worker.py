"""The worker as a process: killed, disconnected, started twice. Effects are the ledger's."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bench import NEWEST
from tests.support.control_session import ControlSession
from tests.support.local_world import serve_world
from tests.support.paths import ROOT
from tests.support.processes import TIMEOUT, Machine, events, wait_until, worker_pid
from tests.support.run_folders import PLAN, WEB
from vmss_tui import demo
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs.worker import launch_worker
from vmss_tui.runtime.storage.run_store import FolderStore
from vmss_tui.upgrade.report.explanation import awaits_author
from vmss_tui.upgrade.run.run import Phase

RUN = ("run", "web-rg/web-vmss", "--domain", "1", "--yes")
DOMAIN_1 = {str(number) for number in range(1, 100, 5)}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo and workers end with the test."""
    result = Machine(tmp_path)
    with serve_world(result.state):
        yield result
    result.end()


def test_the_main_job_without_a_person_upgrades_exactly_one_domain_once(machine: Machine) -> None:
    done = machine.run(*RUN, "--image-version", NEWEST, "--json")
    assert done.returncode == 0, done.stderr
    kinds = [event["body"]["event"] for event in events(done.stdout)]
    assert kinds[0] == "plan_confirmed"
    assert kinds[-1] == "completed"
    assert Counter(machine.upgraded()) == Counter(DOMAIN_1)


def test_a_killed_worker_is_resumed_and_every_instance_is_upgraded_once(machine: Machine) -> None:
    machine.speed = 10.0
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    os.kill(worker_pid(folder), signal.SIGKILL)
    wait_until(lambda: not folder.is_live, "the lock's release")
    assert folder.read_run()[0].phase is Phase.ROLLING_FORWARD
    machine.speed = 60.0
    resumed = machine.run("resume", folder.name)
    assert resumed.returncode == 0, resumed.stderr
    machine.control("clock", {"speed": 240.0})
    assert machine.run("attach", folder.name).returncode == 0
    assert folder.read_run()[0].phase is Phase.COMPLETED
    assert set(machine.upgraded()) <= DOMAIN_1
    assert max(Counter(machine.upgraded()).values()) == 1


def test_a_killed_viewer_leaves_the_run_at_work(machine: Machine) -> None:
    viewer = machine.start(*RUN, "--json")
    folder = machine.run_with_open_batch()
    viewer.kill()
    viewer.communicate()
    wait_until(lambda: folder.read_run()[0].ended, "the run's end")
    assert folder.read_run()[0].phase is Phase.COMPLETED
    assert max(Counter(machine.upgraded()).values()) == 1


def test_a_viewer_that_is_interrupted_says_how_to_come_back_and_ends_with_5(
    machine: Machine,
) -> None:
    machine.speed = 5.0
    viewer = machine.start(*RUN)
    folder = machine.run_with_open_batch()
    viewer.send_signal(signal.SIGINT)
    _, errors = viewer.communicate(timeout=30)
    assert viewer.returncode == 5
    assert f"attach {folder.name}" in errors
    assert folder.is_live


def test_a_viewer_whose_output_is_closed_leaves_and_the_run_goes_on(machine: Machine) -> None:
    viewer = machine.start(*RUN, "--json")
    folder = machine.run_with_open_batch()
    assert viewer.stdout is not None
    viewer.stdout.close()
    assert viewer.wait(timeout=TIMEOUT) == ExitCode.PIPE_CLOSED
    wait_until(lambda: folder.read_run()[0].ended, "the run's end")
    assert folder.read_run()[0].phase is Phase.COMPLETED


def test_a_worker_does_not_mind_a_hangup(machine: Machine) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    os.kill(worker_pid(folder), signal.SIGHUP)
    wait_until(lambda: folder.read_run()[0].ended, "the run's end")
    assert folder.read_run()[0].phase is Phase.COMPLETED


def test_a_terminated_worker_leaves_a_run_that_can_be_resumed(machine: Machine) -> None:
    machine.speed = 10.0
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    os.kill(worker_pid(folder), signal.SIGTERM)
    wait_until(lambda: not folder.is_live, "the worker's end")
    run, damage = folder.read_run()
    assert (run.phase, damage) == (Phase.ROLLING_FORWARD, "")
    assert machine.run("resume", folder.name).returncode == 0
    machine.control("clock", {"speed": 240.0})
    wait_until(lambda: folder.read_run()[0].ended, "the run's end")
    assert max(Counter(machine.upgraded()).values()) == 1


def test_two_runs_on_one_set_are_one_too_many(machine: Machine) -> None:
    machine.speed = 5.0
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    second = machine.run(*RUN)
    assert second.returncode == 6
    assert folder.name in second.stderr
    assert machine.upgrade_posts() == 1


def test_a_run_can_be_paused_resumed_and_aborted_from_another_terminal(machine: Machine) -> None:
    machine.speed = 20.0
    assert machine.run(*RUN, "--max-batch", "4", "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    assert machine.run("pause", folder.name).returncode == 0
    assert folder.read_run()[0].phase is Phase.PAUSED
    assert machine.run("resume", folder.name).returncode == 0
    assert folder.read_run()[0].phase is Phase.ROLLING_FORWARD
    assert machine.run("abort", folder.name).returncode == 0
    wait_until(lambda: not folder.is_live, "the worker's end")
    assert folder.read_run()[0].phase is Phase.CANCELLED
    posts = machine.upgrade_posts()
    attached = machine.run("attach", folder.name, "--json")
    assert attached.returncode == 4
    assert machine.upgrade_posts() == posts


def test_nothing_that_lies_in_the_working_folder_is_imported(tmp_path: Path) -> None:
    trap = "import pathlib\npathlib.Path(__file__).with_suffix('.sprung').touch()\n"
    folder = tmp_path / "here"
    folder.mkdir()
    for name in ("vmss_tui", "msgspec", "yaml", "azure", "json", "signal"):
        (folder / f"{name}.py").write_text(trap)
    machine = Machine(tmp_path / "home")
    environment = machine.environment | {"PYTHONPATH": str(ROOT)}
    gate = shlex.join((sys.executable, "-P", "-c", "print(1)"))
    command = ["--demo", "--speed", "60", "run", "web-rg/web-vmss", "--instance", "21", "--yes"]
    try:
        done = subprocess.run(
            [Path(sys.executable).parent / "vmss-tui", *command, "--gate", gate],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert machine.upgraded() == ["21"]
        assert sorted(folder.glob("*.sprung")) == []
    finally:
        machine.end()


def test_a_start_whose_worker_ends_at_once_is_refused_in_its_words_and_leaves_no_run(
    tmp_path: Path,
) -> None:
    session = ControlSession(tmp_path / "state")
    program = "import os, sys; os.fstat(int(sys.argv[-1])); sys.exit('nobody is signed in')"
    session.launch = lambda folder: launch_worker(folder, (sys.executable, "-c", program))
    with pytest.raises(RunRefused, match="nobody is signed in"):
        session.control.start(PLAN)
    assert session.runs_on_disk() == []
    assert session.store.live_run(WEB) is None


def test_a_drift_halt_names_the_colleague_once_the_activity_log_does(tmp_path: Path) -> None:
    machine = Machine(tmp_path, world=demo.DemoWorld(scenario="two-operators"))
    try:
        done = machine.run("run", "web-rg/web-vmss", "--all", "--yes")
        (folder,) = FolderStore(machine.state).all()
        while done.returncode == ExitCode.LEFT:  # between two readings she restarts instances
            machine.run("resume", folder.name)
            done = machine.run("attach", folder.name)
        assert done.returncode == ExitCode.HALTED, done.stderr
        assert "osProfile.adminUsername: azureuser → contoso" in done.stderr
        hint = f"vmss-tui report {folder.name}"
        assert "dana@contoso.example" in done.stderr or hint in done.stderr, done.stderr
        wait_until(lambda: not awaits_author(folder.read_run()[0]), "the author")
        report = machine.run("report", folder.name).stdout
    finally:
        machine.end()
    assert re.search(
        r"dana@contoso\.example with Azure Portal at [0-9:]{8} UTC "
        r"\(Microsoft\.Compute/virtualMachineScaleSets/write, correlation id [0-9a-f-]{36}\): "
        r"properties\.virtualMachineProfile\.osProfile\.adminUsername: azureuser → contoso",
        report,
        re.IGNORECASE,
    )
