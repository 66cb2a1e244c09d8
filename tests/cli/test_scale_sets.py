"""Commands that read: `list`, `status`, `plan` and `model`, against a simulator over HTTP."""

import json
import stat
from pathlib import Path

import pytest
import requests

from tests.support.command_line import NEWER, WEB, CommandLine, refusal
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.simulator.server import Simulator


def test_list_shows_stale_counts_and_whole_cells_in_a_pipe(at_web: CommandLine) -> None:
    code, out, _ = at_web("list")
    assert code == 0
    assert out.splitlines()[1].split() == [
        *("web-rg/web-vmss", "eastus", "100", "80", "Manual", "22.04.202511010"),
    ]
    assert "\x1b" not in out


def test_ascii_works_before_and_after_the_command(
    at_web: CommandLine,
) -> None:
    for arguments in (["--ascii", "status", WEB], ["status", WEB, "--ascii"]):
        code, out, _ = at_web(*arguments)
        assert (code, out.isascii()) == (0, True)
        assert "20 latest model - 80 outdated" in out
    assert "20 latest model · 80 outdated" in at_web("status", WEB)[1]


def test_list_as_json_has_a_line_per_scale_set(at_web: CommandLine) -> None:
    code, out, _ = at_web("list", "--json")
    (line,) = json.loads(out)
    assert code == 0
    assert (line["name"], line["capacity"], line["stale"]) == ("web-vmss", 100, 80)
    assert line["live_run"] is None


def test_status_has_a_line_per_domain_and_counts(at_web: CommandLine) -> None:
    code, out, _ = at_web("status", WEB)
    assert code == 0
    assert "UD 1    20   4 latest model, 16 outdated" in out
    assert out.rstrip().endswith("20 latest model · 80 outdated")


def test_status_as_json_has_every_instance(at_web: CommandLine) -> None:
    _, out, _ = at_web("status", WEB, "--json")
    document = json.loads(out)
    assert document["complete"] is True
    assert document["stale"] == 80
    assert document["groups"] == {
        **dict.fromkeys(map(str, StateGroup), 0),
        "latest model": 20,
        "outdated": 80,
    }
    assert document["scale_set"]["purchase_plan"] is None
    assert len(document["instances"]) == 100
    assert {instance["update_domain"] for instance in document["instances"]} == {0, 1, 2, 3, 4}


def test_global_options_are_taken_before_and_after_the_command(at_web: CommandLine) -> None:
    before, after = at_web("status", WEB), CommandLine.__call__
    assert before[0] == 0
    endpoint = at_web.before
    at_web.before = ()
    assert after(at_web, "status", WEB, *endpoint)[0] == 0


def test_plan_shows_batches_and_changes_nothing(at_web: CommandLine, tmp_path: Path) -> None:
    code, out, _ = at_web("plan", WEB, "--domain", "3", "--max-batch", "10")
    assert code == 0
    assert "16 instances in 2 batches" in out
    plan_file = tmp_path / "plan.json"
    plan_file.write_text("x" * 100_000)
    plan_file.chmod(0o644)
    code, out, _ = at_web("plan", WEB, "--out", str(plan_file), "--json")
    assert stat.S_IMODE(plan_file.stat().st_mode) == 0o600, "a model may contain secrets"
    assert json.loads(out) == json.loads(plan_file.read_text())
    assert len(json.loads(out)["batches"]) == 5
    assert json.loads(out)["policy"]["max_batch_instance_percent"] == "20%"


def test_the_wait_before_a_retry_is_printed(
    at_web: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    fault = {"match": {"method": "GET", "path": "virtualMachines"}, "nth": 1, "times": 1}
    action = {"status": 503, "headers": {"Retry-After": "2"}}
    endpoint = at_web.before[1]
    requests.post(f"{endpoint}/_simulator/faults", json={**fault, "action": action}, timeout=10)
    code, _, err = at_web("status", WEB)
    assert code == 0
    assert "Waiting 2 s: " in err


def test_model_prints_the_model_and_the_consequence_of_an_edit(at_web: CommandLine) -> None:
    code, out, _ = at_web("model", WEB)
    assert code == 0
    assert "Standard_D4s_v5" in out
    code, out, err = at_web("model", WEB, "--image-version", NEWER, "--yes")
    assert code == 0
    assert f"imageReference.version: 22.04.202511010 → {NEWER}" in err
    assert "no instance changes until you upgrade it" in err
    assert json.loads(at_web("model", WEB, "--json")[1])["image"]["version"] == NEWER


def test_list_where_names_what_matches_and_what_would_be_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Simulator("fleet") as simulator:
        fleet = CommandLine(capsys, "--endpoint", simulator.endpoint)
        code, out, _ = fleet("list", "--where", "tag:stage=test region:westeurope,westus")
        names = [line.split()[0] for line in out.splitlines()[1:]]
        read = {path for path in ledger_paths(simulator) if path.endswith("/virtualMachines")}
        assert code == 0
        assert names
        assert all(name.endswith("-test") for name in names)
        assert len(read) == len(names)  # no other set is read
        _, out, _ = fleet("list", "--json", "--where", "running:24.04.202511020 behind")
        for entry in json.loads(out):
            assert entry["versions"]["24.04.202511020"] > 0
            assert entry["stale"] or entry["newer"]
            assert (entry["indexed_at"], set(entry["tags"])) == (None, {"team", "stage"})
        message = refusal(*fleet("list", "--where", "regio:x"), ExitCode.USAGE)
        assert message.startswith("no filter 'regio': use behind")


def ledger_paths(simulator: Simulator) -> list[str]:
    """The path of every request that arrived."""
    url = f"{simulator.endpoint}/_simulator/ledger"
    return [request["path"] for request in requests.get(url, timeout=10).json()["requests"]]
