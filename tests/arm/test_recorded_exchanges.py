"""Azure's recorded answers, served back as they are, are read by the program without loss.

Expectations are worked out from the recording itself, by other code than the program's.
"""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.fake_session import FakeServices
from tests.support.pilot import run_dashboard
from tests.support.recorded_server import RecordedServer, recorded_body
from vmss_tui.arm.connect import connect
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.scale_set_id import parse_resource_id
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.text import clean

Json = dict[str, Any]
_STATES = {"VM running": "running", "VM stopped": "stopped", "VM deallocated": "deallocated"}


def alone(stem: str, view: str = "") -> Json:
    """A list of the one VM of a recording, with the instance view of another one in it."""
    item = copy.deepcopy(recorded_body(stem))
    if view:
        item["properties"]["instanceView"] = recorded_body(view)
    return {"value": [item]}


WINDOWS = recorded_body("vmss-get-uniform")
ZONAL = recorded_body("vmss-get-zones-uniform")
FLEXIBLE = recorded_body("vmss-get-flexible")
LISTED = recorded_body("vmss-list-subscription")
GALLERY = next(
    entry
    for entry in LISTED["value"]
    if "id" in entry["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]
)
FAILED = copy.deepcopy(WINDOWS)  # none was recorded: the same set, with the one word changed
FAILED["properties"]["provisioningState"] = "Failed"
EMPTY: Json = {"value": []}
STUBS = recorded_body("vms-list-flexible-stubs")
PAGES = {
    "windows": (WINDOWS, recorded_body("vms-list-5-uniform-mixed-updating-succeeded")),
    "stale": (WINDOWS, recorded_body("vms-list-latestModelApplied-false-healthext")),
    "odd ids": (WINDOWS, recorded_body("vms-list-2-noncontiguous-ids")),
    "updating": (WINDOWS, alone("vm-get-expand-instanceView-updating-state")),
    "running": (WINDOWS, alone("vm-get-etag-updating", "vm-instanceView-running")),
    "stopped": (WINDOWS, alone("vm-get-etag-updating", "vm-instanceView-stopped")),
    "deallocated": (WINDOWS, alone("vm-get-etag-updating", "vm-instanceView-deallocated")),
    "protected": (WINDOWS, alone("vm-put-protectionpolicy-200-updating")),
    "no longer protected": (WINDOWS, alone("vm-get-protectionpolicy-after")),
    "stubs": (WINDOWS, STUBS),
    "zonal": (ZONAL, EMPTY),
    "gallery": (GALLERY, EMPTY),
    "failed set": (FAILED, EMPTY),
    "empty": (WINDOWS, recorded_body("vms-list-empty")),
    "flexible": (FLEXIBLE, EMPTY),
}
EVERY = sorted(PAGES)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without settings and earlier edits."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VMSS_TUI_CONFIG", raising=False)
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)


@contextmanager
def served(name: str) -> Iterator[tuple[RecordedServer, Json, list[Json]]]:
    """The server of one story, its set, its VMs."""
    exchange, page = PAGES[name]
    answers = {exchange["id"]: exchange, f"{exchange['id']}/virtualMachines": page}
    group = exchange["id"].rsplit("/", 2)[0]
    answers[f"{group}/virtualMachines"] = page
    with RecordedServer(answers) as replay:
        yield replay, exchange, page["value"]


def at(tree: Any, *path: Any) -> Any:
    """The value at a path; None where a part of the path is missing."""
    for key in path:
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def said(view: Any, kind: str) -> str | None:
    """The display text of a status by the beginning of its code."""
    statuses = at(view, "statuses") or []
    return next((s["displayStatus"] for s in statuses if s["code"].startswith(kind)), None)


