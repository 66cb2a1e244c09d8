"""Run command: its output, its refusals, and one at a time."""

from typing import Any

import requests

from tests.support.simulator_client import ClientFactory, SimulatorClient

MARKER = "trap 'echo vmss-tui:exit=$?' EXIT"


def start(
    client: SimulatorClient, instance_id: str, *script: str, command: str = "RunShellScript"
) -> requests.Response:
    body = {"commandId": command, "script": list(script)}
    return client.send("POST", f"{client.set_path}/virtualMachines/{instance_id}/runCommand", body)


def run(client: SimulatorClient, instance_id: str, *script: str, command: str = "") -> Any:
    """The operation of a script after five minutes."""
    accepted = start(client, instance_id, *script, command=command or "RunShellScript")
    assert accepted.status_code == 202, accepted.text
    client.advance(300)
    return client.operation_status(accepted)


def streams(operation: Any) -> tuple[str, str]:
    """What a script printed on Linux."""
    (status,) = operation["properties"]["output"]["value"]
    stdout, _, stderr = status["message"].partition("[stdout]\n")[2].rpartition("\n[stderr]\n")
    return stdout, stderr


def test_a_script_prints_what_its_machine_is_like(make_client: ClientFactory) -> None:
    client = make_client("boot-stories", throttling=False)
    stdout, stderr = streams(
        run(
            client,
            "4",
            "#!/bin/bash",
            MARKER,
            "echo services; systemctl --failed --no-pager 2>&1 | head -n 20",
            "df -h && ip -br addr",
            "tail -n 50 /var/log/cloud-init.log /var/log/waagent.log || true",
            "cat /var/log/nothing.log",
            "no-such-command",
            "(exit 7)",
            "exit 3",
            "echo never",
        )
    )
    for text in ("web.service", "100% /", "eth0  UP", "Errno 28", "Azure Linux Agent Version"):
        assert text in stdout
    assert stdout.endswith("\nvmss-tui:exit=3\n")
    assert "never" not in stdout
    assert "cat: /var/log/nothing.log: No such file or directory" in stderr
    assert "no-such-command: command not found" in stderr
    healthy, _ = streams(run(client, "0", MARKER, "df -h", "systemctl --failed", "false"))
    assert "15% /" in healthy
    assert "0 loaded units listed." in healthy
    assert healthy.endswith("vmss-tui:exit=1\n")


def test_a_machine_takes_one_command_at_a_time_while_it_runs(make_client: ClientFactory) -> None:
    client = make_client("boot-stories", throttling=False)
    assert start(client, "0", "sleep 30").status_code == 202
    assert start(client, "0", "true").json()["error"]["code"] == "Conflict"
    assert start(client, "5", "true").status_code == 202
    client.advance(30)
    assert start(client, "0", "true").status_code == 409
    client.advance(60)
    assert start(client, "0", "true").status_code == 202
    client.post("/virtualMachines/8/poweroff")
    client.advance(60)
    stopped = start(client, "8", "true").json()["error"]
    assert stopped["message"] == ("Cannot modify extensions in the VM when the VM is not running.")
    assert start(client, "6", "true", command="RunEverything").status_code == 404
    effects = client.effects("command")
    assert [effect["instance_id"] for effect in effects] == ["0", "5", "0"]
    dead = run(client, "1", "uptime")
    assert (dead["status"], dead["error"]["code"]) == ("Failed", "VMAgentStatusCommunicationError")


def test_windows_answers_with_two_statuses(make_client: ClientFactory) -> None:
    client = make_client("windows-gallery")
    marker = '"vmss-tui:exit=$(if ($?) {0} elseif ($LASTEXITCODE) {$LASTEXITCODE} else {1})"'
    ended = run(client, "1", "Get-Service", marker, command="RunPowerShellScript")
    statuses = ended["properties"]["output"]["value"]
    assert [status["code"] for status in statuses] == [
        "ComponentStatus/StdOut/succeeded",
        "ComponentStatus/StdErr/succeeded",
    ]
    assert statuses[0]["message"].endswith("vmss-tui:exit=0\n")
    assert "Windows Azure Guest Agent" in statuses[0]["message"]


def test_the_catalogue_lists_commands_without_their_scripts(web: SimulatorClient) -> None:
    base = f"{web.subscription_path}/providers/Microsoft.Compute/locations/eastus/runCommands"
    listed = web.send("GET", base).json()["value"]
    assert {"RunShellScript", "RunPowerShellScript"} <= {item["id"] for item in listed}
    assert not any("script" in item for item in listed)
    assert web.send("GET", f"{base}/Nothing").status_code == 404
