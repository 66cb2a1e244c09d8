"""`campaign plan`: a wrong file sends nothing; a right one becomes a tree, or JSON."""

import json
from pathlib import Path

import pytest
import requests

from tests.support.command_line import CommandLine, refusal
from vmss_tui.errors import ExitCode
from vmss_tui.simulator.server import Simulator

STRATEGY = """\
campaign: noble-2026-01
select: {where: "name:web-*,api-*", subscriptions: [Contoso Staging, Contoso Labs]}
policy: {max_batch: 3, max_unhealthy: 40%, gate: "true --token hunter2"}
stages:
  - {name: canary, where: "name:web-*", bake: 30m}
  - {name: rest, concurrency: 2, max_failed_members: 1, approve: true}
rules: {paired_regions_apart: true}
verdict: {url: https://a.example/health, failures: 2/5, on_failure: revert}
"""


def test_a_wrong_file_sends_nothing_and_a_right_one_becomes_a_tree(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "strategy.yaml"
    with Simulator("fleet") as simulator:
        cli = CommandLine(capsys, "--endpoint", simulator.endpoint)
        path.write_text(STRATEGY.replace("concurrency: 2", "concurrency: many"))
        message = refusal(*cli("campaign", "plan", str(path)), ExitCode.USAGE)
        missing = refusal(*cli("campaign", "plan", str(home / "no.yaml")), ExitCode.USAGE)
        unknown = refusal(*cli("campaign", "pln", str(path)), ExitCode.USAGE)
        bare = refusal(*cli("campaign"), ExitCode.USAGE)
        ledger = f"{simulator.endpoint}/_simulator/ledger"
        assert requests.get(ledger, timeout=10).json()["requests"] == []
        path.write_text(STRATEGY)
        given = cli("campaign", "plan", str(path), "--subscription", "Contoso Labs")
        code, out, err = cli("campaign", "plan", str(path))
        _, batches, _ = cli("campaign", "plan", str(path), "--batches")
        document = json.loads(cli("campaign", "plan", str(path), "--json")[1])
        path.write_text(STRATEGY.replace("name:web-*,api-*", "name:web-dev"))
        nothing = cli("campaign", "plan", str(path))
        methods = {r["method"] for r in requests.get(ledger, timeout=10).json()["requests"]}
    assert message == (
        f"{path} line 6: stages.2.concurrency is 'many': it must be a whole number from 1 to 50"
    )
    assert "no.yaml cannot be read" in missing
    assert unknown.startswith("unknown command 'campaign pln' (did you mean plan?): choose from ")
    assert bare.startswith("name a command of campaign: choose from plan")
    assert given[0] == ExitCode.USAGE
    assert "strategy.yaml selects subscriptions" in given[2]
    assert (code, err) == (ExitCode.DONE, "")
    lines = out.splitlines()
    assert lines[:4] == [
        "campaign  noble-2026-01",
        "cloud  simulator",
        "change  none: every scale set is upgraded to its own model",
        "each run  batches of 3 at most, max 40% unavailable, stop after 1 failure, min healthy "
        "time 10 s",
    ]
    assert lines[5:10] == [
        "rule  never both regions of a pair at a time",
        "verdict  https://a.example/health every 60 s, fails after 2 failures of the last 5 "
        "samples",
        "on failure  roll back what the campaign has changed",
        "2 scale sets, 10 instances in 2 stages, 3 skipped",
        "expected time  at least 32 min, plus the wait for approvals",
    ]
    assert "stage 2  rest  1 scale set, 5 instances" in lines
    assert "  after approval, 2 at a time, 1 may fail, at least 50 s" in lines
    assert "  api-rg/api-test  westeurope          5  5 (max 1)  6 of 9     at least 50 s" in lines
    assert "   1  latest model already, on every instance\n      api-rg/api-prod\n" in out
    assert "     1  UD 0  1: " in batches
    assert document["campaign"] == "noble-2026-01"
    stages = {stage["name"]: stage for stage in document["stages"]}
    (member,) = stages["canary"]["members"]
    assert member["scale_set"].endswith("/web-test")
    assert sum(len(batch["instance_ids"]) for batch in member["batches"]) == 5
    assert (stages["canary"]["bake"], stages["rest"]["approve"]) == (1800.0, True)
    assert document["verdict"]["failures"] == 2
    assert {entry["kind"] for entry in document["left_out"]} == {"current", "policy"}
    assert "hunter2" not in out + batches + json.dumps(document)
    assert (nothing[0], nothing[2]) == (
        ExitCode.ERROR,
        "There is nothing to start: every scale set is skipped.\n",
    )
    assert methods == {"GET"}