def expected(vm: Json) -> Json:
    """What `status --json` must tell of one recorded VM."""
    properties, view = vm.get("properties"), at(vm, "properties", "instanceView")
    reference = at(properties, "storageProfile", "imageReference")
    power = said(view, "PowerState")
    guard = at(properties, "protectionPolicy") or {}
    return {
        "instance_id": vm["instanceId"],
        "name": vm["name"],
        "latest_model_applied": at(properties, "latestModelApplied"),
        "provisioning": at(properties, "provisioningState") or "unknown",
        "power": _STATES[power] if power else "unknown",
        "zone": at(vm, "zones", 0),
        "placement_group": at(view, "placementGroupId"),
        "update_domain": at(view, "platformUpdateDomain"),
        "fault_domain": at(view, "platformFaultDomain"),
        "image_version": at(reference, "exactVersion"),
        "vm_size": at(properties, "hardwareProfile", "vmSize") or at(vm, "sku", "name"),
        "protected_from_scale_in": guard.get("protectFromScaleIn", False),
        "protected_from_actions": guard.get("protectFromScaleSetActions", False),
    }


def expected_set(tree: Json) -> Json:
    """The JSON output expected for one recorded set."""
    properties = tree["properties"]
    profile = properties.get("virtualMachineProfile") or {}
    reference = at(profile, "storageProfile", "imageReference")
    return {
        "id": tree["id"],
        "name": tree["name"],
        "location": tree["location"],
        "orchestration": properties.get("orchestrationMode", "Uniform"),
        "provisioning": properties["provisioningState"],
        "policy_mode": at(properties, "upgradePolicy", "mode") or "unknown",
        "capacity": at(tree, "sku", "capacity"),
        "vm_size": at(tree, "sku", "name"),
        "zones": tree.get("zones", []),
        "etag": tree.get("etag"),
        "overprovision": properties.get("overprovision"),
        "admin_user": at(profile, "osProfile", "adminUsername"),
        "name_prefix": at(profile, "osProfile", "computerNamePrefix"),
        "image": None if reference is None else image(reference),
    }


def image(reference: Json) -> Json:
    """The JSON output expected for an image reference."""
    if "id" in reference:
        if "/galleries/" not in reference["id"]:
            return {"kind": "managed image", "reference": reference["id"]}
        version = reference["id"].rpartition("/versions/")[2]
        return {"kind": "gallery", "version": version, "reference": reference["id"]}
    names = ("publisher", "offer", "sku", "version")
    return {"kind": "platform", **{name: reference[name] for name in names}}


def same(actual: Json, expected: Json) -> None:
    """Asserts that every expected field has its value."""
    assert {key: actual[key] for key in expected} == expected


