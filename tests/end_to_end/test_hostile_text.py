"""Hostile words in every field that Azure can fill, past every screen and every command.

Real processes and a real pseudo-terminal: what they write is taken apart byte by byte.
"""

import base64
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tests.support.hostile_relay import CORPUS, HostileRelay
from tests.support.processes import Machine, Terminal, wait_until
from tests.support.terminal_bytes import parse_output
from vmss_tui import demo
from vmss_tui.cli.program import main
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.storage.state_folder import ensure_private_folder, write_private

SET = "web-rg/web-vmss"
CLEAN_ID = re.compile(rb"/subscriptions/[0-9a-f-]+/resourceGroups/web-rg/[\w./-]+", re.IGNORECASE)


@dataclass
class HostileWorld:
    """A machine whose demo world speaks through a poisoned wire."""

    machine: Machine
    relay: HostileRelay

    def press(self, terminal: Terminal, *keys: str) -> None:
        """Types one key after the other, each once the last is answered."""
        for key in keys:
            terminal.press(key)
            terminal.wait_for_silence(0.2 if key == "\x1b" else 0.1, at_most=1.0)


StartWorld = Callable[..., HostileWorld]


@pytest.fixture
def start_world(tmp_path: Path) -> Iterator[StartWorld]:
    """Starts a demo and puts a poisoned wire in front of it."""
    worlds: list[HostileWorld] = []

    def start(
        *, include_catalogue: bool = False, speed: float = 60.0, scenario: str = "web-100"
    ) -> HostileWorld:
        machine = Machine(tmp_path, speed=speed, world=demo.DemoWorld(scenario))
        state = machine.state
        state.parent.mkdir(parents=True, exist_ok=True)
        running = demo.start_or_join(ensure_private_folder(state), machine.world)
        relay = HostileRelay(running.endpoint, include_catalogue=include_catalogue)
        poisoned = msgspec.structs.replace(running, endpoint=relay.endpoint)
        path = state / "demo" / f"{machine.world.name}.json"
        write_private(path, msgspec.json.encode(poisoned))
        worlds.append(HostileWorld(machine, relay))
        return worlds[-1]

    yield start
    for world in worlds:
        world.machine.end()
        world.relay.close()


def check_harmless(output: bytes) -> str:
    """The text that was written, once nothing in it could do harm."""
    text, copies, forbidden = parse_output(output)
    assert not forbidden, forbidden[:5]
    assert all(CLEAN_ID.fullmatch(base64.b64decode(copy)) for copy in copies), copies
    assert not re.search(r"^\s*FORGED", text, re.MULTILINE), "somebody else began a line"
    return text


VIEW_KEYS = (
    "?", "\x1b", "l", "l", "l", "l", "l", "j", "j", "j",
    "d", "d", "y", "jjjjjj", "\x1b", "c", "m", "m", "m", "m", "m", "m", "m", "w", "w",
    "s", "s", "s", "n", "N", "f", "f", "i", "\x1b", "e", "jj", "\x1b", "b", "\x1b", "x", "\x1b",
    ":", "up", "\x1b", "/", "name:x", "\x1b", "/", "ud:1\r", "\x1b", "o", ",", ",", ";", "jj", "o",
    "t", "t", "t", "]", "[", "space", "v", "j", "v", "\\", "r",
)  # fmt: skip
CORPUS_SIGNS = (
    "␛",
    "[/red]",
    "vm[/",
    "\\u202E",
    "[@click",
    "[bold $",
    "FORGED",
    "\\u200B",
    "東京",
    "$HOME",
)
"""What the corpus looks like where it is drawn."""
FORM_KEYS = (
    "E",
    "\x1b",
    "C",
    "\x1b",
    "R",
    "\r",
    "\x1b",
    "\x1b",
    "u",
    "U",
    "\x1b",
    "A",
    "F",
    "V",
    "!",
)


@pytest.mark.parametrize(
    ("thoroughly", "columns", "lines"), [(False, 120, 36), (True, 80, 24)], ids=["wide", "narrow"]
)
def test_no_screen_lets_a_hostile_word_steer_the_terminal(
    start_world: StartWorld, thoroughly: bool, columns: int, lines: int
) -> None:
    world = start_world(thoroughly=thoroughly, speed=0.0)
    terminal = Terminal(world.machine.command(), world.machine.environment, columns, lines)
    try:
        terminal.wait_for_text("web-vmss")
        world.press(terminal, "/", "web", "\x1b", "?", "\x1b", "b", "\x1b", "\r")
        terminal.wait_for_text("UD 4")
        world.press(terminal, *VIEW_KEYS)
        world.press(terminal, *FORM_KEYS)
        text = check_harmless(bytes(terminal.output))
        assert len(text) > 20_000
        assert len([sign for sign in CORPUS_SIGNS if sign in text]) >= 5, text
        terminal.press("\x1b", "q", "q", "q", "q")
        assert terminal.wait_for_exit() == 0
    finally:
        terminal.close()


