"""Where the approval checkpoints of a plan fall, and what the plan shows of them."""

import pytest

from tests.support.fleets import web
from tests.support.plan_fleet import outdated_instance, reading_of
from vmss_tui.cli.json_output.runs import plan_json
from vmss_tui.upgrade.plan.checkpoints import checkpoint_positions, describe_checkpoints
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.plan_presentation import present_plan


def planned(*checkpoints: int, canary: int = 0) -> Plan:
    """100 outdated instances in five batches of 20; a canary batch is part of the first."""
    instances = (outdated_instance(number, number % 5) for number in range(100))
    policy = Policy(checkpoints=checkpoints, canary=canary)
    return make_plan(reading_of(*instances), Selection(), policy)


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (planned(), ""),
        (planned(20), "Pauses for approval at 20 % (after batch 1)"),
        (planned(50), "Pauses for approval at 50 % (after batch 3, really 60 %)"),
        (
            planned(25, 50, canary=3),
            "Pauses for approval at 25 % (after batch 3, really 40 %), "
            "50 % (after batch 4, really 60 %)",
        ),
        (planned(95), "No pause at 95 %: only the last batch reaches it"),
        (
            planned(60, 81),
            "Pauses for approval at 60 % (after batch 3); "
            "No pause at 81 %: only the last batch reaches it",
        ),
    ],
)
def test_a_checkpoint_is_shown_where_it_really_falls(plan: Plan, text: str) -> None:
    assert describe_checkpoints(plan) == text
    shown = [row.text for row in present_plan(plan).limit_lines if row.label == "approval"]
    assert shown == ([text] if text else [])


def test_the_positions_are_in_the_json_of_a_plan() -> None:
    assert [position.batch for position in checkpoint_positions(planned(50, 95))] == [3, None]
    assert plan_json(planned(50))["checkpoint_positions"] == [
        {"percent": 50, "after_batch": 3, "reached_percent": 60.0}
    ]


def test_a_plan_without_an_edit_names_its_target_image() -> None:
    plan = make_plan(web(), Selection(), Policy())
    assert plan.edit is None
    assert str(plan.target_image).endswith("22_04-lts-gen2 22.04.202511010")
    assert present_plan(plan).target_image == plan_json(plan)["target_image"] == plan.target_image