@pytest.mark.parametrize("name", EVERY)
def test_status_tells_every_field_of_the_recording(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(name) as (replay, tree, vms):
        program = CommandLine(capsys, "--endpoint", replay.endpoint)
        code, out, err = program("status", tree["id"], "--json")
    assert (code, err) == (ExitCode.DONE, "")
    status = json.loads(out)
    assert status["complete"] is True
    assert status["damage"] == []
    same(status["scale_set"], expected_set(tree))
    assert [instance["instance_id"] for instance in status["instances"]] == sorted(
        (vm["instanceId"] for vm in vms), key=lambda i: (len(i), i)
    )
    by_id = {instance["instance_id"]: instance for instance in status["instances"]}
    for vm in vms:
        same(by_id[vm["instanceId"]], expected(vm))


def test_list_tells_every_set_of_the_recording(capsys: pytest.CaptureFixture[str]) -> None:
    subscription = LISTED["value"][0]["id"].split("/")[2]
    subscriptions = {"value": [{"subscriptionId": subscription, "displayName": "Recorded"}]}
    answers: Json = {"/subscriptions": subscriptions}
    answers[
        f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachineScaleSets"
    ] = LISTED
    with RecordedServer(answers) as replay:
        program = CommandLine(capsys, "--endpoint", replay.endpoint)
        code, out, err = program("list", "--json")
    assert code == ExitCode.DONE
    entries = json.loads(out)
    assert len(entries) == len(LISTED["value"]) == err.count("Not counted: ")
    recorded = sorted(LISTED["value"], key=lambda entry: entry["id"].lower())
    for line, tree in zip(
        sorted(entries, key=lambda entry: entry["id"].lower()), recorded, strict=True
    ):
        same(line, expected_set(tree))
        assert line["stale"] is None, "its instances were not recorded, which is not 0"
    owners = {line["name"]: line["owner"] for line in entries if line["owner"]}
    assert set(owners.values()) == {"Azure Kubernetes Service"}


def reading(name: str) -> Snapshot:
    """What the gateway makes of a story."""
    with served(name) as (replay, tree, _):
        gateway = connect(endpoint=replay.endpoint)
        try:
            return gateway.observe(parse_resource_id(tree["id"]))
        finally:
            gateway.close()


@pytest.mark.parametrize("name", [name for name in EVERY if PAGES[name][1]["value"]])
async def test_the_detail_pane_tells_what_the_recording_says(name: str) -> None:
    vms = {vm["instanceId"]: vm for vm in PAGES[name][1]["value"]}
    async with run_dashboard(FakeServices(reading(name)), size=(170, 60)) as screen:
        cursor = screen.board.cursor
        assert cursor is not None
        vm, shown = vms[cursor], screen.text
    texts, view = expected(vm), at(vm, "properties", "instanceView")
    assert f"Instance {cursor} " in shown
    for field in ("name", "image_version", "vm_size"):
        if texts[field] is not None:
            assert texts[field] in shown, field
    assert f"Power               {texts['power']}" in shown
    assert f"Provisioning state  {texts['provisioning']}" in shown
    model = {True: "latest model", False: "outdated", None: "not known"}
    assert f"Model               {model[texts['latest_model_applied']]}" in shown
    if view is not None:
        domains = f"{texts['update_domain']} / {texts['fault_domain']}"
        assert f"Zone/UD/FD          {texts['zone'] or 'none'} / {domains}" in shown
        assert clean(texts["placement_group"])[:20] in shown
    if name == "protected":
        assert "Protection          from" in shown
    if name == "deallocated":
        assert "agent" not in shown, "it has none any more"
    if name == "running":
        assert "✓ VM agent 2.11.1.4 succeeded" in shown


async def test_an_empty_set_says_so_and_breaks_nothing() -> None:
    async with run_dashboard(FakeServices(reading("empty"))) as screen:
        assert "no instance" in screen.text


def test_the_catalogues_recordings_are_read_whole() -> None:
    versions = recorded_body("vmimage-versions-full-list")
    gallery = recorded_body("gallery-image-versions-list")
    own = GALLERY["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]["id"]
    with RecordedServer(
        {
            "/skus/18.04-LTS/versions": versions,
            f"{own.rpartition('/versions/')[0]}/versions": gallery,
            f"{WINDOWS['id']}/skus": recorded_body("vmss-list-skus"),
            "/publishers": recorded_body("vmimage-publishers-westus"),
            "/publishers/Canonical/artifacttypes/vmimage/offers": recorded_body(
                "vmimage-offers-canonical"
            ),
            GALLERY["id"]: GALLERY,
            WINDOWS["id"]: WINDOWS,
            LISTED["value"][4]["id"]: LISTED["value"][4],
        }
    ) as replay:
        gateway = connect(endpoint=replay.endpoint)
        ubuntu = gateway.read_model(parse_resource_id(LISTED["value"][4]["id"]))
        listed = gateway.catalogue.list_versions(ubuntu, ubuntu.image, lambda _words: None)
        assert {version.name for version in listed.versions} == {
            version["name"] for version in versions
        }
        assert (listed.generation, listed.architecture) == ("V1", "x64")
        aks = gateway.read_model(parse_resource_id(GALLERY["id"]))
        replicated = gateway.catalogue.list_versions(aks, aks.image, lambda _words: None)
        assert {v.name for v in replicated.versions} == {v["name"] for v in gallery["value"]}
        regions = {
            v["name"]: [r["name"] for r in v["properties"]["publishingProfile"]["targetRegions"]]
            for v in gallery["value"]
        }
        here = aks.location.lower()
        for version in replicated.versions:
            is_in_region = any(r.replace(" ", "").lower() == here for r in regions[version.name])
            assert version.in_region is is_in_region
        windows = gateway.read_model(parse_resource_id(WINDOWS["id"]))
        sizes = gateway.catalogue.list_sizes(windows, lambda _words: None).items
        assert list(sizes) == [s["sku"]["name"] for s in recorded_body("vmss-list-skus")["value"]]
        publishers = gateway.catalogue.list_publishers(windows, lambda _words: None).items
        assert sorted(publishers) == sorted(
            p["name"] for p in recorded_body("vmimage-publishers-westus")
        )
        gateway.close()
