"""Secrets that the program has to use: signed operation URLs, the SAS of a blob in a model, and
arguments of the operator's gate. Each works, is stored in the private file that needs it, and is
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

import pytest

from tests.support.hostile_relay import HostileRelay
from tests.support.local_world import relay_world, serve_world
from tests.support.processes import Machine, Terminal
from vmss_tui import demo
from vmss_tui.text import redact, redact_arguments, without_query

SET = "legacy-rg/legacy-vmss"
URI = "properties.virtualMachineProfile.storageProfile.osDisk.image.uri"
SAS = (
    "https://contosoimages.blob.core.windows.net/system/web-7-osDisk.vhd?sv=2024&sig=PLANTEDsas%3D"
)
OTHER = "https://contosoimages.blob.core.windows.net/system/web-8-osDisk.vhd"
SIGNED = "t=638000000000000000&c=PLANTEDcertificate&s=PLANTEDsignature-_9&h=PLANTEDhash"
PAGE_DOWN = "\x1b[6~"
PRIVATE_FILES = ("journal.jsonl", "operations.jsonl", "run.json")
"""Files that a resume or an undo needs, readable by their owner only."""


class SigningRelay(HostileRelay):
    """A relay that signs the URLs of operations, as Azure does."""

    def rewrite_body(self, tree: Any) -> Any:
        """Bodies are not changed."""
        return tree

    def rewrite_header(self, name: str, value: str) -> str:
        """The operation's URL, signed."""
        named = name.lower() in ("azure-asyncoperation", "location")
        return f"{value}{'&' if '?' in value else '?'}{SIGNED}" if named else value


