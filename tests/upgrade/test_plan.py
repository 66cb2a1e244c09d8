"""Which instance in which batch, and why the others are left out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.engine_world import EPOCH, SET, altered
from vmss_tui.fleet.domains import row_key
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade.plan.plan import Plan, Why, make_plan
from vmss_tui.upgrade.plan.policy import Amount, BadPolicy, Order, Policy
from vmss_tui.upgrade.plan.selection import NoPlan, Selection


def _roomy(**policy: Any) -> Policy:
    """All may be unavailable at once: batches are as large as they may be."""
    return Policy(max_unhealthy_instance_percent=Amount(percent=100), **policy)


ALL_AT_ONCE = _roomy(max_batch_instance_percent=Amount(percent=100))


def _one(number: int | str, domain: int | None = 0, zone: str | None = None) -> Instance:
    return Instance(
        str(number),
        provisioning=ProvisioningState.SUCCEEDED,
        power=PowerState.RUNNING,
        latest_model_applied=False,
        zone=zone,
        placement_group="pg",
        update_domain=domain,
        fault_domain=0,
    )


def _reading(
    *instances: Instance, complete: bool = True, scale_set: ScaleSet | None = None
) -> Snapshot:
    scale_set = scale_set or ScaleSet(id=SET, has_health_source=True, model_digest="d")
    return Snapshot(scale_set, instances, EPOCH, complete=complete)


def _ids(plan: Plan) -> list[tuple[str, ...]]:
    return [batch.instance_ids for batch in plan.batches]


TEN = tuple(_one(number, number % 5) for number in range(10))


def test_batches_go_through_one_update_domain_after_the_other() -> None:
    plan = make_plan(_reading(*TEN), Selection(), ALL_AT_ONCE)
    assert _ids(plan) == [("0", "5"), ("1", "6"), ("2", "7"), ("3", "8"), ("4", "9")]
    assert [batch.row for batch in plan.batches] == [f"UD {n}" for n in range(5)]


def test_a_batch_names_its_row_as_the_heatmap_of_the_whole_set_does() -> None:
    instances = [altered(_one(number), placement_group=f"group-{number}") for number in range(3)]
    plan = make_plan(_reading(*instances), Selection(instance_ids=("2",)), ALL_AT_ONCE)
    assert [batch.row for batch in plan.batches] == ["UD 0 (placement group 3 group-2)"]


def test_a_row_larger_than_a_batch_is_cut() -> None:
    instances = [_one(number) for number in range(5)]
    policy = _roomy(max_batch_instance_percent=Amount(count=2))
    assert _ids(make_plan(_reading(*instances), Selection(), policy)) == [
        ("0", "1"),
        ("2", "3"),
        ("4",),
    ]


def test_a_batch_is_a_share_of_the_running_ones_rounded_down() -> None:
    instances = [_one(number) for number in range(9)]
    policy = _roomy(max_batch_instance_percent=Amount(percent=25))
    assert [len(ids) for ids in _ids(make_plan(_reading(*instances), Selection(), policy))] == [
        2,
        2,
        2,
        2,
        1,
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from((None, "1", "2")),
            st.sampled_from((None, "a", "b")),
            st.one_of(st.none(), st.integers(0, 6)),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 100),
    st.integers(0, 5),
)
def test_a_batch_never_crosses_a_row_and_nobody_is_lost(
    places: list[tuple[str | None, str | None, int | None]], percent: int, canary: int
) -> None:
    instances = tuple(
        altered(_one(at, domain, zone), placement_group=group)
        for at, (zone, group, domain) in enumerate(places)
    )
    policy = _roomy(max_batch_instance_percent=Amount(percent=percent), canary=canary)
    plan = make_plan(_reading(*instances), Selection(), policy)
    by_id = {i.instance_id: i for i in instances}
    assert sorted(plan.instance_ids) == sorted(by_id)
    rows = []
    for ids in _ids(plan):
        keys = {row_key(by_id[i]) for i in ids}
        assert len(keys) == 1
        assert len(ids) <= max(1, len(instances) * percent // 100)
        rows.append(keys.pop())
    assert rows == sorted(rows, key=lambda key: key.order)


def test_one_instance_without_an_update_domain_drops_nobody() -> None:
    plan = make_plan(_reading(_one(0), _one(1, None), _one(2, 1)), Selection(), ALL_AT_ONCE)
    assert _ids(plan) == [("1",), ("0",), ("2",)]


def test_zones_and_placement_groups_are_told_apart_in_the_batch_names() -> None:
    plan = make_plan(_reading(_one(0, 0, "1"), _one(1, 0, "2")), Selection(), ALL_AT_ONCE)
    assert [batch.row for batch in plan.batches] == ["UD 0 (zone 1)", "UD 0 (zone 2)"]
    groups = _reading(_one(0), altered(_one(1), placement_group="other"))
    assert len(make_plan(groups, Selection(), ALL_AT_ONCE).batches) == 2


def test_by_zone_a_batch_may_mix_update_domains_of_one_zone() -> None:
    instances = (_one(0, 0, "1"), _one(1, 3, "1"), _one(2, 0, "2"))
    policy = _roomy(max_batch_instance_percent=Amount(percent=100), order=Order.ZONE)
    assert _ids(make_plan(_reading(*instances), Selection(), policy)) == [("0", "1"), ("2",)]


def test_the_canary_is_a_first_batch_of_its_own() -> None:
    instances = [_one(number) for number in range(6)]
    policy = _roomy(max_batch_instance_percent=Amount(count=3), canary=1)
    assert _ids(make_plan(_reading(*instances), Selection(), policy)) == [
        ("0",),
        ("1", "2", "3"),
        ("4", "5"),
    ]


def test_the_canary_is_never_larger_than_a_batch() -> None:
    policy = _roomy(max_batch_instance_percent=Amount(count=2), canary=5)
    plan = make_plan(_reading(*(_one(n) for n in range(4))), Selection(), policy)
    assert [len(ids) for ids in _ids(plan)] == [2, 2]
    assert "No canary goes first: 5 were asked for, and a batch has 2 at most." in plan.cautions


def test_no_batch_is_larger_than_what_may_be_unavailable_at_once() -> None:
    policy = Policy(
        max_batch_instance_percent=Amount(count=4), max_unhealthy_instance_percent=Amount(count=3)
    )
    plan = make_plan(_reading(*(_one(n) for n in range(7))), Selection(), policy)
    assert [len(ids) for ids in _ids(plan)] == [3, 3, 1]


def test_what_only_starts_up_is_not_counted_as_sick_before() -> None:
    starting = altered(_one(1), health=Health.INITIALIZING)
    busy = altered(_one(2), provisioning=ProvisioningState.UPDATING)
    sick = altered(_one(3), health=Health.UNHEALTHY)
    plan = make_plan(_reading(_one(0), starting, busy, sick), Selection(), ALL_AT_ONCE)
    assert plan.baseline == ("3",)


def test_the_unhealthy_go_first_inside_their_row_where_asked() -> None:
    instances = (_one(0), altered(_one(1), health=Health.UNHEALTHY), _one(2))
    policy = Policy(max_batch_instance_percent=Amount(count=1), prioritize_unhealthy_instances=True)
    assert _ids(make_plan(_reading(*instances), Selection(), policy)) == [("1",), ("0",), ("2",)]


LEFT_OUT = [
    (Why.CURRENT, {"latest_model_applied": True}),
    (Why.PROTECTED, {"protected_from_actions": True}),
    (Why.NOT_RUNNING, {"power": PowerState.DEALLOCATED}),
    (Why.BUSY, {"provisioning": ProvisioningState.UPDATING}),
    (Why.UNDECIDED, {"latest_model_applied": None}),
]


@pytest.mark.parametrize(("why", "changes"), LEFT_OUT)
def test_who_is_left_out_is_listed_with_the_reason(why: Why, changes: dict[str, object]) -> None:
    reading = _reading(altered(_one(0), **changes), _one(1))
    plan = make_plan(reading, Selection(everything=True), ALL_AT_ONCE)
    assert plan.instance_ids == ("1",)
    assert [(left.instance_id, left.why) for left in plan.left_out] == [("0", why)]


def test_protected_from_scale_in_alone_is_upgraded() -> None:
    reading = _reading(altered(_one(0), protected_from_scale_in=True))
    assert make_plan(reading, Selection(), ALL_AT_ONCE).instance_ids == ("0",)


def test_by_default_every_stale_instance_is_meant_and_current_ones_are_not_listed() -> None:
    reading = _reading(altered(_one(0), latest_model_applied=True), _one(1))
    plan = make_plan(reading, Selection(), ALL_AT_ONCE)
    assert (plan.instance_ids, plan.left_out) == (("1",), ())


def test_with_a_model_edit_current_ones_are_taken_along() -> None:
    reading = _reading(altered(_one(0), latest_model_applied=True), _one(1))
    plan = make_plan(reading, Selection(), ALL_AT_ONCE, touches_model=True)
    assert plan.instance_ids == ("0", "1")


def test_stopped_ones_come_along_when_asked_and_are_to_stay_stopped() -> None:
    reading = _reading(altered(_one(0), power=PowerState.DEALLOCATED), _one(1))
    policy = Policy(skip_not_running=False)
    plan = make_plan(reading, Selection(), policy)
    assert plan.powers == {"0": PowerState.DEALLOCATED, "1": PowerState.RUNNING}
    assert (plan.running_at_start, plan.stopped) == (1, ("0",))


def test_an_undecided_instance_must_be_named_and_is_then_remembered_as_such() -> None:
    reading = _reading(altered(_one(0), latest_model_applied=None), _one(1))
    plan = make_plan(reading, Selection(instance_ids=("0", "1")), ALL_AT_ONCE)
    assert (plan.instance_ids, plan.undecided) == (("0", "1"), ("0",))


def test_a_named_undecided_instance_is_still_left_out_where_it_is_busy_or_stopped() -> None:
    silent = altered(_one(0), latest_model_applied=None)
    for changes, why in (
        ({"provisioning": ProvisioningState.UPDATING}, Why.BUSY),
        ({"power": PowerState.STOPPED}, Why.NOT_RUNNING),
    ):
        reading = _reading(altered(silent, **changes), _one(1))
        plan = make_plan(reading, Selection(instance_ids=("0", "1")), ALL_AT_ONCE)
        assert [left.why for left in plan.left_out] == [why]


def test_the_budget_is_a_share_of_those_running_at_the_start() -> None:
    stopped = altered(_one(10), power=PowerState.STOPPED)
    plan = make_plan(_reading(*TEN, stopped), Selection(), Policy())
    assert (plan.running_at_start, plan.unavailable_budget) == (10, 2)
    small = make_plan(_reading(_one(0), _one(1)), Selection(), Policy())
    assert small.unavailable_budget == 1


def test_the_sick_at_the_start_are_the_baseline() -> None:
    reading = _reading(altered(_one(0), health=Health.UNHEALTHY), _one(1))
    assert make_plan(reading, Selection(), Policy()).baseline == ("0",)


CHOICES = [
    (Selection(update_domains=(1, 2)), ("1", "6", "2", "7")),
    (Selection(instance_ids=("9",)), ("9",)),
    (Selection(update_domains=(1,), instance_ids=("9",)), ("1", "6", "9")),
    (Selection(everything=True, instance_ids=("9",)), tuple("0516273849")),
    (Selection(update_domains=(3,), fault_domain=0, placement_group="p"), ("3", "8")),
]


@pytest.mark.parametrize(("selection", "ids"), CHOICES)
def test_only_what_was_chosen_is_planned(selection: Selection, ids: tuple[str, ...]) -> None:
    assert make_plan(_reading(*TEN), selection, ALL_AT_ONCE).instance_ids == ids


ABSENT = [
    (Selection(instance_ids=("77",)), "no instance 77 in web-rg/web"),
    (Selection(update_domains=(9,)), "no update domain 9: there are 0, 1, 2, 3, 4"),
    (Selection(fault_domain=3), "no fault domain 3: there are 0"),
    (Selection(zone="2"), "no zone 2: Azure reports none"),
    (Selection(placement_group="x"), "no placement group x: there are pg"),
]


@pytest.mark.parametrize(("selection", "words"), ABSENT)
def test_a_choice_that_is_not_there_is_named_in_words(selection: Selection, words: str) -> None:
    with pytest.raises(NoPlan, match=words):
        make_plan(_reading(*TEN), selection, ALL_AT_ONCE)


def test_a_placement_group_named_in_part_must_be_one() -> None:
    instances = [altered(_one(number), placement_group=f"group-{number}") for number in range(3)]
    with pytest.raises(NoPlan, match="3 placement groups begin with gr: group-0, group-1, group-2"):
        make_plan(_reading(*instances), Selection(placement_group="gr"), ALL_AT_ONCE)


def test_a_choice_that_meets_nobody_is_not_taken_for_nothing_to_do() -> None:
    reading = _reading(_one(0, 0, "1"), _one(1, 1, "2"))
    with pytest.raises(NoPlan, match="no instance of web-rg/web is in all that was chosen"):
        make_plan(reading, Selection(update_domains=(0,), zone="2"), ALL_AT_ONCE)
    with pytest.raises(NoPlan, match="has no instances"):
        make_plan(_reading(), Selection(), ALL_AT_ONCE)


def test_nothing_to_do_says_why() -> None:
    current = altered(_one(0), latest_model_applied=True)
    with pytest.raises(NoPlan, match="every instance has the latest model"):
        make_plan(_reading(current), Selection(), ALL_AT_ONCE)
    with pytest.raises(NoPlan, match="all are left out: already current"):
        make_plan(_reading(current), Selection(instance_ids=("0",)), ALL_AT_ONCE)


def test_a_model_at_latest_is_never_called_done() -> None:
    image = Image(ImageKind.PLATFORM, "P", "O", "S", "latest")
    following = ScaleSet(id=SET, image=image, model_digest="d")
    current = altered(_one(0), latest_model_applied=True)
    with pytest.raises(NoPlan, match="pin a version"):
        make_plan(_reading(current, scale_set=following), Selection(), ALL_AT_ONCE)


def test_an_incomplete_reading_makes_no_plan() -> None:
    with pytest.raises(NoPlan, match="incomplete"):
        make_plan(_reading(*TEN, complete=False), Selection(), ALL_AT_ONCE)


def test_a_policy_that_breaks_a_rule_makes_no_plan() -> None:
    with pytest.raises(BadPolicy, match="healthy_deadline"):
        make_plan(_reading(*TEN), Selection(), Policy(healthy_deadline=1))


def test_what_a_person_must_agree_to_is_said() -> None:
    alone = ScaleSet(id=SET, owner="AKS", automatic_repairs=True, automatic_os_upgrade=True)
    cautions = " ".join(
        make_plan(_reading(_one(0), scale_set=alone), Selection(), ALL_AT_ONCE).cautions
    )
    for words in ("one instance only", "no health signal", "AKS", "repairs", "OS upgrades"):
        assert words in cautions
    healthy = replace(alone, owner=None, automatic_repairs=False, automatic_os_upgrade=False)
    healthy = replace(healthy, has_health_source=True)
    assert make_plan(_reading(*TEN, scale_set=healthy), Selection(), Policy()).cautions == ()


def _running(number: int, version: str | None, *, current: bool = True) -> Instance:
    image = Image(ImageKind.PLATFORM, "P", "O", "S", "latest", exact_version=version)
    return altered(_one(number), latest_model_applied=current, image=image)


def _at_latest() -> ScaleSet:
    image = Image(ImageKind.PLATFORM, "P", "O", "S", "latest")
    return ScaleSet(id=SET, has_health_source=True, image=image)


def test_instances_behind_latest_are_counted_and_the_version_to_pin_is_named() -> None:
    reading = _reading(
        _running(0, "9.2"), _running(1, "10.1"), _running(2, None), scale_set=_at_latest()
    )
    with pytest.raises(NoPlan) as told:
        make_plan(reading, Selection(), ALL_AT_ONCE)
    assert "1 of 3 instances run an older image than 10.1, of 1 Azure does not say" in str(
        told.value
    )
    assert "pin it (--image-version 10.1)" in str(told.value)
    with pytest.raises(NoPlan, match=r"2 of 3 instances run an older image than 11\.0"):
        make_plan(reading, Selection(), ALL_AT_ONCE, newest="11.0")


def test_a_plan_over_the_stale_ones_says_how_many_others_are_behind_latest() -> None:
    reading = _reading(
        _running(0, "9.2", current=False), _running(1, "9.2"), scale_set=_at_latest()
    )
    plan = make_plan(reading, Selection(), ALL_AT_ONCE, newest="10.1")
    assert any("2 of 2 instances run an older image" in caution for caution in plan.cautions)
    pinned = make_plan(reading, Selection(), ALL_AT_ONCE, touches_model=True, newest="10.1")
    assert not any("older image" in caution for caution in pinned.cautions)
