"""Shapes of Azure that users reported, served to the command line: what it prints and refuses.

No request is a write.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_session import FakeServices
from tests.support.pilot import run_dashboard
from tests.support.reported_program import Json, Program
from vmss_tui.arm.connect import connect
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.scale_set_id import parse_resource_id

MACHINES = "/providers/Microsoft.Compute/virtualMachines"
SETS = "/providers/Microsoft.Compute/virtualMachineScaleSets"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without settings and earlier edits."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VMSS_TUI_CONFIG", raising=False)
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)


def planned(document: Json) -> list[str]:
    return [i for batch in document["batches"] for i in batch["instance_ids"]]


def test_healthy_machines_of_a_flexible_set_at_latest_are_no_problem(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("flex-latest", capsys)
    status = program.json("status")
    assert (status["problems"], status["stale"], status["counts"]) == (0, 0, {"model-unknown": 3})
    assert (status["latest"], status["behind_latest"]) == ("22.04.202512010", 1)
    out = program("status")[1]
    assert "3 unknown" in out
    assert "problem" not in out


def test_the_advice_for_a_flexible_set_at_latest_leads_to_a_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("flex-latest", capsys)
    code, _, err = program("plan")
    assert code != ExitCode.DONE
    assert "1 of 3 instances run an older image than 22.04.202512010" in err
    assert "--image-version 22.04.202512010" in err
    plan = program.json("plan", "--image-version", "22.04.202512010")
    assert planned(plan) == ["flexlatest_00000002"]
    assert not any("does not say" in omission["why"] for omission in plan["left_out"])
    assert "does not report custom data, passwords" in plan["notes"][0]


def test_an_edit_to_latest_leaves_machines_out_that_nothing_could_decide(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("instance-mix", capsys)
    code, _, err = program("plan", "--image-version", "latest")
    assert code != ExitCode.DONE
    assert "name it to include it" in err


def test_sizes_of_an_instance_mix_are_those_of_its_profile(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("instance-mix", capsys)
    status = program.json("status")
    assert (status["current"], status["stale"]) == (3, 1)
    sizes = ["Standard_D2as_v4", "Standard_D2as_v5", "Standard_D2s_v5"]
    assert status["scale_set"]["vm_sizes"] == sizes
    assert planned(program.json("plan")) == ["mix1_00000003"]
    assert f"Mix ({', '.join(sizes)})" in program("model")[1]


@pytest.mark.parametrize("command", ["plan", "model"])
def test_a_size_for_an_instance_mix_is_refused_with_the_reason(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    code, _, err = Program("instance-mix", capsys)(command, "--vm-size", "Standard_D4s_v5")
    assert code == ExitCode.USAGE
    assert "is an instance mix (Standard_D2as_v4, " in err
    assert "skuProfile" in err


def test_machines_of_a_set_without_a_profile_are_attached_and_no_problem(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("flex-no-profile", capsys)
    status = program.json("status")
    assert status["problems"] == status["stale"] == 0
    reasons = {instance["attached_reason"] for instance in status["instances"]}
    assert reasons == {"the scale set has no VM profile"}
    code, _, err = program("plan")
    assert code != ExitCode.DONE
    assert "has no model" in err


def attach(program: Program, name: str, **storage: Any) -> None:
    """Adds a machine to a Flexible set that it was not created by."""
    machine = copy.deepcopy(program.machines[0])
    machine["name"] = name
    machine["id"] = machine["id"].rpartition("/")[0] + f"/{name}"
    machine["properties"]["storageProfile"] |= storage
    program.machines.append(machine)


def test_attached_machines_are_in_no_default_plan_and_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("instance-mix", capsys)
    older = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy",
             "sku": "22_04-lts-gen2", "version": "1.0.0", "exactVersion": "1.0.0"}  # fmt: skip
    attach(program, "mix1_win", osDisk={"osType": "Windows", "createOption": "FromImage"})
    attach(program, "mix1_disk", osDisk={"osType": "Linux", "createOption": "Attach"})
    del program.machines[-1]["properties"]["storageProfile"]["imageReference"]
    attach(program, "web-01", imageReference=older)
    attach(program, "mix1_old", imageReference=older)
    program.machines[-1]["properties"]["timeCreated"] = "2024-01-01T00:00:00Z"
    plan = program.json("plan")
    assert planned(plan) == ["mix1_00000003"]
    attached = {o["instance_id"] for o in plan["left_out"] if "attached" in o["why"]}
    assert attached == {"mix1_win", "mix1_disk", "web-01", "mix1_old"}
    assert planned(program.json("plan", "--all")) == ["mix1_00000003"]
    out = program("status")[1]
    for text in (
        "attached  instance mix1_win: its OS is Windows, the model's Linux",
        "attached  instance mix1_disk: its OS disk was attached and has no image",
        "attached  instance web-01: its name does not begin as Azure names instances (mix1_…)",
        "attached  instance mix1_old: it is older than the scale set",
    ):
        assert text in out


def test_an_attached_machine_that_is_named_is_planned_with_a_caution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("flex-latest", capsys)
    attach(program, "sql-01")
    plan = program.json("plan", "--instance", "sql-01", "--image-version", "22.04.202512010")
    assert planned(plan) == ["sql-01"]
    assert any("may replace its OS disk" in caution for caution in plan["cautions"])


def test_a_group_named_in_any_script_keeps_its_gallery(capsys: pytest.CaptureFixture[str]) -> None:
    program = Program("group-unicode-parens", capsys)
    versions = program.json("images")["versions"]
    assert [version["version"] for version in versions] == ["1.1.0", "1.0.0"]
    own = program.json("images", "--list", "own")
    assert [item["reference"].rpartition("/")[2] for item in own["items"]] == ["web"]
    assert own["damage"] == []
    assert program.json("status")["complete"] is True


def test_a_gallery_that_cannot_be_requested_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("group-unicode-parens", capsys)
    galleries = next(b for p, b in program.bodies.items() if p.endswith("Compute/galleries"))
    galleries["value"].append({"id": "/subscriptions/x/../galleries/odd", "name": "odd"})
    own = program.json("images", "--list", "own")
    assert len(own["items"]) == 1
    assert own["damage"] == [
        "gallery odd: '/subscriptions/x/../galleries/odd' is not an id that can be requested"
    ]


@pytest.mark.parametrize("group", ["rg1", "rg_(prod)-Köln"])
def test_a_next_link_that_is_not_encoded_is_followed(
    capsys: pytest.CaptureFixture[str], group: str
) -> None:
    program = Program("flex-latest", capsys)
    text = json.dumps(program.bodies, ensure_ascii=False).replace("/rg1/", f"/{group}/")
    program.bodies = json.loads(text)
    (path,) = [path for path in program.bodies if path.endswith(MACHINES)]
    link = (
        f"https://management.azure.com:443{path}?api-version=2026-04-01"
        f"&$filter='virtualMachineScaleSet/id' eq '{program.model['id']}'"
        "&$expand=instanceView&$skiptoken=ABC"
    )
    machines = program.machines
    program.bodies[path] = {"value": machines[:2], "nextLink": link}
    program.bodies[f"{path}?ABC"] = {"value": machines[2:]}
    status = program.json("status")
    assert (status["complete"], status["instance_count"]) == (True, 3)


def test_a_set_in_an_edge_zone_is_offered_what_the_zone_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("edge-zone-images", capsys)
    images = program.json("images")
    names = [version["version"] for version in images["versions"]]
    assert names == ["22.04.202510010", "22.04.202509010"]
    assert images["newest"] == "22.04.202510010"
    assert program.json("status")["scale_set"]["edge_zone"] == "microsoftlosangeles1"
    assert "westus microsoftlosangeles1" in program("status")[1]


def test_a_failed_set_says_so_with_its_instances_and_reasons(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("failed-set-aks", capsys)
    out = program("status")[1]
    assert "state  provisioning state Failed" in out
    assert "instance 1  ProvisioningState/failed/VMExtensionHandlerNonTransientError" in out
    assert "Temporary failure in name resolution" in out
    model, subscription = program.model, "00000000-0000-0000-0000-000000000000"
    program.bodies["/subscriptions"] = {"value": [{"subscriptionId": subscription}]}
    program.bodies[f"/subscriptions/{subscription}{SETS}"] = {"value": [model]}
    with program.served() as (list_sets, _):
        heading, row = list_sets("list")[1].splitlines()[:2]
    assert heading.split()[-1] == "STATE"
    assert row.split()[-1] == "Failed"


async def test_a_failed_set_says_so_in_the_header(capsys: pytest.CaptureFixture[str]) -> None:
    program = Program("failed-set-aks", capsys)
    with program.served() as (_, server):
        gateway = connect(endpoint=server.endpoint)
        snapshot = gateway.observe(parse_resource_id(program.model["id"]))
        gateway.close()
    async with run_dashboard(FakeServices(snapshot), size=(120, 40)) as screen:
        heading = screen.text.splitlines()[0]
        assert "  Failed  " in heading
        assert "Uniform · Manual" in heading


def test_a_set_that_is_being_deleted_is_not_planned(capsys: pytest.CaptureFixture[str]) -> None:
    program = Program("instance-mix", capsys)
    program.model["properties"]["provisioningState"] = "Deleting"
    code, _, err = program("plan")
    assert code != ExitCode.DONE
    assert "is being deleted" in err


def test_no_unhealthy_upgraded_instance_at_all_can_be_allowed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = Program("instance-mix", capsys)
    for text in ("0", "0%"):
        plan = program.json("plan", "--max-unhealthy-upgraded", text)
        assert plan["policy"]["max_unhealthy_upgraded_instance_percent"] == text
    code, _, err = program("plan", "--max-unhealthy", "0")
    assert code == ExitCode.USAGE
    assert "must be from 1 to 1000 instances, not '0'" in err