@dataclass
class SignedWorld:
    """A machine behind that relay, and all output of its program."""

    machine: Machine
    relay: SigningRelay
    outputs: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs a command to its end; returns its output."""
        done = self.machine.run(*arguments)
        self.outputs[shlex.join(arguments)] = output = done.stdout + done.stderr
        assert done.returncode == code, (arguments, output)
        return output

    def leaks(self) -> list[str]:
        """Planted secrets in an output, or in a file that must not contain them."""
        leaked = [
            f"{command}: {excerpt}"
            for command, output in self.outputs.items()
            for excerpt in excerpts(output)
        ]
        for path in self.machine.state.rglob("*"):
            if path.is_file() and path.name not in PRIVATE_FILES:
                leaked += [
                    f"{path}: {excerpt}" for excerpt in excerpts(path.read_text("utf-8", "replace"))
                ]
        return leaked


def excerpts(output: str) -> list[str]:
    return [
        output[max(0, at.start() - 60) : at.end() + 20] for at in re.finditer("PLANTED", output)
    ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SignedWorld]:
    """A scale set whose model has the SAS URL of a blob, behind a relay that signs operations."""
    machine = Machine(tmp_path / "home", speed=300.0, world=demo.DemoWorld("vhd"))
    with serve_world(machine.state, machine.world, machine.speed):
        relay = relay_world(machine.state, machine.world, SigningRelay)
        machine.control("edit", {"scale_set": SET, "set": {URI: SAS}})
        yield SignedWorld(machine, relay)
    machine.end()
    relay.close()


def patch_count(relay: SigningRelay) -> int:
    return sum(request.startswith("PATCH ") for request in relay.requests)


def test_signatures_and_arguments_work_and_are_shown_nowhere(
    world: SignedWorld, tmp_path: Path
) -> None:
    log = tmp_path / "told"
    gate = tmp_path / "gate.py"
    gate.write_text(f"import sys\nopen({str(log)!r}, 'a').write(repr(sys.argv[1:]) + '\\n')\n")
    given = ["--token", "PLANTEDtoken", "--password=PLANTEDword", "https://u:PLANTED@host/x?a=1"]
    command = shlex.join([sys.executable, str(gate), *given])
    chosen = ("--instance", "0", "--gate", command, "--image-uri", OTHER)

    assert "web-7-osDisk.vhd" in world.run("status", SET)
    world.run("status", SET, "--json")
    world.run("list", "--json")
    world.run("model", SET)
    world.run("model", SET, "--json")
    world.run("plan", SET, *chosen, "--json", "--out", str(tmp_path / "plan.json"))
    assert "--token '(redacted)' '--password=(redacted)'" in world.run("plan", SET, *chosen)
    world.run("run", SET, *chosen, "--yes", "--json")
    name = world.machine.single_run().name
    world.run("attach", name)
    world.run("attach", name, "--json")
    world.run("revert", name, "--yes")
    world.run("attach", name, code=4)
    world.run("report", name)
    report = json.loads(world.run("report", name, "--format", "json"))
    world.run("model", SET, "--vm-size", "Standard_D2s_v5", "--wait", "--yes")
    world.run("model", SET, "--image-uri", OTHER, "--yes", "--json", "--wait")
    undone = world.run("model", SET, "--undo", "--yes", "--json")
    power = world.run("power", SET, "restart", "--instance", "1", "--yes", "--json")
    world.outputs["the plan's file"] = (tmp_path / "plan.json").read_text()

    assert not world.leaks(), "\n".join(world.leaks())
    assert "sig=(" in undone
    assert [act["operation"] for act in report["acts"] if act["operation"]]
    (restarted,) = (json.loads(line) for line in power.splitlines() if line.startswith("{"))
    assert restarted["operation_url"].endswith(polled_operation(world))
    for line in log.read_text().splitlines():
        assert line == repr(given), "the gate itself gets what was given"


def polled_operation(world: SignedWorld) -> str:
    """The last part of the URL that was polled last, without its signature."""
    polled = [request for request in world.relay.requests if SIGNED in request]
    assert polled, "nothing was polled with its signature"
    return polled[-1].partition("?")[0].rpartition("/")[2]


def test_an_undo_and_a_revert_put_the_blobs_key_back(world: SignedWorld) -> None:
    world.run("model", SET, "--image-uri", OTHER, "--yes")
    world.run("model", SET, "--undo", "--yes")
    world.run("run", SET, "--instance", "0", "--image-uri", OTHER, "--yes")
    name = world.machine.single_run().name
    world.run("revert", name, "--yes")
    world.run("attach", name, code=4)
    assert patch_count(world.relay) == 4
    journal = world.machine.single_run().path / "journal.jsonl"
    operations = world.machine.state / "operations.jsonl"
    for path in (journal, operations):
        assert "PLANTEDsas" in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PLANTEDsignature" in journal.read_text()
    assert SAS in json.dumps(world.machine.control("world")), "the model names the blob as before"


def look(terminal: Terminal, key: str, title: str, *more: str) -> str:
    """Opens a dialog by a key, presses more keys in it one by one, and closes it; returns the
    text of all its screens."""
    terminal.press(key)
    screens = [terminal.wait_for_text(title)]
    for pressed in ("", *more):
        terminal.press(pressed)
        terminal.wait_for_silence(at_most=0.7)
        screens.append(terminal.text)
    terminal.press("\x1b")
    terminal.wait_for_screen(lambda text: title not in text, f"the end of {title!r}")
    return "\n".join(screens)


def test_no_screen_shows_them(world: SignedWorld) -> None:
    machine = world.machine
    world.run("model", SET, "--image-uri", OTHER, "--yes")
    world.run("model", SET, "--undo", "--yes")
    terminal = Terminal(machine.command(SET), machine.environment, 160, 50)
    screens = []
    try:
        screens.append(terminal.wait_for_text("web-7-osDisk"))
        machine.control("clock", {"speed": 0})  # a world that stands still is silent sooner
        terminal.press("d")
        terminal.wait_for_text("1 Summary")
        for tab, title in (("2", "Extensions and agent"), ("3", "Boot log"), ("4", "Activity")):
            terminal.press(tab)
            terminal.wait_for_text(f"─ {title} ")
            terminal.wait_for_silence(at_most=2.0)
            screens.append(terminal.text)
        terminal.press("6")
        terminal.wait_for_text('"instanceId"')
        for pressed in ("", *[PAGE_DOWN] * 4):
            terminal.press(pressed)
            terminal.wait_for_silence(at_most=0.7)
            screens.append(terminal.text)
        terminal.press("\x1b")
        terminal.wait_for_text("Instances by update domain")
        screens.append(look(terminal, "E", "Edit scale set model", *["\t"] * 6))
        screens.append(look(terminal, "e", "model edit"))
        screens.append(look(terminal, "i", "Image versions"))
        terminal.press("u", "U")
        screens.append(terminal.wait_for_question("Upgrade 4 instances"))
        terminal.press("\x1b")
        terminal.wait_for_screen(lambda text: "Upgrade 4 instances" not in text, "the plan's end")
        terminal.press("e")
        terminal.wait_for_text("model edit")
        terminal.wait_for_silence(at_most=0.7)
        world.outputs["the terminal"] = bytes(terminal.output).decode("utf-8", "replace")
        world.outputs["the screens"] = "\n".join(screens)
    finally:
        terminal.close()
    assert "sig=(" in world.outputs["the screens"]
    assert not world.leaks(), "\n".join(world.leaks())


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
    redacted = redact_arguments(given)
    assert shown is None or redacted == shown
    assert "abc" not in "".join(redacted).lower()
    assert "YWJj" not in "".join(redacted)


def test_what_is_redacted_already_stays_as_it_is() -> None:
    text = "drain '--password=x' {\"adminPassword\": \"x\"} https://h/x?sig=x&se=2 'Bearer x'"
    once = redact(text)
    assert redact(once) == once
    assert once.startswith("drain '--password=(redacted)")


def test_an_operations_url_loses_its_signature_and_keeps_its_name() -> None:
    url = (
        f"https://management.azure.com/subscriptions/x/operations/1?api-version=2024-07-01&{SIGNED}"
    )
    assert without_query(url).endswith("/operations/1")
    assert "PLANTED" not in redact(f"GET {url} failed")
    assert "api-version=2024-07-01" in redact(url)
