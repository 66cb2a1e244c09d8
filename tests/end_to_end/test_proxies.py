"""A proxy in the environment is never asked for the simulator on this machine."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.support.processes import Machine, Terminal
from tests.support.program_forks import run_fork
from tests.support.recording_proxy import RecordingProxy
from vmss_tui import demo

WEB = "web-rg/web-vmss"


@dataclass
class ProxiedMachine(Machine):
    """A machine whose environment names a proxy for every host."""

    proxy: RecordingProxy = field(default_factory=RecordingProxy)

    @property
    def environment(self) -> dict[str, str]:
        """Without az, settings or earlier runs, and with the proxy."""
        return super().environment | self.proxy.environment


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[ProxiedMachine]:
    """A machine whose demo, workers and proxy end with the test."""
    result = ProxiedMachine(tmp_path, speed=600.0)
    yield result
    result.end()
    result.proxy.close()


def test_the_proxy_records_what_a_program_asks_of_it() -> None:
    proxy = RecordingProxy()
    with pytest.raises(requests.RequestException):
        requests.get(
            "http://127.0.0.1:9/clock", proxies={"http": proxy.environment["HTTP_PROXY"]}, timeout=5
        )
    assert proxy.requests == ["GET http://127.0.0.1:9/clock HTTP/1.1"]
    proxy.close()


def test_demo_run_doctor_and_dashboard_leave_the_proxy_alone(machine: ProxiedMachine) -> None:
    run = machine.run("run", WEB, "--instance", "21", "--yes")
    assert run.returncode == 0, run.stderr
    assert machine.upgraded() == ["21"]
    doctor = machine.run("doctor")
    assert "demo: a simulator" in doctor.stdout, doctor.stderr
    terminal = Terminal(machine.command(WEB), machine.environment)
    try:
        terminal.wait_for_text("UD 4")
        terminal.press("q", "q")
        assert terminal.wait_for_exit() == 0
    finally:
        terminal.close()
    served = demo.find_running(machine.state, machine.world)
    assert served is not None
    command = [sys.executable, "-m", machine.module, "--endpoint", served.endpoint, "status", WEB]
    status = run_fork(command, machine.environment)
    assert "100 instances" in status.stdout, status.stderr
    assert machine.proxy.requests == []
