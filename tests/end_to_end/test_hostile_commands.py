"""Hostile text in every field that Azure can fill, and every command that prints it."""

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hostile_relay import CORPUS
from tests.support.hostile_world import SET, HostileWorld, StartWorld, check_harmless
from vmss_tui.cli.program import main
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.storage.state_folder import ensure_private_folder

COMMANDS = (
    ("list",), ("list", "--json"), ("status", SET), ("status", SET, "--json"), ("plan", SET),
    ("plan", SET, "--json"), ("model", SET), ("model", SET, "--json"), ("images", SET),
    ("repairs", SET, "show"), ("rolling", SET, "status"), ("rolling", SET, "history"), ("doctor",),
    ("model", SET, "--vm-size", "Standard_D2s_v5"), ("runs", "--json"), ("status", "web-rg/[/red]"),
    ("instance", SET, "0"), ("instance", SET, "0", "--boot-log", "--activity"),
    ("instance", SET, "0", "--json", "--boot-log", "--activity"), ("instance", SET, "\x1b[2J"),
    ("status", "\x1b[2J/\x1b]0;x\x07"), ("attach", "\x1b[2J"), ("--config", "\x1b[2J", "list"),
    ("--subscription", "\x1b[2J\u202e", "list"), ("\x1b[2J",), ("list", "--\x1b[2J"),
)  # fmt: skip
STRATEGY = 'campaign: c\nselect: {where: "*"}\nstages: [{name: all}]\n'


@pytest.mark.parametrize("refusing", [False, True], ids=["answered", "refused"])
def test_no_command_lets_a_hostile_word_through(
    start_world: StartWorld,
    refusing: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    world = start_world(include_catalogue=True)
    call = program_calls(world, monkeypatch, capfdbinary)
    if refusing:
        world.relay.refusal_status = lambda _method, _path: 400
    strategy = tmp_path / "strategy.yaml"
    strategy.write_text(STRATEGY)
    campaign = ("campaign", "plan", str(strategy))
    commands = (*COMMANDS, campaign, (*campaign, "--json"))
    seen = "".join(call(*arguments)[1] for arguments in commands)
    assert "[/red]" in seen
    assert "␛" in seen


CallProgram = Callable[..., tuple[int, str]]


def program_calls(
    world: HostileWorld, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]
) -> CallProgram:
    """Calls the program in this process: its exit code, and its output, checked to be harmless."""
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
    world = start_world(include_catalogue=True, speed=300.0)
    call = program_calls(world, monkeypatch, capfdbinary)
    world.relay.refusal_status = lambda method, _path: refused if method != "GET" else None
    results = [call("power", SET, *arguments, "--yes") for arguments in OPERATIONS]
    if refused:
        assert "␛" in "".join(text for _, text in results)
        assert {code for code, _ in results} == {ExitCode.ERROR, ExitCode.DONE}, "it ran already"
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
    edit = ("--instance", "1", "--image-version", "22.04.202601010", "--anyway")
    assert call("plan", SET, *edit, *limits)[0] == ExitCode.DONE
    assert call("run", SET, *edit, *limits, "--yes")[0] == ExitCode.HALTED
    name = world.machine.single_run().name
    assert call("retry", name)[0] == ExitCode.USAGE
    code, text = call("retry", name, "--yes")
    assert (code, "upgrade again  instance 1" in text) == (ExitCode.DONE, True)
    assert call("attach", name)[0] == ExitCode.HALTED
    assert call("attach", name, "--json")[0] == ExitCode.HALTED
    world.relay.refusal_status = lambda method, _path: 409 if method == "PATCH" else None
    code, text = call("revert", name, "--yes")
    assert (code, "roll back  instance 1" in text) == (ExitCode.DONE, True)
    assert "␛" in call("attach", name)[1], "Azure's refusal"
    world.relay.refusal_status = lambda _method, _path: None
    call("resume", name)
    assert call("attach", name)[0] == ExitCode.ABORTED, "rolled back"
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
    for folder in runs.iterdir():
        (folder / "journal.jsonl").write_bytes(b"{}\n")  # only runs that have begun are offered
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
