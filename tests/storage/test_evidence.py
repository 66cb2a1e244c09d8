"""What explains a halt, over a container: every machine of the team has it."""

import json
from functools import partial
from pathlib import Path

import pytest

from tests.support.bench import NEWEST, BenchFactory
from tests.support.team_hosts import make_team
from vmss_tui.cli.program import main
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase


def test_what_a_failed_instance_said_is_stored_with_the_run(
    make_bench: BenchFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with make_team(partial(make_bench, "bad-image"), tmp_path, monkeypatch) as team:
        ana, ben = team.machine("ana"), team.machine("ben")
        policy = Policy(max_batch_instance_percent=Amount(count=1), healthy_deadline=30.0)
        plan = ana.plan_run(Selection(update_domains=(1,)), policy, Edit(image_version=NEWEST))
        name = ana.services.run_control.start(plan)
        run = ana.run_worker(name)
        assert run.phase is Phase.FAULTED
        (instance,) = run.evidence[-1].instances
        seen = ben.services.store.find(name)
        data = seen.read_evidence(instance.file)
        assert data is not None
        assert data == ana.services.store.find(name).read_evidence(instance.file)
        assert "Kernel panic" in " ".join(json.loads(data)["boot_log"]["lines"])
        assert seen.read_evidence("evidence/missing.json") is None
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "cleo"))
        report = ("report", name, "--state", team.server.url)
        assert main([*report]) == 0
        assert "Kernel panic" in capsys.readouterr().out
        assert main([*report, "--evidence", instance.instance_id]) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(data)
        assert main([*report, "--evidence", "9999"]) == ExitCode.ERROR
        assert "instance '9999'" in capsys.readouterr().err
        assert b"sig=" not in data
