"""A run over a situation from the field, in a worker process of its own."""

import json
import sys
from pathlib import Path

from tests.support.field_server import FieldServer, StepServer, image_version
from tests.support.processes import Machine
from tests.support.program_forks import run_fork

ID = "00000000-0000-0000-0000-000000000000"
IMAGE = f"/subscriptions/{ID}/resourceGroups/rg1/providers/Microsoft.Compute/images/web"


NEWEST, OLDER = "22.04.202601010", "22.04.202510010"


def run_program(machine: Machine, azure: FieldServer, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command in front of the situation."""
    command = [sys.executable, "-m", "vmss_tui", *arguments, "--endpoint", azure.endpoint]
    completed = run_fork(command, machine.environment)
    return completed.returncode, completed.stdout + completed.stderr


def test_a_run_on_a_model_at_latest_is_reverted_to_what_its_instances_ran(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    quick = ("--min-healthy", "0", "--yes", "--subscription", ID)
    with StepServer("revert-to-latest") as azure:
        edit = ("--image-version", NEWEST, "--instance", "1")
        code, text = run_program(machine, azure, "run", "rg1/latest9", *edit, *quick, "--json")
        assert code == 0, text
        name = json.loads(text.splitlines()[0])["run"]
        code, text = run_program(machine, azure, "revert", name, "--yes")
        assert code == 0, text
        code, text = run_program(machine, azure, "attach", name)
    assert code == 4, text  # rolled back
    patches = [image_version(body) for body in azure.patch_bodies]
    assert patches == [NEWEST, OLDER], text
    upgraded = [body["instanceIds"] for method, _, _, body in azure.writes if method == "POST"]
    assert upgraded == [["1"], ["1"]]


def test_a_run_whose_edit_is_never_allowed_halts_at_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    arguments = [
        "run",
        "rg1/vmss2",
        "--all",
        "--image-id",
        IMAGE,
        "--anyway",  # the image is not in the recording
        "--yes",
        "--json",
        "--subscription",
        ID,
    ]
    with FieldServer("image-type-409") as azure:
        command = [sys.executable, "-m", "vmss_tui", *arguments, "--endpoint", azure.endpoint]
        completed = run_fork(command, machine.environment)
    events = [json.loads(line)["body"] for line in completed.stdout.splitlines()]
    halted = next(event for event in events if event["event"] == "halted")
    assert completed.returncode == 3
    assert (halted["reason"], len(azure.writes)) == ("refused", 1)
    assert "may not be changed" in json.dumps(halted)
    assert "plan a run with other values" in json.dumps(halted)
