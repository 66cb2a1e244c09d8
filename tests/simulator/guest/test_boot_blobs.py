"""Serial logs: what they contain, and how the storage answers for them."""

import base64
from typing import Any

import pytest
import requests

from tests.support.simulator_client import NEWER, NEWEST, ClientFactory, SimulatorClient
from vmss_tui.simulator.world.boots import STORY_NAMES

ACTION = "retrieveBootDiagnosticsData"


def addresses(client: SimulatorClient, instance_id: str) -> Any:
    return client.post(f"/virtualMachines/{instance_id}/{ACTION}").json()


def log_address(client: SimulatorClient, instance_id: str = "1") -> str:
    return str(addresses(client, instance_id)["serialConsoleLogBlobUri"])


def read(address: str, method: str = "GET", **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, address, headers=sent, timeout=20)


def log_lines(client: SimulatorClient, instance_id: str) -> list[str]:
    return read(log_address(client, instance_id)).text.split("\r\n")


def set_log(client: SimulatorClient, **setting: Any) -> None:
    body = {"scale_set": client.simulator.scale_sets[0], "instance_ids": ["1"], **setting}
    client.control("POST", "boot-diagnostics", body)


def test_a_bad_image_boots_again_and_its_kernel_has_the_last_line(
    make_client: ClientFactory,
) -> None:
    client = make_client("bad-image")
    client.patch_image_version(NEWEST)
    client.post("/manualupgrade", ["3"])
    client.advance(30)
    booting = log_lines(client, "3")
    client.advance(60)
    lines = log_lines(client, "3")
    assert len(booting) < len(lines)
    assert sum("Linux version" in line for line in lines) == 2
    assert "\x1b[0;32m" in "".join(lines)
    assert lines[-2].endswith("end Kernel panic - not syncing: Fatal exception in interrupt ]---")
    instance = client.get_instance("3")["properties"]
    assert (instance["provisioningState"], instance["instanceView"]["bootDiagnostics"]) == (
        "Succeeded",
        {},
    )
    client.patch_image_version(NEWER)
    client.post("/manualupgrade", ["3"])
    client.advance(90)
    assert log_lines(client, "3")[-2].endswith("login: ")


def test_every_story_has_its_line(make_client: ClientFactory) -> None:
    client = make_client("boot-stories")
    decisive = (
        "Kernel panic - not syncing: Fatal exception",
        "Unable to mount root fs",
        "You are in emergency mode",
        "No space left on device",
        "Running module scripts-user",
        "Out of memory: Killed process",
        "403 Forbidden",
        "web.service: Failed with result 'exit-code'",
        "Provisioning failed: [ProvisionError] Failed to mount dvd",
    )
    assert len(decisive) == len(STORY_NAMES - {"healthy"})
    for number, text in enumerate(decisive, 1):
        assert any(text in line for line in log_lines(client, str(number))), text
    healthy = log_lines(client, "0")
    assert not any(text in line for line in healthy for text in decisive)
    second = make_client("boot-stories")
    assert log_lines(second, "4") == log_lines(client, "4")


def test_a_blob_is_read_in_ranges_with_its_signature_alone(web: SimulatorClient) -> None:
    set_log(web, log="0123456789")
    address = log_address(web)
    whole, head = read(address), read(address, "HEAD")
    assert (whole.status_code, whole.text, head.headers["Content-Length"]) == (
        200,
        "0123456789",
        "10",
    )
    part = read(address, x_ms_range="bytes=4-6", Range="bytes=0-0")
    assert (part.status_code, part.text, part.headers["Content-Range"]) == (
        206,
        "456",
        "bytes 4-6/10",
    )
    assert read(address, Range="bytes=8-").text == "89"
    refusals = {
        read(address, Range="bytes=10-"): (416, "InvalidRange"),
        read(address, Authorization="Bearer x"): (403, "AuthenticationFailed"),
        read(address.replace("sig=", "sig=A")): (403, "AuthenticationFailed"),
        read(address, "DELETE"): (405, "UnsupportedHttpVerb"),
    }
    web.advance(7201)
    refusals[read(address)] = (403, "AuthenticationFailed")
    for response, expected in refusals.items():
        assert (response.status_code, response.headers["x-ms-error-code"]) == expected
    screenshot = read(addresses(web, "1")["consoleScreenshotBlobUri"])
    assert screenshot.content[:2] == b"BM"
    assert len(screenshot.content) == int.from_bytes(screenshot.content[2:6], "little")
    assert web.control("GET", "ledger")["effects"] == []


