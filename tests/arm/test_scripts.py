"""Run command: the request, its operation, the output and the exit code."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.canned_gateway import ENDPOINT, canned_gateway, json_reply
from tests.support.paths import EXCHANGES
from tests.support.scripted_server import ReceivedRequest, ScriptedServer
from vmss_tui.arm.connect import connect
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import Busy, OperationStatus, Refused
from vmss_tui.gateway.diagnostics import CommandOutput

SET = scale_set_id("00000000-0000-0000-0000-000000000000", "rg", "web")
OPERATION = f"{ENDPOINT}/subscriptions/s/providers/Microsoft.Compute/locations/w/operations/o"


def exchange(stem: str, number: int) -> dict[str, Any]:
    """One exchange of a recorded flow."""
    flow = json.loads((EXCHANGES / f"{stem}.json").read_text("utf-8"))
    return flow["exchanges"][number]  # type: ignore[no-any-return]


def output_of(body: Any) -> tuple[OperationStatus, CommandOutput | None]:
    """What a poll with this body gives."""
    result, output = canned_gateway(json_reply(body)).diagnostics.read_command_output(OPERATION)
    return result.status, output


def linux(message: str) -> Any:
    """A poll with this message of the extension."""
    value = [{"code": "ProvisioningState/succeeded", "message": message}]
    return {"status": "Succeeded", "properties": {"output": {"value": value}}}


def sent_script(script: list[str], *, windows: bool = False) -> dict[str, Any]:
    """The body of a run command's request."""
    recorded = exchange("flow-vmss-runCommand-action", 0)
    requests: list[ReceivedRequest] = []

    def answer(request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        if request.method == "POST":
            requests.append(request)
            url = recorded["response"]["headers"]["azure-asyncoperation"]
            url = url.replace(ENDPOINT, server.endpoint)
            return 202, {"Azure-AsyncOperation": url, "x-ms-correlation-request-id": "c"}, b""
        return 200, {}, json.dumps({"id": SET.resource_id, "properties": {}}).encode()

    with ScriptedServer(answer) as server:
        gateway = connect(endpoint=server.endpoint)
        gateway.prepare_write()
        run = gateway.diagnostics.run_command
        accepted = run(SET, "3", script, "request-1", windows=windows)
        gateway.close()
    assert accepted.operation is not None
    assert "/operations/dccba77a" in accepted.operation
    assert accepted.correlation_id == "c"
    (request,) = requests
    assert request.path.endswith("/web/virtualMachines/3/runCommand")
    assert request.headers["x-ms-client-request-id"] == "request-1"
    body: dict[str, Any] = request.json
    return body


def test_a_script_is_sent_once_with_a_line_that_prints_its_exit_code() -> None:
    body = sent_script(["echo hello", "exit 3", "echo never"])
    assert body["commandId"] == "RunShellScript"
    assert body["script"][1:] == ["echo hello", "exit 3", "echo never"]
    shell = subprocess.run(
        ["sh", "-c", "\n".join(body["script"])], capture_output=True, check=False
    )
    assert (shell.returncode, shell.stdout) == (3, b"hello\nvmss-tui:exit=3\n")
    assert sent_script(["Get-Disk"], windows=True)["commandId"] == "RunPowerShellScript"
    assert sent_script(["#!/bin/bash", "x"])["script"][0] == "#!/bin/bash"
    assert sent_script(["#!/usr/bin/env python3", "x"])["script"] == ["#!/usr/bin/env python3", "x"]
    with pytest.raises(Refused, match="empty"):
        canned_gateway().diagnostics.run_command(SET, "3", [" "], "id")


def test_the_recorded_polls_end_with_the_output_and_so_does_the_final_answer() -> None:
    bodies = [exchange("flow-vmss-runCommand-action", n)["response"]["body"] for n in (1, 2, 3)]
    expected = CommandOutput("/var/lib/waagent/run-command/download/0/script.sh hello", "", None)
    assert [output_of(body) for body in bodies] == [
        (OperationStatus.IN_PROGRESS, None),
        (OperationStatus.SUCCEEDED, expected),
        (OperationStatus.SUCCEEDED, expected),
    ]
    long = output_of(exchange("flow-vm-runCommand-output-tail-4kB", -1)["response"]["body"])[1]
    assert long is not None
    assert long.stdout.startswith("npacking libjpeg8:amd64 (8c-2ubuntu8) ...\nSelecting")
    assert "\r" not in long.stdout


def test_exit_codes_streams_and_odd_outputs() -> None:
    cases = {
        "Enable succeeded: \n[stdout]\na\nvmss-tui:exit=3\n\n[stderr]\nbad\n": ("a", "bad\n", 3),
        "[stdout]\n\x1b[31mred\x1b[0m password=hunter2\nvmss-tui:exit=0\n\n[stderr]\n": (
            "red password=(redacted)", "", 0,
        ),
        "[stdout]\nvmss-tui:exit=x\n\n[stderr]\n": ("vmss-tui:exit=x", "", None),
        "no markers": ("no markers", "", None),
        "": ("", "", None),
    }  # fmt: skip
    for message, (stdout, stderr, exit_code) in cases.items():
        assert output_of(linux(message))[1] == CommandOutput(stdout, stderr, exit_code)
    windows = [
        {"code": "ComponentStatus/StdOut/succeeded", "message": "C:\r\nvmss-tui:exit=0\r\n"},
        {"code": "ComponentStatus/StdErr/succeeded", "message": "warning"},
    ]
    status, output = output_of(
        {"status": "Succeeded", "properties": {"output": {"value": windows}}}
    )
    assert (status, output) == (OperationStatus.SUCCEEDED, CommandOutput("C:", "warning", 0))
    assert output_of({"status": "Succeeded"})[1] == CommandOutput("", "", None)
    failed = {
        "status": "Failed",
        "error": {"code": "VMExtensionProvisioningTimeout", "message": "m"},
    }
    assert output_of(failed) == (OperationStatus.FAILED, None)
    assert output_of([]) == (OperationStatus.UNKNOWN, None)
    gateway = canned_gateway(json_reply({}))
    assert gateway.diagnostics.read_command_output("https://x.example/o")[0].status == "Unknown"


def test_a_second_command_on_one_vm_is_busy_and_a_stopped_vm_is_refused() -> None:
    recorded = json.loads((EXCHANGES / "doc-409-runCommand-in-progress.json").read_text("utf-8"))
    model = json_reply({"id": SET.resource_id, "properties": {}})
    busy = json_reply(recorded["response"]["body"], 409)
    with pytest.raises(Busy, match="in progress"):
        canned_gateway(model, busy).diagnostics.run_command(SET, "3", ["x"], "id")
    message = "Cannot modify extensions in the VM when the VM is not running."
    stopped = json_reply({"error": {"code": "OperationNotAllowed", "message": message}}, 409)
    with pytest.raises(Refused, match="not running") as refused:
        canned_gateway(model, stopped).diagnostics.run_command(SET, "3", ["x"], "id")
    assert type(refused.value) is Refused