def test_a_run_among_hostile_words_is_drawn_told_and_reported_without_harm(
    start_world: StartWorld,
) -> None:
    world = start_world()
    machine = world.machine
    terminal = Terminal(machine.command(SET), machine.environment, 100, 40)
    try:
        terminal.wait_for_text("UD 4")
        world.press(terminal, "u", "U")
        terminal.wait_for_text("Upgrade 16 instances")
        terminal.press("y")
        folder = machine.single_run()
        wait_until(lambda: folder.read_run()[0].ended, "the run's end")
        world.press(terminal, "e", "\x1b", "b", "\r", "\x1b", "\x1b", "q", "q", "q")
        check_harmless(bytes(terminal.output))
    finally:
        terminal.close()
    for arguments in (["attach", folder.name], ["report", folder.name], ["runs"]):
        result = machine.run(*arguments)
        check_harmless((result.stdout + result.stderr).encode())
        assert result.stdout or result.stderr
    for path in folder.path.iterdir():
        check_harmless(path.read_bytes().replace(b"\\n", b""))


def test_what_azure_refuses_in_hostile_words_is_told_without_harm(start_world: StartWorld) -> None:
    world = start_world()
    machine = world.machine
    terminal = Terminal(machine.command(SET), machine.environment, 100, 40)
    try:
        terminal.wait_for_text("UD 4")
        world.relay.refusal_status = lambda _method, path: (
            403 if path.endswith("/virtualMachines") else None
        )
        world.press(terminal, "r")
        terminal.wait_for_text("Azure refused")
        world.relay.refusal_status = lambda method, _path: (
            409 if method in ("PATCH", "POST") else None
        )
        world.press(terminal, "C", "\x15" + "101", "\r")
        world.press(terminal, SET.rpartition("/")[2], "\r", "\x1b", "\x1b")
        check_harmless(bytes(terminal.output))
    finally:
        terminal.close()


COMMANDS = (
    ("list",), ("list", "--json"), ("status", SET), ("status", SET, "--json"), ("plan", SET),
    ("plan", SET, "--json"), ("model", SET), ("model", SET, "--json"), ("images", SET),
    ("repairs", SET, "show"), ("rolling", SET, "status"), ("rolling", SET, "history"), ("doctor",),
    ("model", SET, "--vm-size", "Standard_D2s_v5"), ("runs", "--json"), ("status", "web-rg/[/red]"),
    ("status", "\x1b[2J/\x1b]0;x\x07"), ("attach", "\x1b[2J"), ("--config", "\x1b[2J", "list"),
    ("--subscription", "\x1b[2J\u202e", "list"), ("\x1b[2J",), ("list", "--\x1b[2J"),
)  # fmt: skip


@pytest.mark.parametrize("refusing", [False, True], ids=["answered", "refused"])
def test_no_command_lets_a_hostile_word_through(
    start_world: StartWorld,
    refusing: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    world = start_world(thoroughly=True)
    call = program_calls(world, monkeypatch, capfdbinary)
    if refusing:
        world.relay.refusal_status = lambda _method, _path: 400
    seen = "".join(call(*arguments)[1] for arguments in COMMANDS)
    assert "[/red]" in seen
    assert "␛" in seen


CallProgram = Callable[..., tuple[int, str]]


def program_calls(
    world: HostileWorld, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]
) -> CallProgram:
    """Calls the program in this process: its code, and its words once they are harmless."""
    for name, value in world.machine.environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> tuple[int, str]:
        code = main(world.machine.command(*arguments)[3:])
        captured_bytes = captured.readouterr()
        text = check_harmless(captured_bytes.out + captured_bytes.err)
        assert text.strip(), arguments
        assert "Traceback" not in text, arguments
        assert "defect" not in text, (arguments, text)
        return code, text

    return call


OPERATIONS = (
    ("start", "--instance", "3"), ("restart", "--instance", "3"), ("power-off", "--instance", "3"),
    ("protect", "--instance", "3"), ("protect", "--instance", "4", "--from", "set-actions"),
    ("reimage", "--instance", "5", "--no-wait"), ("delete", "--instance", "6", "--json"),
    ("unprotect", "--all", "--json"), ("redeploy", "--domain", "0", "--no-wait", "--json"),
)  # fmt: skip