def test_hostile_and_huge_logs_are_sent_as_they_are(web: SimulatorClient) -> None:
    raw = b"\x1b]0;title\x07[bold]\xff\xfe\x00<script>\r"
    set_log(web, log_base64=base64.b64encode(raw).decode())
    assert read(log_address(web)).content == raw
    set_log(web, generate={"line": 10 << 20})
    assert read(log_address(web)).content == b"x" * (10 << 20)
    set_log(web, generate={"lines": 100 << 20})
    end = read(log_address(web), x_ms_range=f"bytes={(100 << 20) - 128}-")
    assert (end.status_code, end.headers["Content-Range"]) == (
        206,
        "bytes 104857472-104857599/104857600",
    )
    lines = end.content.split(b"\r\n")
    assert [len(line) for line in lines] == [62, 62, 0]
    assert b"line 1638399 " in lines[1]
    for wrong in ({"generate": {"pages": 1}}, {"state": "lost"}, {"log_base64": "?"}):
        body = {"scale_set": "web-rg/web-vmss", "instance_ids": ["1"], **wrong}
        url = f"{web.simulator.endpoint}/_simulator/boot-diagnostics"
        assert requests.post(url, json=body, timeout=20).status_code == 400


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("empty", 404, "BlobNotFound"),
        ("refused", 403, "AuthorizationFailure"),
        ("expired", 403, "AuthenticationFailed"),
    ],
)
def test_the_storage_refuses_a_log(
    web: SimulatorClient, state: str, status: int, code: str
) -> None:
    set_log(web, state=state)
    response = read(log_address(web))
    assert (response.status_code, response.headers["x-ms-error-code"]) == (status, code)
    assert read(log_address(web, "2")).status_code == 200


def test_diagnostics_are_off_or_in_an_account_of_ones_own(make_client: ClientFactory) -> None:
    silent = make_client("boot-stories", "web-rg/silent-vmss")
    refused = silent.post(f"/virtualMachines/1/{ACTION}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "OperationNotAllowed")
    instance = silent.get_instance("1")["properties"]
    assert "diagnosticsProfile" not in instance
    assert "bootDiagnostics" not in instance["instanceView"]
    own = make_client("boot-stories", "web-rg/own-vmss")
    view = own.get_instance("1")["properties"]["instanceView"]
    plain = view["bootDiagnostics"]["serialConsoleLogBlobUri"]
    assert plain.startswith("https://contosodiag.blob.core.windows.net/bootdiagnostics-ownvmss1-")
    address = log_address(own)
    assert address.partition("?")[0].endswith(plain.partition(".net")[2])
    assert read(address).status_code == 200
    assert view["maintenanceRedeployStatus"]["isCustomerInitiatedMaintenanceAllowed"] is False
    own.control("POST", "boot-diagnostics", {"scale_set": "web-rg/own-vmss", "state": "missing"})
    assert addresses(own, "1") == {}
    own.control("POST", "boot-diagnostics", {"scale_set": "web-rg/own-vmss", "state": "off"})
    assert own.post(f"/virtualMachines/1/{ACTION}").status_code == 409
    applied = own.get_instance("1")["properties"]["latestModelApplied"]
    assert applied is silent.get_instance("1")["properties"]["latestModelApplied"]
    wrong = own.post(f"/virtualMachines/1/{ACTION}?sasUriExpirationTimeInMinutes=1441")
    assert wrong.status_code == 400


def test_a_log_begins_a_minute_after_an_upgrade_switched_it_on(make_client: ClientFactory) -> None:
    client = make_client("boot-stories", "web-rg/silent-vmss", throttling=False)
    profile: Any = {"diagnosticsProfile": {"bootDiagnostics": {"enabled": True}}}
    profile["storageProfile"] = {"imageReference": {"version": NEWER}}
    client.send("PATCH", client.set_path, {"properties": {"virtualMachineProfile": profile}})
    assert client.post(f"/virtualMachines/1/{ACTION}").status_code == 409
    client.post("/manualupgrade", ["1"])
    client.advance(65)
    assert read(log_address(client)).status_code == 404
    client.advance(60)
    lines = log_lines(client, "1")
    assert sum("Linux version" in line for line in lines) == 1


def test_maintenance_is_announced_and_stays_when_it_is_done(make_client: ClientFactory) -> None:
    client = make_client("boot-stories", throttling=False)
    key = "maintenanceRedeployStatus"
    pending = client.get_instance("10")["properties"]["instanceView"][key]
    assert pending["isCustomerInitiatedMaintenanceAllowed"] is True
    assert pending["preMaintenanceWindowStartTime"] < "2026-11-22"
    assert pending["maintenanceWindowStartTime"] > "2026-11-22"
    client.post("/virtualMachines/10/performMaintenance")
    client.advance(200)
    done = client.get_instance("10")["properties"]["instanceView"][key]
    assert done == client.get_instance("11")["properties"]["instanceView"][key]
    assert key not in client.get_instance("0")["properties"]["instanceView"]
