"""`vmss-tui power` and the operation keys of the dashboard, in a real terminal."""

import signal
from pathlib import Path

import pytest

from tests.support.command_line import WEB
from tests.support.processes import Machine, Terminal, wait_until
from tests.support.prompt_terminal import PromptTerminal
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.instance_operation import OperationKind

pytestmark = pytest.mark.usefixtures("demo_world")


def test_ctrl_c_during_an_operation_leaves_with_5(tmp_path: Path) -> None:
    machine = Machine(tmp_path, speed=1.0)
    try:
        machine.run("status", WEB)
        waiting = machine.start("power", WEB, "reimage", "--instance", "3", "--yes")
        log = machine.state / "operations.jsonl"
        _until_accepted(log)
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=60)
        assert waiting.returncode == ExitCode.LEFT
        assert "operations in flight continue" in err
    finally:
        machine.end()


def _until_accepted(log: Path) -> None:
    wait_until(lambda: log.exists() and b'"accepted"' in log.read_bytes(), "the acceptance")


def test_restarting_some_instances_is_confirmed_by_y() -> None:
    terminal = PromptTerminal("power", WEB, "restart", "--domain", "3")
    terminal.wait_for_text("Continue? Type y:")
    assert "80 of 100 instances" in terminal.output
    terminal.type("y\n")
    assert terminal.wait_for_exit() == ExitCode.DONE


@pytest.mark.parametrize(
    "operation",
    [
        str(kind)
        for kind in OperationKind
        if kind.destructive and kind is not OperationKind.POWER_OFF
    ],
)
def test_a_destructive_operation_is_not_confirmed_by_y(operation: str) -> None:
    terminal = PromptTerminal("power", WEB, operation, "--instance", "3")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("y\n")
    assert terminal.wait_for_exit() == ExitCode.ABORTED
    assert "nothing was changed" in terminal.output


def test_the_typed_name_confirms_a_destructive_operation() -> None:
    terminal = PromptTerminal("power", WEB, "power-off", "--instance", "3")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    terminal.type("web-vmss\n")
    assert terminal.wait_for_exit() == ExitCode.DONE


def test_restarting_all_serving_instances_requires_the_name() -> None:
    terminal = PromptTerminal("power", WEB, "restart", "--all")
    terminal.wait_for_text("Type the name of the scale set (web-vmss)")
    assert "downtime of the whole scale set" in terminal.output
    terminal.type("\n")
    assert terminal.wait_for_exit() == ExitCode.ABORTED


def test_keys_restart_the_selected_instances_and_delete_one(
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
    terminal.wait_for_question("Restart: choose scope")
    terminal.press("\r")
    terminal.wait_for_question("az vmss restart")
    terminal.press("\r")  # which is Cancel
    terminal.wait_for_screen(lambda text: "az vmss" not in text, "the heatmap")
    assert _ids_of(machine, "restart") == []
    terminal.press("B")
    terminal.wait_for_question("Restart: choose scope")
    terminal.press("m")
    terminal.wait_for_question("y restart 2")
    terminal.press("y")
    terminal.wait_for_text("2 of 2 restarted")
    terminal.press("D")
    terminal.wait_for_question("Delete: choose scope")
    terminal.press("c")
    terminal.wait_for_question("Press tab, type web-vmss, press enter")
    terminal.press("\t", "\x1b[200~web-vmss\x1b[201~", "\r")
    terminal.wait_for_text("Name does not match: type web-vmss")  # what is pasted is none
    terminal.press("web-vmss", "\r")
    terminal.wait_for_text("1 of 1 deleted")
    assert sorted(_ids_of(machine, "restart")) == ["0", "5"]
    assert _ids_of(machine, "delete") == ["5"]


def _ids_of(machine: Machine, kind: str) -> list[str]:
    effects = machine.control("ledger")["effects"]
    return [effect["instance_id"] for effect in effects if effect["kind"] == kind]
