"""`vmss-tui power` against a simulator over real HTTP, in a quick demo, and at a real terminal."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.test_program import WEB, CommandLine, one_sentence
from tests.end_to_end.terminal.test_prompts import Person
from tests.support.processes import Machine, Terminal, until
from vmss_tui import demo
from vmss_tui.cli.exit_codes import Exit
from vmss_tui.fleet.instance_operation import OperationKind


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user without az, settings or earlier runs; the demo ends with the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "azure"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VMSS_TUI_CONFIG", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "state" / "vmss-tui"
    yield folder
    demo.leave(folder, demo.World())


class Web(CommandLine):
    """The program in front of a quick demo world, and what happened there."""

    endpoint = ""

    def ledger(self, what: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.endpoint}/_simulator/ledger", timeout=10)
        found: list[dict[str, Any]] = answer.json()[what]
        return found

    def writes(self) -> list[str]:
        asked = self.ledger("requests")
        own = [r for r in asked if r["method"] != "GET" and "/_simulator/" not in r["path"]]
        return [each["path"].rpartition("/")[2] for each in own]

    def fault(self, **fault: Any) -> None:
        requests.post(f"{self.endpoint}/_simulator/faults", json=fault, timeout=10)


@pytest.fixture
def web(capsys: pytest.CaptureFixture[str], state: Path) -> Web:
    found = Web(capsys, "--demo", "--speed", "60")
    assert found("status", WEB)[0] == 0
    world = demo.living(state, demo.World())
    assert world is not None
    found.endpoint = world.endpoint
    return found


@pytest.mark.parametrize("verb", OperationKind)
def test_every_operation_is_carried_out_to_its_end(web: Web, verb: OperationKind) -> None:
    before = {OperationKind.START: "power-off", OperationKind.UNPROTECT: "protect"}.get(verb)
    if before:
        assert web("power", WEB, before, "--instance", "3", "--yes")[0] == 0
    writes = len(web.writes())
    code, out, err = web("power", WEB, str(verb), "--instance", "3", "--yes")
    assert code == 0
    assert out == f"1 of 1 {verb.done}\n"
    assert "az " in err
    assert len(web.writes()) == writes + 1


def test_what_is_to_be_done_must_be_said(web: Web) -> None:
    words = one_sentence(*web("power", WEB, "restart", "--yes"), wanted=Exit.USAGE)
    assert "say which instances to restart" in words
    assert "--all" in words
    assert web.writes() == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("explode", "--all"), Exit.USAGE, "'explode' is not one of"),
        (("restart", "--instance", "*", "--yes"), Exit.ERROR, "there is no instance *"),
        (("restart", "--instance", "700", "--yes"), Exit.ERROR, "there is no instance 700"),
        (("restart", "--domain", "7", "--yes"), Exit.ERROR, "there is no update domain 7"),
        (("restart", "--domain", "x", "--yes"), Exit.USAGE, "'x' is not a valid integer"),
        (("restart", "--zone", "1", "--yes"), Exit.ERROR, "Azure reports none"),
        (("restart", "--all", "--from", "scale-in"), Exit.USAGE, "--from belongs to protect"),
        (("protect", "--all", "--from", "fire"), Exit.USAGE, "'fire' is not one of"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_sent(
    web: Web, arguments: tuple[str, ...], code: Exit, words: str
) -> None:
    told = one_sentence(*web("power", WEB, *arguments), wanted=code)
    assert words in told
    assert web.writes() == []


def test_a_set_that_is_not_there_is_one_sentence(web: Web) -> None:
    told = one_sentence(*web("power", "web-rg/none", "start", "--all", "-y"), wanted=Exit.ERROR)
    assert "none" in told


def test_without_a_terminal_and_without_yes_nothing_is_sent(web: Web) -> None:
    code, out, err = web("power", WEB, "deallocate", "--instance", "3")
    assert (code, out) == (Exit.USAGE, "")
    assert "add --yes" in err
    assert web.writes() == []


def test_read_only_and_protected_sets_are_refused(web: Web, tmp_path: Path) -> None:
    code, _, err = web("--read-only", "power", WEB, "delete", "--instance", "3", "--yes")
    assert code == Exit.REFUSED
    assert "read-only" in err
    settings = tmp_path / "mine.yaml"
    settings.write_text("protected: [WEB-*/*]\n")
    code, _, err = web("--config", str(settings), "power", WEB, "start", "--instance", "3", "-y")
    assert code == 0  # nothing to start: nothing is written
    code, _, err = web("--config", str(settings), "power", WEB, "delete", "--instance", "3", "-y")
    assert code == Exit.REFUSED
    assert "its name must be typed" in err
    assert web.writes() == []


def test_all_as_wanted_already_is_done_and_nothing_is_sent(web: Web) -> None:
    code, out, err = web("power", WEB, "start", "--all", "--yes")
    assert (code, out) == (0, "")
    assert "Nothing to start: already running" in err
    code, out, _ = web("power", WEB, "start", "--all", "--yes", "--json")
    assert code == 0
    assert json.loads(out)["instance_ids"] == []
    assert web.writes() == []


def test_json_has_everyone_and_what_became_of_each(web: Web) -> None:
    code, out, _ = web("power", WEB, "restart", "--domain", "2", "-y", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["operation"], told["over"], told["answered"]) == ("restart", True, True)
    assert len(told["instance_ids"]) == 20
    assert told["instance_ids"] == [each["instance_id"] for each in told["instances"]]
    assert {each["outcome"] for each in told["instances"]} == {"done"}
    assert told["az"] == [
        f"az vmss restart -g web-rg -n web-vmss --instance-ids {' '.join(told['instance_ids'])}"
    ]
    (request,) = [each for each in web.ledger("requests") if each["method"] == "POST"]
    assert request["client_request_id"] == told["client_request_id"]


def test_no_wait_returns_once_azure_has_accepted(web: Web) -> None:
    code, out, _ = web("power", WEB, "deallocate", "--instance", "3", "-y", "--no-wait")
    assert (code, out) == (0, "accepted: instance 3\n")
    told = json.loads(
        web("power", WEB, "deallocate", "--instance", "4", "-y", "--no-wait", "--json")[1]
    )
    assert (told["over"], told["answered"]) == (False, True)


def test_a_failure_is_told_in_azures_words_and_is_code_3(web: Web) -> None:
    web("power", WEB, "deallocate", "--instance", "3", "--instance", "4", "-y")
    web.fault(instance="allocation_failure", instance_ids=["3"])
    code, out, err = web("power", WEB, "start", "--instance", "3", "--instance", "4", "-y")
    assert code == Exit.HALTED
    assert out == "1 of 2 started, 1 failed\n"
    assert "instance 3: " in err
    assert "sufficient capacity" in err


@pytest.mark.parametrize(
    ("action", "code", "words"),
    [
        ({"status": 409, "body": {"error": {"code": "Conflict", "message": "M."}}}, 1, "refused"),
        ({"status": 404, "body": {"error": {"code": "NotFound", "message": "M."}}}, 1, "refused"),
        ({"status": 429, "headers": {"Retry-After": "17"}, "body": {}}, 1, "Throttled"),
        ({"status": 403, "body": {"error": {"code": "Forbidden", "message": "M."}}}, 7, "refused"),
    ],
)
def test_a_refusal_is_one_line_with_its_code_and_nothing_happened(
    web: Web, action: dict[str, Any], code: int, words: str
) -> None:
    web.fault(match={"method": "POST", "path": "/restart$"}, action=action)
    found, out, err = web("power", WEB, "restart", "--instance", "3", "-y")
    assert (found, out) == (code, "")
    assert words in err.splitlines()[-1]
    assert web.ledger("effects") == []


def test_a_lost_answer_is_looked_for_and_a_lost_request_is_code_3(web: Web) -> None:
    restart = {"method": "POST", "path": "/restart$"}
    web.fault(match=restart, action={"drop_after": True})
    code, out, err = web("power", WEB, "restart", "--instance", "3", "-y")
    assert (code, out) == (0, "1 of 1 restarted\n")
    assert "looking for what became of it" in err
    web.fault(match=restart, action={"drop_before": True})
    code, out, err = web("power", WEB, "restart", "--instance", "4", "-y")
    assert (code, out) == (Exit.HALTED, "0 of 1 restarted, 1 not as wanted\n")
    assert "it was not sent again" in err
    assert web.writes() == ["restart", "restart"]


def test_a_lost_answer_without_waiting_is_code_3(web: Web) -> None:
    web.fault(match={"method": "POST", "path": "/restart$"}, action={"drop_after": True})
    code, out, _ = web("power", WEB, "restart", "--instance", "3", "-y", "--no-wait")
    assert (code, out) == (Exit.HALTED, "not known: instance 3\n")


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
        assert waiting.returncode == Exit.LEFT
        assert "what Azure has accepted goes on" in err
    finally:
        machine.end()


def _until_accepted(log: Path) -> None:
    until(lambda: log.exists() and b'"accepted"' in log.read_bytes(), "the acceptance")


def test_some_restarted_take_a_y_at_a_terminal() -> None:
    person = Person("power", WEB, "restart", "--domain", "3")
    person.sees("Go ahead? Type y:")
    assert "80 of 100 instances in service" in person.seen
    person.types("y\n")
    assert person.leaves() == Exit.DONE


@pytest.mark.parametrize(
    "operation",
    [
        str(verb)
        for verb in OperationKind
        if verb.destructive and verb is not OperationKind.POWER_OFF
    ],
)
def test_what_takes_something_away_wants_the_name_and_a_y_is_not_it(operation: str) -> None:
    person = Person("power", WEB, operation, "--instance", "3")
    person.sees("Type the name of the scale set (web-vmss)")
    person.types("y\n")
    assert person.leaves() == Exit.ABORTED
    assert "nothing was changed" in person.seen


def test_the_typed_name_carries_it_out() -> None:
    person = Person("power", WEB, "power-off", "--instance", "3")
    person.sees("Type the name of the scale set (web-vmss)")
    person.types("web-vmss\n")
    assert person.leaves() == Exit.DONE


def test_restarting_all_that_serve_wants_the_name() -> None:
    person = Person("power", WEB, "restart", "--all")
    person.sees("Type the name of the scale set (web-vmss)")
    assert "downtime of the whole scale set" in person.seen
    person.types("\n")
    assert person.leaves() == Exit.ABORTED


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
    terminal.sees("UD 4")
    terminal.press(" ", "l", " ")
    terminal.press("B")
    terminal.sees("Restart which?")
    terminal.press("\r")
    terminal.sees("az vmss restart")
    terminal.press("\r")  # which is Cancel
    terminal.shows(lambda text: "az vmss" not in text, "the heatmap")
    assert _ids_of(machine, "restart") == []
    terminal.press("B")
    terminal.sees("Restart which?")
    terminal.press("m")
    terminal.sees("y restart 2")
    terminal.press("y")
    terminal.sees("2 of 2 restarted")
    terminal.press("D")
    terminal.sees("Delete which?")
    terminal.press("c")
    terminal.sees("type web-vmss")
    terminal.press("\t", "\x1b[200~web-vmss\x1b[201~", "\r")
    terminal.sees("That is not web-vmss")  # what is pasted is none
    terminal.press("web-vmss", "\r")
    terminal.sees("1 of 1 deleted")
    assert sorted(_ids_of(machine, "restart")) == ["0", "5"]
    assert _ids_of(machine, "delete") == ["5"]


def _ids_of(machine: Machine, kind: str) -> list[str]:
    effects = machine.control("ledger")["effects"]
    return [each["instance_id"] for each in effects if each["kind"] == kind]
