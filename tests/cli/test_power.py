"""`vmss-tui power` against a simulator over HTTP, in a fast demo."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.command_line import WEB, CommandLine, refusal
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.simulator.server import Simulator


class Web(CommandLine):
    """The program with a fast demo world, and the ledger of that world."""

    endpoint = ""

    def ledger(self, section: str) -> list[dict[str, Any]]:
        response = requests.get(f"{self.endpoint}/_simulator/ledger", timeout=10)
        entries: list[dict[str, Any]] = response.json()[section]
        return entries

    def writes(self) -> list[str]:
        received = self.ledger("requests")
        writes = [
            request
            for request in received
            if request["method"] != "GET" and "/_simulator/" not in request["path"]
        ]
        return [request["path"].rpartition("/")[2] for request in writes]

    def fault(self, **fault: Any) -> None:
        requests.post(f"{self.endpoint}/_simulator/faults", json=fault, timeout=10)


@pytest.fixture
def web(capsys: pytest.CaptureFixture[str], demo_world: Simulator) -> Web:
    command_line = Web(capsys, "--demo", "--speed", "60")
    command_line.endpoint = demo_world.endpoint
    return command_line


@pytest.mark.parametrize("kind", OperationKind)
def test_every_operation_is_carried_out_to_its_end(web: Web, kind: OperationKind) -> None:
    before = {OperationKind.START: "power-off", OperationKind.UNPROTECT: "protect"}.get(kind)
    if before:
        assert web("power", WEB, before, "--instance", "3", "--yes")[0] == 0
    writes = len(web.writes())
    code, out, err = web("power", WEB, str(kind), "--instance", "3", "--yes")
    assert code == 0
    assert out == f"1 of 1 {kind.done_label}\n"
    assert "az " in err
    assert len(web.writes()) == writes + 1


def test_an_operation_without_a_selection_is_refused(web: Web) -> None:
    message = refusal(*web("power", WEB, "restart", "--yes"), expected=ExitCode.USAGE)
    assert "choose instances to restart" in message
    assert "--all" in message
    assert web.writes() == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("explode", "--all"), ExitCode.USAGE, "'explode' is not one of"),
        (("restart", "--instance", "*", "--yes"), ExitCode.USAGE, "'*' cannot be an instance ID"),
        (("restart", "--instance", "700", "--yes"), ExitCode.ERROR, "there is no instance 700"),
        (("restart", "--domain", "7", "--yes"), ExitCode.ERROR, "there is no update domain 7"),
        (("restart", "--domain", "x", "--yes"), ExitCode.USAGE, "'x' is not a valid integer"),
        (("restart", "--zone", "1", "--yes"), ExitCode.ERROR, "Azure reports none"),
        (("restart", "--all", "--from", "scale-in"), ExitCode.USAGE, "--from is for protect"),
        (("protect", "--all", "--from", "fire"), ExitCode.USAGE, "'fire' is not one of"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_sent(
    web: Web, arguments: tuple[str, ...], code: ExitCode, message: str
) -> None:
    printed = refusal(*web("power", WEB, *arguments), expected=code)
    assert message in printed
    assert web.writes() == []


def test_a_set_that_is_not_there_is_one_sentence(web: Web) -> None:
    message = refusal(*web("power", "web-rg/none", "start", "--all", "-y"), expected=ExitCode.ERROR)
    assert "none" in message


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


def test_an_operation_with_nothing_to_do_sends_nothing(web: Web) -> None:
    code, out, err = web("power", WEB, "start", "--all", "--yes")
    assert (code, out) == (0, "")
    assert "Nothing to start: already running" in err
    code, out, _ = web("power", WEB, "start", "--all", "--yes", "--json")
    assert code == 0
    assert json.loads(out)["instance_ids"] == []
    assert web.writes() == []


def test_json_has_every_instance_with_its_outcome(web: Web) -> None:
    code, out, _ = web("power", WEB, "restart", "--domain", "2", "-y", "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["operation"], document["over"], document["answered"]) == (
        "restart",
        True,
        True,
    )
    assert len(document["instance_ids"]) == 20
    assert document["instance_ids"] == [entry["instance_id"] for entry in document["instances"]]
    assert {entry["outcome"] for entry in document["instances"]} == {"done"}
    assert document["az"] == [
        f"az vmss restart -g web-rg -n web-vmss --instance-ids {' '.join(document['instance_ids'])}"
    ]
    (request,) = [entry for entry in web.ledger("requests") if entry["method"] == "POST"]
    assert request["client_request_id"] == document["client_request_id"]


def test_no_wait_returns_once_azure_has_accepted(web: Web) -> None:
    code, out, _ = web("power", WEB, "deallocate", "--instance", "3", "-y", "--no-wait")
    assert (code, out) == (0, "accepted: instance 3\n")
    document = json.loads(
        web("power", WEB, "deallocate", "--instance", "4", "-y", "--no-wait", "--json")[1]
    )
    assert (document["over"], document["answered"]) == (False, True)


def test_a_failure_shows_azures_message_and_exits_with_3(web: Web) -> None:
    web("power", WEB, "deallocate", "--instance", "3", "--instance", "4", "-y")
    web.fault(instance="allocation_failure", instance_ids=["3"])
    code, out, err = web("power", WEB, "start", "--instance", "3", "--instance", "4", "-y")
    assert code == ExitCode.HALTED
    assert out == "1 of 2 started, 1 failed\n"
    assert "instance 3: " in err
    assert "sufficient capacity" in err


@pytest.mark.parametrize(
    ("action", "code", "message"),
    [
        ({"status": 409, "body": {"error": {"code": "Conflict", "message": "M."}}}, 1, "refused"),
        ({"status": 404, "body": {"error": {"code": "NotFound", "message": "M."}}}, 1, "refused"),
        ({"status": 429, "headers": {"Retry-After": "17"}, "body": {}}, 1, "Throttled"),
        ({"status": 403, "body": {"error": {"code": "Forbidden", "message": "M."}}}, 7, "refused"),
    ],
)
def test_a_refusal_is_one_line_with_its_code_and_nothing_happened(
    web: Web, action: dict[str, Any], code: int, message: str
) -> None:
    web.fault(match={"method": "POST", "path": "/restart$"}, action=action)
    exit_code, out, err = web("power", WEB, "restart", "--instance", "3", "-y")
    assert (exit_code, out) == (code, "")
    assert message in err.splitlines()[-1]
    assert web.ledger("effects") == []


def test_the_outcome_of_a_lost_response_is_observed_and_a_lost_request_exits_with_3(
    web: Web,
) -> None:
    restart = {"method": "POST", "path": "/restart$"}
    web.fault(match=restart, action={"drop_after": True})
    code, out, err = web("power", WEB, "restart", "--instance", "3", "-y")
    assert (code, out) == (0, "1 of 1 restarted\n")
    assert "checking for an effect" in err
    web.fault(match=restart, action={"drop_before": True})
    code, out, err = web("power", WEB, "restart", "--instance", "4", "-y")
    assert (code, out) == (ExitCode.HALTED, "0 of 1 restarted, 1 without result\n")
    assert "not sent again" in err
    assert web.writes() == ["restart", "restart"]


def test_a_lost_response_without_waiting_exits_with_3(web: Web) -> None:
    web.fault(match={"method": "POST", "path": "/restart$"}, action={"drop_after": True})
    code, out, _ = web("power", WEB, "restart", "--instance", "3", "-y", "--no-wait")
    assert (code, out) == (ExitCode.HALTED, "unknown: instance 3\n")


@pytest.mark.parametrize(("instances", "code"), [(("3", "4"), 1), (("3", "5"), 3)])
def test_a_protection_that_is_refused_for_all_exits_with_1_and_for_some_with_3(
    web: Web, instances: tuple[str, str], code: int
) -> None:
    refused = {"status": 409, "body": {"error": {"code": "Conflict", "message": "M."}}}
    for instance_id in ("3", "4"):
        match = {"method": "PUT", "path": f"/virtualMachines/{instance_id}$"}
        web.fault(match=match, action=refused, times=9)
    chosen = [part for instance_id in instances for part in ("--instance", instance_id)]
    exit_code, _, err = web("power", WEB, "protect", *chosen, "-y")
    assert exit_code == code
    assert ("Nothing was changed" in err) is (code == 1)
    assert len(web.ledger("effects")) == (code == 3)
