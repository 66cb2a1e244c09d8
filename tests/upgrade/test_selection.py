"""Selections of instances: which are planned, and which cannot be."""

import pytest

from tests.support.engine_world import altered
from tests.support.plan_fleet import ALL_AT_ONCE, TEN, outdated_instance, reading_of
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.selection import PlanError, Selection

CHOICES = [
    (Selection(update_domains=(1, 2)), ("1", "6", "2", "7")),
    (Selection(instance_ids=("9",)), ("9",)),
    (Selection(update_domains=(1,), instance_ids=("9",)), ("1", "6", "9")),
    (Selection(everything=True, instance_ids=("9",)), tuple("0516273849")),
    (Selection(update_domains=(3,), fault_domain=0, placement_group="p"), ("3", "8")),
]


@pytest.mark.parametrize(("selection", "ids"), CHOICES)
def test_only_what_was_chosen_is_planned(selection: Selection, ids: tuple[str, ...]) -> None:
    assert make_plan(reading_of(*TEN), selection, ALL_AT_ONCE).instance_ids == ids


ABSENT = [
    (Selection(instance_ids=("77",)), "no instance 77 in web-rg/web"),
    (Selection(update_domains=(9,)), "no update domain 9: choose from 0, 1, 2, 3, 4"),
    (Selection(fault_domain=3), "no fault domain 3: choose from 0"),
    (Selection(zone="2"), "no zone 2: Azure reports none"),
    (Selection(placement_group="x"), "no placement group x: choose from pg"),
]


@pytest.mark.parametrize(("selection", "message"), ABSENT)
def test_a_choice_that_is_not_there_is_named_in_words(selection: Selection, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        make_plan(reading_of(*TEN), selection, ALL_AT_ONCE)


def test_a_placement_group_named_in_part_must_be_one() -> None:
    instances = [
        altered(outdated_instance(number), placement_group=f"group-{number}") for number in range(3)
    ]
    with pytest.raises(
        PlanError, match="3 placement groups begin with gr: group-0, group-1, group-2"
    ):
        make_plan(reading_of(*instances), Selection(placement_group="gr"), ALL_AT_ONCE)


def test_a_choice_that_meets_nobody_is_not_taken_for_nothing_to_do() -> None:
    reading = reading_of(outdated_instance(0, 0, "1"), outdated_instance(1, 1, "2"))
    with pytest.raises(
        PlanError, match="no instance of web-rg/web matches all of the given criteria"
    ):
        make_plan(reading, Selection(update_domains=(0,), zone="2"), ALL_AT_ONCE)
    with pytest.raises(PlanError, match="has no instances"):
        make_plan(reading_of(), Selection(), ALL_AT_ONCE)


def test_nothing_to_do_says_why() -> None:
    current = altered(outdated_instance(0), latest_model_applied=True)
    with pytest.raises(PlanError, match="every instance has the latest model"):
        make_plan(reading_of(current), Selection(), ALL_AT_ONCE)
    with pytest.raises(PlanError, match="all are skipped: already on the latest model"):
        make_plan(reading_of(current), Selection(instance_ids=("0",)), ALL_AT_ONCE)
