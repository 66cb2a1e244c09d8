"""A campaign over forty scale sets as its user starts it, with all its processes: what they use."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.rows import Row
from tests.support.local_world import serve_world
from tests.support.manual_fleet import FLEET_STRATEGY, use_manual_fleet
from tests.support.process_usage import process_usage
from tests.support.processes import Machine
from vmss_tui.target import DemoWorld

SPEED = 30.0
"""Slow enough that five runs are live at the same time although each worker starts. The processor
time of a campaign depends little on it, so the cores are about proportional to it."""


def rows() -> Iterator[Row]:
    """Cores on average, and the largest memory at one moment."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        use_manual_fleet(patch)
        machine = Machine(Path(folder), speed=SPEED, world=DemoWorld("fleet"))
        strategy = Path(folder) / "fleet.yaml"
        strategy.write_text(FLEET_STRATEGY)
        with serve_world(machine.state, machine.world, speed=SPEED), process_usage() as usage:
            command = machine.command("campaign", "start", f"{strategy}", "--yes", "--json")
            done = subprocess.run(
                command, env=machine.environment, capture_output=True, check=True, text=True
            )
            requests = machine.control("ledger")["requests"]
    last = json.loads(done.stdout.splitlines()[-1])["body"]
    assert (last["event"], last["upgraded"]) == ("campaign_completed", 40)
    note = f"{usage.cpu_seconds:.0f} s in {usage.seconds:.0f} s"
    yield Row("cores of a campaign over 40 scale sets", usage.cores, 1, "", note=note)
    note = f"{usage.peak_processes} processes"
    yield Row("its memory", usage.peak_bytes / (1 << 20), 1536, "MiB", note=note)
    throttled = sum(request["status"] == 429 for request in requests)
    yield Row("its requests that were throttled", throttled, 0, "", note=f"{len(requests)} sent")
