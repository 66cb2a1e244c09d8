"""What is a key by itself and yet has to be used: signed operation URLs, a blob's SAS in a model,
the operator's own arguments. Each works, stands in the one private file that needs it, and is
shown nowhere.
"""

import json
import re
import shlex
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.hostile_relay import HostileRelay
from tests.support.processes import Machine, Terminal
from vmss_tui import demo
from vmss_tui.runtime.storage.state_folder import ensure_private_folder, write_private
from vmss_tui.text import redact, redact_arguments, without_query

SET = "legacy-rg/legacy-vmss"
URI = "properties.virtualMachineProfile.storageProfile.osDisk.image.uri"
SAS = (
    "https://contosoimages.blob.core.windows.net/system/web-7-osDisk.vhd?sv=2024&sig=PLANTEDsas%3D"
)
OTHER = "https://contosoimages.blob.core.windows.net/system/web-8-osDisk.vhd"
SIGNED = "t=638000000000000000&c=PLANTEDcertificate&s=PLANTEDsignature-_9&h=PLANTEDhash"
PRIVATE_FILES = ("journal.jsonl", "operations.jsonl", "run.json")
"""What a resume or an undo needs, readable by its owner only."""


class SigningRelay(HostileRelay):
    """A wire on which operations are named as Azure names them: by a signed URL."""

    def rewrite_body(self, tree: Any) -> Any:
        """Answers stay as they are."""
        return tree

    def rewrite_header(self, name: str, value: str) -> str:
        """The operation's URL, signed."""
        named = name.lower() in ("azure-asyncoperation", "location")
        return f"{value}{'&' if '?' in value else '?'}{SIGNED}" if named else value


