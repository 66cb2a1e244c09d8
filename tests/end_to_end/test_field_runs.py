"""A run over a situation from the field, in a worker process of its own."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.field_server import FieldServer
from tests.support.processes import Machine

ID = "00000000-0000-0000-0000-000000000000"
IMAGE = f"/subscriptions/{ID}/resourceGroups/rg1/providers/Microsoft.Compute/images/web"


def test_a_run_whose_edit_is_never_allowed_halts_at_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    arguments = [
        "run",
        "rg1/vmss2",
        "--all",
        "--image-id",
        IMAGE,
        "--yes",
        "--json",
        "--subscription",
        ID,
    ]
    with FieldServer("image-type-409") as azure:
        completed = subprocess.run(
            [sys.executable, "-m", "vmss_tui", *arguments, "--endpoint", azure.endpoint],
            env=machine.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    events = [json.loads(line)["body"] for line in completed.stdout.splitlines()]
    halted = next(event for event in events if event["event"] == "halted")
    assert completed.returncode == 3
    assert (halted["reason"], len(azure.writes)) == ("refused", 1)
    assert "may not be changed" in json.dumps(halted)
    assert "plan a run with other values" in json.dumps(halted)
