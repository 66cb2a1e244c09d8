"""Marked secrets are planted wherever secrets occur, and none may be printed, drawn or stored.

Each of them contains MARKED. They are in the replies of Azure, in the access token, in the
environment, and in the output of the operator's gate.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile_relay import HostileRelay
from tests.support.local_world import relay_world, serve_world
from tests.support.marked_token import TOKEN
from tests.support.processes import Machine, Terminal
from vmss_tui.text import redact, redact_json

SET = "web-rg/web-vmss"
SAS = "https://account.blob.core.windows.net/images/web.vhd?sv=2024-05-04&sig=MARKED%2Bsas%3D&se=2"
MARKED_MESSAGE = (
    f"command failed: curl -H 'Authorization: Bearer {TOKEN}' {SAS} "
    'with {"adminPassword":"MARKED-said","customData": "MARKED-data"} and client_secret=MARKED-cli '
    "AccountKey=MARKEDkey== SharedAccessSignature=MARKEDsas password: MARKED-word"
)
SETTINGS = {
    "fileUris": [SAS],
    "password": "MARKED-settings",
    "connectionString": "Endpoint=sb://x;AccountKey=MARKED-connection",
    "environment": "export CLIENT_SECRET=MARKED-env",
    "commandToExecute": f"deploy --token x && curl -H 'Authorization: Bearer {TOKEN}'",
}
EXTENSION = {
    "name": "deploy",
    "properties": {
        "publisher": "Microsoft.Azure.Extensions",
        "type": "CustomScript",
        "settings": SETTINGS,
        "protectedSettings": {"storageAccountKey": "MARKED-protected", "a": ["MARKED-deep"]},
        "protectedSettingsFromKeyVault": {"secretUrl": "https://vault/MARKED-vault"},
    },
}
OS_PROFILE = {"adminPassword": "MARKED-admin", "customData": "TUFSS0VE-MARKED-custom"}


class SecretRelay(HostileRelay):
    """A relay that adds secrets to the replies of Azure."""

    def rewrite_body(self, tree: Any) -> Any:
        """A copy with secrets in models, instances and messages of guests."""
        if isinstance(tree, list):
            return [self.rewrite_body(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        rewritten = {key: self.rewrite_body(inner) for key, inner in tree.items()}
        if "virtualMachineProfile" in rewritten:
            profile = rewritten["virtualMachineProfile"]
            profile["osProfile"] = profile.get("osProfile", {}) | OS_PROFILE
            profile["userData"] = "TUFSS0VE-MARKED-user"
            listed = profile.setdefault("extensionProfile", {}).setdefault("extensions", [])
            listed.append(EXTENSION)
        if "latestModelApplied" in rewritten:
            rewritten |= {"osProfile": OS_PROFILE, "userData": "MARKED-user"}
        if "instanceId" in rewritten:
            rewritten["resources"] = [EXTENSION]
        if "tags" in rewritten or "instanceId" in rewritten:
            rewritten["tags"] = {"password": "MARKED-tag", "note": f"Bearer {TOKEN}", "link": SAS}
        if "displayStatus" in rewritten:
            rewritten["message"] = MARKED_MESSAGE
        return rewritten

    def refusal_body(self, authorization: str) -> bytes:
        """A refusal that repeats the request, as proxies do."""
        message = f"{MARKED_MESSAGE} (you sent Authorization: {authorization})"
        return json.dumps({"error": {"code": "Odd", "message": message}}).encode()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Machine, SecretRelay]]:
    """A machine signed in with a marked token, and a relay that adds secrets to replies."""
    for name in ("CLIENT_SECRET", "GITHUB_TOKEN", "ARM_ACCESS_KEY"):
        monkeypatch.setenv(name, f"MARKED-{name}")
    machine = Machine(tmp_path / "home", speed=60.0, module="tests.support.marked_token")
    with serve_world(machine.state, machine.world):
        relay = relay_world(machine.state, machine.world, SecretRelay)
        yield machine, relay
    machine.end()
    relay.close()


def leaks(source: str, output: bytes) -> list[str]:
    """Excerpts of an output around marked secrets, at most three."""
    return [
        f"{source}: …{output[max(0, match.start() - 60) : match.end() + 20]!r}"
        for match in re.finditer(rb"MARKED|TUFSS0V|eyJNQVJL", output)
    ][:3]


def file_leaks(machine: Machine) -> list[str]:
    """Secrets in files of the program, and files that other users could read."""
    leaked: list[str] = []
    for path in sorted(machine.state.rglob("*")):
        mode = path.lstat().st_mode & 0o777
        leaked += [f"{path} has mode {mode:o}"] if mode & 0o077 else []
        if path.is_file():
            leaked += leaks(str(path.relative_to(machine.state)), path.read_bytes())
    return leaked


def test_no_secret_is_left_by_a_run_its_gate_its_reports_and_refusals(
    world: tuple[Machine, SecretRelay], tmp_path: Path
) -> None:
    machine, relay = world
    gate = tmp_path / "gate.py"
    gate.write_text(f"import os\nprint({MARKED_MESSAGE!r})\nprint(os.environ['HOME'])\n")
    outputs: dict[str, bytes] = {}

    def run(*arguments: str) -> None:
        done = machine.run(*arguments)
        outputs[" ".join(arguments)] = (done.stdout + done.stderr).encode()

    run("status", SET, "--json")
    run("model", SET)
    run("plan", SET, "--domain", "1")
    run("run", SET, "--domain", "1", "--gate", f"{sys.executable} {gate}", "--yes", "--json")
    folder = machine.single_run()
    for arguments in (["report"], ["attach", "--json"]):
        run(arguments[0], folder.name, *arguments[1:])
    relay.refusal_status = lambda method, _path: 400 if method in ("PATCH", "POST") else None
    run("model", SET, "--vm-size", "Standard_D2s_v5", "--yes")
    run("power", SET, "restart", "--domain", "0", "--yes")
    run("run", SET, "--domain", "2", "--yes")
    relay.refusal_status = lambda _method, _path: 403
    run("status", SET)
    run("doctor")
    leaked = [leak for command, output in outputs.items() for leak in leaks(command, output)]
    assert "(redacted" in " ".join(map(repr, outputs.values()))
    assert not leaked, "\n".join(leaked)
    assert not file_leaks(machine), "\n".join(file_leaks(machine))
    assert (machine.state / "operations.jsonl").exists(), outputs


def test_no_secret_is_drawn_or_copied(world: tuple[Machine, SecretRelay]) -> None:
    machine, relay = world
    terminal = Terminal(machine.command(SET), machine.environment, 160, 50)
    try:
        terminal.wait_for_text("UD 4")
        for key in (
            "d",
            "y",
            "j" * 30,
            "j" * 30,
            "\x1b",
            "c",
            "\x1b",
            "E",
            "\x1b",
            "i",
            "\x1b",
            "u",
            "U",
        ):
            terminal.press(key)
            terminal.wait_for_silence(at_most=0.7)
        terminal.wait_for_question("Upgrade 16 instances")
        relay.refusal_status = lambda method, _path: 403 if method == "POST" else None
        terminal.press("y")
        terminal.wait_for_text("Halted")
        terminal.press("e")
        terminal.wait_for_silence(at_most=0.7)
        assert not leaks("the terminal", bytes(terminal.output))
        assert b"(redacted" in bytes(terminal.output)
    finally:
        terminal.close()
    assert not file_leaks(machine), "\n".join(file_leaks(machine))


@pytest.mark.parametrize("arguments", [("status", SET), ("--read-only", SET)], ids=["cli", "tui"])
def test_a_crash_leaves_no_secret(
    world: tuple[Machine, SecretRelay], arguments: tuple[str, ...]
) -> None:
    machine, _ = world
    environment = machine.environment | {"MARKED_CRASH": "1"}
    terminal = Terminal(machine.command(*arguments), environment, 100, 30)
    try:
        assert terminal.wait_for_exit() == 1
        output = bytes(terminal.output)
        assert not leaks("the terminal", output)
        assert b"Traceback" not in output
    finally:
        terminal.close()
    (report,) = machine.state.glob("crashes/*.txt")
    assert "LookupError" in report.read_text("utf-8")
    assert not file_leaks(machine), "\n".join(file_leaks(machine))


def test_a_model_is_elided_by_its_keys_and_its_texts() -> None:
    planted = {"osProfile": OS_PROFILE, "extensions": [EXTENSION], "userData": "MARKED", "uri": SAS}
    assert "MARKED" not in json.dumps(redact_json(planted))
    without_secrets = {
        "disablePasswordAuthentication": True,
        "secrets": [],
        "adminUsername": "azure",
    }
    assert redact_json(without_secrets) == without_secrets
    assert redact_json({"adminPassword": None}) == {"adminPassword": None}
    assert "MARKED" not in redact(MARKED_MESSAGE)