@dataclass
class SignedWorld:
    """A machine in front of that wire, and all that its program has said."""

    machine: Machine
    relay: SigningRelay
    outputs: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs a command to its end; what it said."""
        done = self.machine.run(*arguments)
        self.outputs[shlex.join(arguments)] = output = done.stdout + done.stderr
        assert done.returncode == code, (arguments, output)
        return output

    def leaks(self) -> list[str]:
        """Where something planted was said or kept, apart from where it has to be."""
        leaked = [f"{command}: {near}" for command, output in self.outputs.items() for near in _near(output)]
        for path in self.machine.state.rglob("*"):
            if path.is_file() and path.name not in PRIVATE_FILES:
                leaked += [f"{path}: {near}" for near in _near(path.read_text("utf-8", "replace"))]
        return leaked


def _near(said: str) -> list[str]:
    return [said[max(0, at.start() - 60) : at.end() + 20] for at in re.finditer("PLANTED", said)]


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[SignedWorld]:
    """A set whose model names a blob with its key, behind a wire that signs operations."""
    machine = Machine(tmp_path / "home", speed=300.0, world=demo.DemoWorld("vhd"))
    machine.state.parent.mkdir(parents=True)
    found = demo.start_or_join(ensure_private_folder(machine.state), machine.world)
    wire = SigningRelay(found.endpoint)
    path = machine.state / "demo" / f"{machine.world.name}.json"
    write_private(path, msgspec.json.encode(msgspec.structs.replace(found, endpoint=wire.endpoint)))
    machine.control("edit", {"scale_set": SET, "set": {URI: SAS}})
    yield SignedWorld(machine, wire)
    machine.end()
    wire.close()


def patches(wire: SigningRelay) -> int:
    return sum(each.startswith("PATCH ") for each in wire.requests)


def test_signatures_and_arguments_work_and_are_shown_nowhere(
    planted: SignedWorld, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    gate = tmp_path / "gate.py"
    gate.write_text(f"import sys\nopen({str(told)!r}, 'a').write(repr(sys.argv[1:]) + '\\n')\n")
    given = ["--token", "PLANTEDtoken", "--password=PLANTEDword", "https://u:PLANTED@host/x?a=1"]
    command = shlex.join([sys.executable, str(gate), *given])
    chosen = ("--instance", "0", "--gate", command, "--image-uri", OTHER)

    assert "web-7-osDisk.vhd" in planted.run("status", SET)
    planted.run("status", SET, "--json")
    planted.run("list", "--json")
    planted.run("model", SET)
    planted.run("model", SET, "--json")
    planted.run("plan", SET, *chosen, "--json", "--out", str(tmp_path / "plan.json"))
    assert "--token '(redacted)' '--password=(redacted)'" in planted.run("plan", SET, *chosen)
    planted.run("run", SET, *chosen, "--yes", "--json")
    name = planted.machine.single_run().name
    planted.run("attach", name)
    planted.run("attach", name, "--json")
    planted.run("revert", name, "--yes")
    planted.run("attach", name)
    planted.run("report", name)
    report = json.loads(planted.run("report", name, "--format", "json"))
    planted.run("model", SET, "--vm-size", "Standard_D2s_v5", "--wait", "--yes")
    planted.run("model", SET, "--image-uri", OTHER, "--yes", "--json", "--wait")
    undone = planted.run("model", SET, "--undo", "--yes", "--json")
    power = planted.run("power", SET, "restart", "--instance", "1", "--yes", "--json")
    planted.outputs["the plan's file"] = (tmp_path / "plan.json").read_text()

    assert not planted.leaks(), "\n".join(planted.leaks())
    assert "sig=(" in undone
    assert [act["operation"] for act in report["acts"] if act["operation"]]
    (restarted,) = (json.loads(line) for line in power.splitlines() if line.startswith("{"))
    assert restarted["operation_url"].endswith(planted_operation(planted))
    for line in told.read_text().splitlines():
        assert line == repr(given), "the gate itself gets what was given"


def planted_operation(planted: SignedWorld) -> str:
    """The end of the URL that was last polled, without its signature."""
    polled = [each for each in planted.relay.requests if SIGNED in each]
    assert polled, "nothing was polled with its signature"
    return polled[-1].partition("?")[0].rpartition("/")[2]


def test_an_undo_and_a_revert_put_the_blobs_key_back(planted: SignedWorld) -> None:
    planted.run("model", SET, "--image-uri", OTHER, "--yes")
    planted.run("model", SET, "--undo", "--yes")
    planted.run("run", SET, "--instance", "0", "--image-uri", OTHER, "--yes")
    name = planted.machine.single_run().name
    planted.run("revert", name, "--yes")
    planted.run("attach", name)
    assert patches(planted.relay) == 4
    kept = planted.machine.single_run().path / "journal.jsonl"
    logged = planted.machine.state / "operations.jsonl"
    for path in (kept, logged):
        assert "PLANTEDsas" in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PLANTEDsignature" in kept.read_text()
    assert SAS in json.dumps(planted.machine.control("world")), "the model names the blob as before"


def test_no_screen_shows_them(planted: SignedWorld) -> None:
    machine = planted.machine
    planted.run("model", SET, "--image-uri", OTHER, "--yes")
    planted.run("model", SET, "--undo", "--yes")
    terminal = Terminal(machine.command(SET), machine.environment, 160, 50)
    try:
        terminal.wait_for_text("web-7-osDisk")
        for key in ("d", "y", "j" * 60, "\x1b", "E", "\t" * 6, "\x1b", "e", "\x1b", "i", "\x1b"):
            terminal.press(key)
            terminal.wait_for_silence(at_most=0.7)
        terminal.press("u", "U")
        terminal.wait_for_text("Upgrade")
        terminal.press("\x1b")
        terminal.wait_for_silence()
        terminal.press("e")
        terminal.wait_for_text("model edit")
        terminal.wait_for_silence(at_most=0.7)
        planted.outputs["the terminal"] = bytes(terminal.output).decode("utf-8", "replace")
    finally:
        terminal.close()
    assert "sig=(" in planted.outputs["the terminal"]
    assert not planted.leaks(), "\n".join(planted.leaks())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("drain", "--verbose", "x"), ("drain", "--verbose", "x")),
        (("drain", "--api-token", "a b"), ("drain", "--api-token", "(redacted)")),
        (("drain", "--token", "--next", "x"), ("drain", "--token", "--next", "x")),
        (("drain", "--client-secret=x"), ("drain", "--client-secret=(redacted)")),
        (("env", "SLACK_TOKEN=x", "drain"), ("env", "SLACK_TOKEN=(redacted)", "drain")),
        (("sh", "-c", "curl -H 'Authorization: Bearer abc'"), None),
        (("curl", "-H", "Authorization: Basic YWJjOmFiYw=="), None),
        (("curl", "https://me:abc@host/hook"), ("curl", "https://me:(redacted)@host/hook")),
    ],
)
def test_arguments_are_shown_without_what_looks_like_a_secret(
    given: tuple[str, ...], shown: tuple[str, ...] | None
) -> None:
    found = redact_arguments(given)
    assert shown is None or found == shown
    assert "abc" not in "".join(found).lower()
    assert "YWJj" not in "".join(found)


def test_what_is_redacted_already_stays_as_it_is() -> None:
    said = "drain '--password=x' {\"adminPassword\": \"x\"} https://h/x?sig=x&se=2 'Bearer x'"
    once = redact(said)
    assert redact(once) == once
    assert once.startswith("drain '--password=(redacted)")


def test_an_operations_url_loses_its_signature_and_keeps_its_name() -> None:
    url = (
        f"https://management.azure.com/subscriptions/x/operations/1?api-version=2024-07-01&{SIGNED}"
    )
    assert without_query(url).endswith("/operations/1")
    assert "PLANTED" not in redact(f"GET {url} failed")
    assert "api-version=2024-07-01" in redact(url)
