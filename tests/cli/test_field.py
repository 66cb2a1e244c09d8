"""Situations from the field, served to the program."""

import pytest

from tests.support.command_line import CommandLine
from tests.support.field_server import FieldServer

METADATA = "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Compute"
AT = ("--subscription", "00000000-0000-0000-0000-000000000000")
IMAGE = f"{METADATA.partition('/providers')[0]}/resourceGroups/rg1/providers/Microsoft.Compute"


def test_an_agent_pool_of_azure_devops_is_protected_and_cautioned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FieldServer("devops-elastic-pool") as azure:
        cli = CommandLine(capsys, *AT, "--endpoint", azure.endpoint)
        status = cli("status", "rg1/agents1")
        plan = cli("plan", "rg1/agents1", "--all")
        run = cli("run", "rg1/agents1", "--all", "--yes")
        power = cli("power", "rg1/agents1", "restart", "--all", "--yes")
    assert status[0] == plan[0] == 0
    assert "managed by  Azure DevOps" in status[1]
    assert "its agents may be running jobs" in plan[1]
    for code, _, err in (run, power):
        assert code == 6
        assert "rg1/agents1 is managed by Azure DevOps" in err
    assert azure.writes == []


def test_an_edit_to_another_kind_of_image_is_refused_once_and_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with FieldServer("image-type-409") as azure:
        code, _, err = CommandLine(capsys, *AT, "--endpoint", azure.endpoint)(
            "model", "rg1/vmss2", "--image-id", f"{IMAGE}/images/web", "--yes"
        )
    assert code == 1
    assert "may not be changed" in err
    assert "this can only be set when a scale set is created" in err
    assert [method for method, *_ in azure.writes] == ["PATCH"]


def test_doctor_says_which_api_version_a_cloud_behind_leaves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    types = [{"resourceType": "virtualMachineScaleSets", "apiVersions": ["2024-11-01"]}]
    with FieldServer("api-version-behind") as azure:
        azure.reply("GET", METADATA, body={"resourceTypes": types})
        _, out, _ = CommandLine(capsys, "--endpoint", azure.endpoint)("doctor")
    line = next(line for line in out.splitlines() if "api-version" in line)
    assert line.startswith("warn")
    assert "2024-11-01: this cloud does not support 2026-04-01 yet" in line
