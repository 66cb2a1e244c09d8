"""The output of a script, which the guest alone decides on, as text and as JSON."""

import json

import pytest

from tests.support.canned_gateway import ENDPOINT, canned_gateway
from vmss_tui.cli.diagnosis_text import print_outputs
from vmss_tui.cli.json_output.diagnosis import command_json
from vmss_tui.cli.output import print_json
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import OperationStatus
from vmss_tui.runtime.operations.run_commands import CommandState, InstanceCommand

WEB = scale_set_id("00000000-0000-0000-0000-000000000001", "web-rg", "web-vmss")
OPERATION = f"{ENDPOINT}/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/o"
HOSTILE = "\x1b]0;owned\x07\x1b[2J[/red][bold]text\x9b31m\u202e\r\x00 token=SECRETSECRETSECRET"
LENGTH = 10_000_000


def test_hostile_output_is_text_in_the_terminal_and_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stdout = f"{HOSTILE}\nINVALID\nHALF\n{'A' * LENGTH}\nthe end\nvmss-tui:exit=0"
    message = f"Enable succeeded: \n[stdout]\n{stdout}\n[stderr]\n{HOSTILE}"
    status = {"code": "ProvisioningState/succeeded", "message": message}
    body = json.dumps({"value": [status]}).encode()
    body = body.replace(b"INVALID", b"in\xff\xfevalid").replace(b"HALF", rb"half \udcff")
    gateway = canned_gateway((200, {"Content-Type": "application/json"}, body))
    result, output = gateway.diagnostics.read_command_output(OPERATION)
    assert result.status is OperationStatus.SUCCEEDED
    assert output is not None
    assert output.exit_code == 0
    command = InstanceCommand("3", CommandState.DONE, output=output)
    print_outputs([command])
    print_json(command_json(WEB, ["true"], [command]))
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert len(text) < 30_000, "a line is cut"
    assert not any(sign in text for sign in "\x1b\x07\x9b\x00\u202e\ud800")
    assert "[/red][bold]text" in captured.out
    assert "[/red][bold]text" in captured.err
    assert "the end" in captured.out
    fields = json.loads(captured.out[captured.out.index("{") :])
    lines = fields["instances"][0]["stdout"].split("\n")
    assert lines[-1] == "the end"
    assert any(line.startswith("in") and line.endswith("valid") for line in lines)