@pytest.mark.parametrize("refused", [None, 409], ids=["accepted", "refused"])
def test_no_operation_lets_a_hostile_word_through(
    start_world: StartWorld,
    refused: int | None,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    world = start_world(thoroughly=True, speed=300.0)
    call = program_calls(world, monkeypatch, capfdbinary)
    world.relay.refusal_status = lambda method, _path: refused if method != "GET" else None
    results = [call("power", SET, *arguments, "--yes") for arguments in OPERATIONS]
    if refused:
        assert "␛" in "".join(text for _, text in results)
        assert {code for code, _ in results} == {ExitCode.ERROR, ExitCode.HALTED, ExitCode.DONE}, (
            "it ran already"
        )
    else:
        assert {code for code, _ in results} == {ExitCode.DONE}, results
    check_harmless((world.machine.state / "operations.jsonl").read_bytes())


def test_a_failed_run_is_asked_again_and_led_back_among_hostile_words(
    start_world: StartWorld,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    world = start_world(speed=300.0, scenario="bad-image")
    call = program_calls(world, monkeypatch, capfdbinary)
    hostile = r"import sys; sys.stdout.buffer.write(b'\x1b]0;x\x07\r\n\x9b2J')"
    gate = shlex.join((sys.executable, "-c", hostile))
    limits = ("--healthy-deadline", "30", "--batch-deadline", "300", "--gate", gate)
    edit = ("--instance", "1", "--image-version", "22.04.202601010")
    assert call("plan", SET, *edit, *limits)[0] == ExitCode.DONE
    assert call("run", SET, *edit, *limits, "--yes")[0] == ExitCode.HALTED
    name = world.machine.single_run().name
    assert call("retry", name)[0] == ExitCode.USAGE
    code, text = call("retry", name, "--yes")
    assert (code, "asked again  instance 1" in text) == (ExitCode.DONE, True)
    assert call("attach", name)[0] == ExitCode.HALTED
    assert call("attach", name, "--json")[0] == ExitCode.HALTED
    world.relay.refusal_status = lambda method, _path: 409 if method == "PATCH" else None
    code, text = call("revert", name, "--yes")
    assert (code, "put back  instance 1" in text) == (ExitCode.DONE, True)
    assert "␛" in call("attach", name)[1], "Azure's refusal"
    world.relay.refusal_status = lambda _method, _path: None
    call("resume", name)
    assert call("attach", name)[0] == ExitCode.DONE
    assert "␛]0;x" in call("report", name)[1]
    call("report", name, "--format", "json")


def test_completion_offers_nothing_that_could_steer_the_terminal(
    start_world: StartWorld,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    world = start_world()
    call = program_calls(world, monkeypatch, capfdbinary)
    runs = ensure_private_folder(world.machine.state / "runs")
    for at, bad in enumerate(text for text in CORPUS if "/" not in text and "\x00" not in text):
        ensure_private_folder(runs / f"20261122T12000{at:02}-web-{bad[:60]}"[:200])
    ensure_private_folder(runs / "20261122T115959-web-vmss-1a2b")
    for shell in ("bash", "zsh", "fish"):
        assert "_VMSS_TUI_COMPLETE" in call("completion", shell)[1]
    assert call("completion", "\x1b[2J")[0] == ExitCode.USAGE
    monkeypatch.setenv("_VMSS_TUI_COMPLETE", "bash_complete")
    for typed in ("", "\x1b[2J", "web-"):
        monkeypatch.setenv("COMP_WORDS", f"vmss-tui attach '{typed}'")
        monkeypatch.setenv("COMP_CWORD", "2")
        with pytest.raises(SystemExit):
            main([])
        offered = check_harmless(capfdbinary.readouterr().out).splitlines()
        assert ("plain,web-vmss-1a2b" in offered) == ("\x1b" not in typed)
        assert all(re.fullmatch(r"plain,[\w.-]+", text) for text in offered if text), offered


def test_the_corpus_has_what_terminals_and_markup_obey() -> None:
    joined = "".join(CORPUS)
    for bad in ("\x1b]52", "\x1b[6n", "\x9b", "\u202e", "\u200b", "\u0301" * 9, "[/red]", "vm[/"):
        assert bad in joined
    assert max(map(len, CORPUS)) >= 5_000
