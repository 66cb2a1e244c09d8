"""`vmss-tui power` and the instance commands of the dashboard, at a real terminal."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import WEB
from tests.support.processes import Machine, Terminal, wait_until
from tests.support.prompt_terminal import PromptTerminal
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.instance_operation import OperationKind

pytestmark = pytest.mark.usefixtures("state")


def test_leaving_while_it_is_at_work_says_so_and_is_code_5(tmp_path: Path) -> None:
    machine = Machine(tmp_path, speed=1.0)
    try:
        machine.run("status", WEB)
        waiting = subprocess.Popen(
            machine.command("power", WEB, "reimage", "--instance", "3", "--yes"),
            env=machine.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        log = machine.state / "operations.jsonl"
        _until_accepted(log)
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=60)
        assert waiting.returncode == ExitCode.LEFT
        assert "what Azure has accepted goes on" in err
    finally:
        machine.end()


def _until_accepted(log: Path) -> None:
    wait_until(lambda: log.exists() and b'"accepted"' in log.read_bytes(), "the acceptance")


def test_some_restarted_take_a_y_at_a_terminal() -> None:
    terminal = PromptTerminal("power", WEB, "restart", "--domain", "3")
    terminal.wait_for_text("Go ahead? Type y:")
    assert "80 of 100 instances in service" in terminal.output
    terminal.type("y\n")
    assert terminal.wait_for_exit() == ExitCode.DONE


@pytest.mark.parametrize(
    "operation",
    [
        str(verb)
        for verb in OperationKind
        if verb.destructive and verb is not OperationKind.POWER_OFF
    ],
)
def test_what_takes_something_away_wants_the_name_and_a_y_is_not_it(operation: str) -> None:
    terminal = PromptTerminal("power", WEB, operation, "--instance", "3")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("y\n")
    assert terminal.wait_for_exit() == ExitCode.ABORTED
    assert "nothing was changed" in terminal.output


def test_the_typed_name_carries_it_out() -> None:
    terminal = PromptTerminal("power", WEB, "power-off", "--instance", "3")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("web-vmss\n")
    assert terminal.wait_for_exit() == ExitCode.DONE


def test_restarting_all_that_serve_wants_the_name() -> None:
    terminal = PromptTerminal("power", WEB, "restart", "--all")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    assert "downtime of the whole scale set" in terminal.output
    terminal.type("\n")
    assert terminal.wait_for_exit() == ExitCode.ABORTED


def test_marked_instances_are_restarted_and_one_deleted_by_keys_and_no_other(
    tmp_path: Path,
) -> None:
    machine = Machine(tmp_path, speed=20.0)
    terminal = Terminal(machine.command(WEB), machine.environment)
    try:
        _restart_two_and_delete_one(machine, terminal)
    finally:
        terminal.close()
        machine.end()


def _restart_two_and_delete_one(machine: Machine, terminal: Terminal) -> None:
    terminal.wait_for_text("UD 4")
    terminal.press(" ", "l", " ")
    terminal.press("B")
    terminal.wait_for_text("Restart which?")
    terminal.press("\r")
    terminal.wait_for_text("az vmss restart")
    terminal.press("\r")  # which is Cancel
    terminal.wait_for_screen(lambda text: "az vmss" not in text, "the heatmap")
    assert _ids_of(machine, "restart") == []
    terminal.press("B")
    terminal.wait_for_text("Restart which?")
    terminal.press("m")
    terminal.wait_for_text("y restart 2")
    terminal.press("y")
    terminal.wait_for_text("2 of 2 restarted")
    terminal.press("D")
    terminal.wait_for_text("Delete which?")
    terminal.press("c")
    terminal.wait_for_text("type web-vmss")
    terminal.press("\t", "\x1b[200~web-vmss\x1b[201~", "\r")
    terminal.wait_for_text("That is not web-vmss")  # what is pasted is none
    terminal.press("web-vmss", "\r")
    terminal.wait_for_text("1 of 1 deleted")
    assert sorted(_ids_of(machine, "restart")) == ["0", "5"]
    assert _ids_of(machine, "delete") == ["5"]


def _ids_of(machine: Machine, kind: str) -> list[str]:
    effects = machine.control("ledger")["effects"]
    return [each["instance_id"] for each in effects if each["kind"] == kind]
