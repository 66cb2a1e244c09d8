"""`vmss-tui power` against a simulator over real HTTP, in a quick demo."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.command_line import WEB, CommandLine, refusal
from vmss_tui import demo
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.instance_operation import OperationKind

pytestmark = pytest.mark.usefixtures("state")


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
    world = demo.find_running(state, demo.DemoWorld())
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
    assert out == f"1 of 1 {verb.done_label}\n"
    assert "az " in err
    assert len(web.writes()) == writes + 1


def test_what_is_to_be_done_must_be_said(web: Web) -> None:
    words = refusal(*web("power", WEB, "restart", "--yes"), expected=ExitCode.USAGE)
    assert "say which instances to restart" in words
    assert "--all" in words
    assert web.writes() == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("explode", "--all"), ExitCode.USAGE, "'explode' is not one of"),
        (("restart", "--instance", "*", "--yes"), ExitCode.ERROR, "there is no instance *"),
        (("restart", "--instance", "700", "--yes"), ExitCode.ERROR, "there is no instance 700"),
        (("restart", "--domain", "7", "--yes"), ExitCode.ERROR, "there is no update domain 7"),
        (("restart", "--domain", "x", "--yes"), ExitCode.USAGE, "'x' is not a valid integer"),
        (("restart", "--zone", "1", "--yes"), ExitCode.ERROR, "Azure reports none"),
        (("restart", "--all", "--from", "scale-in"), ExitCode.USAGE, "--from belongs to protect"),
        (("protect", "--all", "--from", "fire"), ExitCode.USAGE, "'fire' is not one of"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_sent(
    web: Web, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    told = refusal(*web("power", WEB, *arguments), expected=code)
    assert words in told
    assert web.writes() == []


def test_a_set_that_is_not_there_is_one_sentence(web: Web) -> None:
    told = refusal(*web("power", "web-rg/none", "start", "--all", "-y"), expected=ExitCode.ERROR)
    assert "none" in told


def test_without_a_terminal_and_without_yes_nothing_is_sent(web: Web) -> None:
    code, out, err = web("power", WEB, "deallocate", "--instance", "3")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "add --yes" in err
    assert web.writes() == []


def test_read_only_and_protected_sets_are_refused(web: Web, tmp_path: Path) -> None:
    code, _, err = web("--read-only", "power", WEB, "delete", "--instance", "3", "--yes")
    assert code == ExitCode.REFUSED
    assert "read-only" in err
    settings = tmp_path / "mine.yaml"
    settings.write_text("protected: [WEB-*/*]\n")
    code, _, err = web("--config", str(settings), "power", WEB, "start", "--instance", "3", "-y")
    assert code == 0  # nothing to start: nothing is written
    code, _, err = web("--config", str(settings), "power", WEB, "delete", "--instance", "3", "-y")
    assert code == ExitCode.REFUSED
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
    assert code == ExitCode.HALTED
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
    assert (code, out) == (ExitCode.HALTED, "0 of 1 restarted, 1 not as wanted\n")
    assert "it was not sent again" in err
    assert web.writes() == ["restart", "restart"]


def test_a_lost_answer_without_waiting_is_code_3(web: Web) -> None:
    web.fault(match={"method": "POST", "path": "/restart$"}, action={"drop_after": True})
    code, out, _ = web("power", WEB, "restart", "--instance", "3", "-y", "--no-wait")
    assert (code, out) == (ExitCode.HALTED, "not known: instance 3\n")
