"""What a strategy file may say, and the one sentence that each mistake gets."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.config.strategy_mistakes import MISTAKES, WHOLE
from tests.support.paths import ROOT
from vmss_tui.campaign.strategy import CampaignRules, EstateSelection, Strategy, StrategyStage
from vmss_tui.config import ConfigError
from vmss_tui.config.strategy_file import read_strategy
from vmss_tui.config.strategy_values import STRATEGY_SCHEMA
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict


def written(folder: Path, text: str) -> Path:
    path = folder / "strategy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_file_becomes_a_strategy_over_the_default_limits(tmp_path: Path) -> None:
    defaults = Policy(order=Order.ZONE, max_new_failures=3)
    assert read_strategy(written(tmp_path, WHOLE), defaults) == Strategy(
        name="ubuntu-2026-01",
        select=EstateSelection(
            "tag:role=web orchestration:Uniform", subscriptions=("Contoso Production",)
        ),
        change=Edit(image_version="22.04.202601010"),
        policy=Policy(
            max_batch_instance_percent=Amount(percent=20),
            max_unhealthy_instance_percent=Amount(percent=10),
            min_healthy_time=60.0,
            order=Order.ZONE,
            max_new_failures=3,
        ),
        stages=(
            StrategyStage(name="canary", where="name:*-canary", bake=1800.0),
            StrategyStage(
                name="pilot",
                where="region:northeurope",
                concurrency=2,
                bake=7200.0,
                approve=True,
            ),
            StrategyStage(
                name="rest",
                concurrency=5,
                max_failed_members=1,
                start_at=datetime(2026, 1, 15, 22, tzinfo=UTC),
            ),
        ),
        rules=CampaignRules(paired_regions_apart=True),
        verdict=Verdict(
            url="https://a.example/health",
            failures=2,
            samples=5,
            on_failure=OnFailure.REVERT,
        ),
        on_failure=OnFailure.REVERT,
    )


def test_a_short_file_in_one_line_style_and_a_gate_beside_the_file(tmp_path: Path) -> None:
    gate = tmp_path / "drain.sh"
    gate.write_text("#!/bin/sh\n")
    gate.chmod(0o755)
    strategy = read_strategy(
        written(
            tmp_path,
            'campaign: 2026-01\nselect: {where: "*"}\nchange:\n'
            "policy: {gate: [./drain.sh, --all], include_stopped: true, pause_between: 0}\n"
            "stages: [{name: all, start_at: 2026-01-15T22:00:00Z}]\n"
            "verdict: {command: true --x, on_failure: revert}\non_failure: halt\n",
        ),
        Policy(),
    )
    assert strategy.name == "2026-01"
    assert not strategy.change
    assert strategy.policy.gate == (str(gate), "--all")
    assert not strategy.policy.skip_not_running
    assert strategy.stages[0].start_at == datetime(2026, 1, 15, 22, tzinfo=UTC)
    assert strategy.verdict is not None
    assert strategy.verdict.command[0].endswith("/true")
    assert strategy.on_failure is OnFailure.HALT


def test_the_example_of_the_readme_is_a_strategy(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = readme.partition("<!-- strategy -->\n```yaml\n")[2].partition("```")[0]
    strategy = read_strategy(written(tmp_path, text), Policy())
    assert [stage.name for stage in strategy.stages] == ["canary", "pilot", "rest"]
    assert strategy.on_failure is OnFailure.REVERT
    keys = readme.partition("Strategy files of campaigns")[2].partition("</details>")[0]
    assert {path[-1] for path in STRATEGY_SCHEMA} <= set(re.findall(r"[a-z_]+", keys))


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_gets_one_sentence_with_line_key_and_what_is_right(
    tmp_path: Path, text: str, message: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_strategy(path, Policy())
    start = f"{path}:" if message.startswith(" ") else f"{path} "
    assert str(caught.value) == start + message
