"""Which instance in which batch, and why the others are left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.engine_world import SET, altered
from tests.support.plan_fleet import (
    ALL_AT_ONCE,
    TEN,
    batch_ids,
    outdated_instance,
    reading_of,
    without_budget,
)
from vmss_tui.fleet.domains import row_key
from vmss_tui.fleet.scale_set import (
    Health,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.upgrade.plan.plan import LeftOutReason
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Amount, Order, Policy, PolicyError
from vmss_tui.upgrade.plan.selection import PlanError, Selection


def test_batches_go_through_one_update_domain_after_the_other() -> None:
    plan = make_plan(reading_of(*TEN), Selection(), ALL_AT_ONCE)
    assert batch_ids(plan) == [("0", "5"), ("1", "6"), ("2", "7"), ("3", "8"), ("4", "9")]
    assert [batch.row for batch in plan.batches] == [f"UD {n}" for n in range(5)]


def test_a_batch_names_its_row_as_the_heatmap_of_the_whole_set_does() -> None:
    instances = [
        altered(outdated_instance(number), placement_group=f"group-{number}") for number in range(3)
    ]
    plan = make_plan(reading_of(*instances), Selection(instance_ids=("2",)), ALL_AT_ONCE)
    assert [batch.row for batch in plan.batches] == ["UD 0 (placement group 3 group-2)"]


def test_a_row_larger_than_a_batch_is_cut() -> None:
    instances = [outdated_instance(number) for number in range(5)]
    policy = without_budget(max_batch_instance_percent=Amount(count=2))
    assert batch_ids(make_plan(reading_of(*instances), Selection(), policy)) == [
        ("0", "1"),
        ("2", "3"),
        ("4",),
    ]


def test_a_batch_is_a_share_of_the_running_ones_rounded_down() -> None:
    instances = [outdated_instance(number) for number in range(9)]
    policy = without_budget(max_batch_instance_percent=Amount(percent=25))
    assert [
        len(ids) for ids in batch_ids(make_plan(reading_of(*instances), Selection(), policy))
    ] == [
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
        altered(outdated_instance(at, domain, zone), placement_group=group)
        for at, (zone, group, domain) in enumerate(places)
    )
    policy = without_budget(max_batch_instance_percent=Amount(percent=percent), canary=canary)
    plan = make_plan(reading_of(*instances), Selection(), policy)
    by_id = {i.instance_id: i for i in instances}
    assert sorted(plan.instance_ids) == sorted(by_id)
    rows = []
    for ids in batch_ids(plan):
        keys = {row_key(by_id[i]) for i in ids}
        assert len(keys) == 1
        assert len(ids) <= max(1, len(instances) * percent // 100)
        rows.append(keys.pop())
    assert rows == sorted(rows, key=lambda key: key.order)


def test_one_instance_without_an_update_domain_drops_nobody() -> None:
    plan = make_plan(
        reading_of(outdated_instance(0), outdated_instance(1, None), outdated_instance(2, 1)),
        Selection(),
        ALL_AT_ONCE,
    )
    assert batch_ids(plan) == [("1",), ("0",), ("2",)]


def test_zones_and_placement_groups_are_told_apart_in_the_batch_names() -> None:
    plan = make_plan(
        reading_of(outdated_instance(0, 0, "1"), outdated_instance(1, 0, "2")),
        Selection(),
        ALL_AT_ONCE,
    )
    assert [batch.row for batch in plan.batches] == ["UD 0 (zone 1)", "UD 0 (zone 2)"]
    groups = reading_of(
        outdated_instance(0), altered(outdated_instance(1), placement_group="other")
    )
    assert len(make_plan(groups, Selection(), ALL_AT_ONCE).batches) == 2


def test_by_zone_a_batch_may_mix_update_domains_of_one_zone() -> None:
    instances = (
        outdated_instance(0, 0, "1"),
        outdated_instance(1, 3, "1"),
        outdated_instance(2, 0, "2"),
    )
    policy = without_budget(max_batch_instance_percent=Amount(percent=100), order=Order.ZONE)
    assert batch_ids(make_plan(reading_of(*instances), Selection(), policy)) == [("0", "1"), ("2",)]


def test_the_canary_is_a_first_batch_of_its_own() -> None:
    instances = [outdated_instance(number) for number in range(6)]
    policy = without_budget(max_batch_instance_percent=Amount(count=3), canary=1)
    assert batch_ids(make_plan(reading_of(*instances), Selection(), policy)) == [
        ("0",),
        ("1", "2", "3"),
        ("4", "5"),
    ]


def test_the_canary_is_never_larger_than_a_batch() -> None:
    policy = without_budget(max_batch_instance_percent=Amount(count=2), canary=5)
    plan = make_plan(reading_of(*(outdated_instance(n) for n in range(4))), Selection(), policy)
    assert [len(ids) for ids in batch_ids(plan)] == [2, 2]
    assert "No canary batch: 5 were requested, and a batch has at most 2." in plan.cautions


def test_no_batch_is_larger_than_what_may_be_unavailable_at_once() -> None:
    policy = Policy(
        max_batch_instance_percent=Amount(count=4), max_unhealthy_instance_percent=Amount(count=3)
    )
    plan = make_plan(reading_of(*(outdated_instance(n) for n in range(7))), Selection(), policy)
    assert [len(ids) for ids in batch_ids(plan)] == [3, 3, 1]


def test_what_only_starts_up_is_not_counted_as_sick_before() -> None:
    starting = altered(outdated_instance(1), health=Health.INITIALIZING)
    busy = altered(outdated_instance(2), provisioning=ProvisioningState.UPDATING)
    unhealthy = altered(outdated_instance(3), health=Health.UNHEALTHY)
    plan = make_plan(
        reading_of(outdated_instance(0), starting, busy, unhealthy), Selection(), ALL_AT_ONCE
    )
    assert plan.unhealthy_at_start == ("3",)


def test_the_unhealthy_go_first_inside_their_row_where_asked() -> None:
    instances = (
        outdated_instance(0),
        altered(outdated_instance(1), health=Health.UNHEALTHY),
        outdated_instance(2),
    )
    policy = Policy(max_batch_instance_percent=Amount(count=1), prioritize_unhealthy_instances=True)
    assert batch_ids(make_plan(reading_of(*instances), Selection(), policy)) == [
        ("1",),
        ("0",),
        ("2",),
    ]


LEFT_OUT = [
    (LeftOutReason.CURRENT, {"latest_model_applied": True}),
    (LeftOutReason.PROTECTED, {"protected_from_actions": True}),
    (LeftOutReason.NOT_RUNNING, {"power": PowerState.DEALLOCATED}),
    (LeftOutReason.BUSY, {"provisioning": ProvisioningState.UPDATING}),
    (LeftOutReason.UNDETERMINED, {"latest_model_applied": None}),
    (LeftOutReason.ATTACHED, {"latest_model_applied": None, "attached_reason": "its OS"}),
    (LeftOutReason.SKIP_UPGRADE, {"skip_upgrade": True}),
]


@pytest.mark.parametrize(("why", "changes"), LEFT_OUT)
def test_who_is_left_out_is_listed_with_the_reason(
    why: LeftOutReason, changes: dict[str, object]
) -> None:
    reading = reading_of(altered(outdated_instance(0), **changes), outdated_instance(1))
    plan = make_plan(reading, Selection(everything=True), ALL_AT_ONCE)
    assert plan.instance_ids == ("1",)
    assert [(left.instance_id, left.reason) for left in plan.left_out] == [("0", why)]


def test_protected_from_scale_in_alone_is_upgraded() -> None:
    reading = reading_of(altered(outdated_instance(0), protected_from_scale_in=True))
    assert make_plan(reading, Selection(), ALL_AT_ONCE).instance_ids == ("0",)


def test_by_default_every_stale_instance_is_meant_and_current_ones_are_not_listed() -> None:
    reading = reading_of(
        altered(outdated_instance(0), latest_model_applied=True), outdated_instance(1)
    )
    plan = make_plan(reading, Selection(), ALL_AT_ONCE)
    assert (plan.instance_ids, plan.left_out) == (("1",), ())


def test_with_a_model_edit_current_ones_are_taken_along() -> None:
    reading = reading_of(
        altered(outdated_instance(0), latest_model_applied=True), outdated_instance(1)
    )
    plan = make_plan(reading, Selection(), ALL_AT_ONCE, touches_model=True)
    assert plan.instance_ids == ("0", "1")


def test_stopped_ones_come_along_when_asked_and_are_to_stay_stopped() -> None:
    reading = reading_of(
        altered(outdated_instance(0), power=PowerState.DEALLOCATED), outdated_instance(1)
    )
    policy = Policy(skip_not_running=False)
    plan = make_plan(reading, Selection(), policy)
    assert plan.powers == {"0": PowerState.DEALLOCATED, "1": PowerState.RUNNING}
    assert (plan.running_at_start, plan.stopped) == (1, ("0",))


def test_an_undecided_instance_must_be_named_and_is_then_remembered_as_such() -> None:
    reading = reading_of(
        altered(outdated_instance(0), latest_model_applied=None), outdated_instance(1)
    )
    plan = make_plan(reading, Selection(instance_ids=("0", "1")), ALL_AT_ONCE)
    assert (plan.instance_ids, plan.undetermined) == (("0", "1"), ("0",))


def test_a_named_undecided_instance_is_still_left_out_where_it_is_busy_or_stopped() -> None:
    silent = altered(outdated_instance(0), latest_model_applied=None)
    for changes, why in (
        ({"provisioning": ProvisioningState.UPDATING}, LeftOutReason.BUSY),
        ({"power": PowerState.STOPPED}, LeftOutReason.NOT_RUNNING),
    ):
        reading = reading_of(altered(silent, **changes), outdated_instance(1))
        plan = make_plan(reading, Selection(instance_ids=("0", "1")), ALL_AT_ONCE)
        assert [left.reason for left in plan.left_out] == [why]


def test_the_budget_is_a_share_of_those_running_at_the_start() -> None:
    stopped = altered(outdated_instance(10), power=PowerState.STOPPED)
    plan = make_plan(reading_of(*TEN, stopped), Selection(), Policy())
    assert (plan.running_at_start, plan.unavailable_budget) == (10, 2)
    small = make_plan(reading_of(outdated_instance(0), outdated_instance(1)), Selection(), Policy())
    assert small.unavailable_budget == 1


def test_the_sick_at_the_start_are_the_baseline() -> None:
    reading = reading_of(
        altered(outdated_instance(0), health=Health.UNHEALTHY), outdated_instance(1)
    )
    assert make_plan(reading, Selection(), Policy()).unhealthy_at_start == ("0",)


def test_an_incomplete_reading_makes_no_plan() -> None:
    with pytest.raises(PlanError, match="incomplete"):
        make_plan(reading_of(*TEN, complete=False), Selection(), ALL_AT_ONCE)


def test_a_policy_that_breaks_a_rule_makes_no_plan() -> None:
    with pytest.raises(PolicyError, match="healthy_deadline"):
        make_plan(reading_of(*TEN), Selection(), Policy(healthy_deadline=1))


def test_what_a_person_must_agree_to_is_said() -> None:
    alone = ScaleSet(id=SET, owner="AKS", automatic_repairs=True, automatic_os_upgrade=True)
    cautions = " ".join(
        make_plan(
            reading_of(outdated_instance(0), scale_set=alone), Selection(), ALL_AT_ONCE
        ).cautions
    )
    for text in ("one instance only", "no health probe", "AKS", "repairs", "OS upgrades"):
        assert text in cautions
    healthy = replace(alone, owner=None, automatic_repairs=False, automatic_os_upgrade=False)
    healthy = replace(healthy, has_health_source=True)
    assert make_plan(reading_of(*TEN, scale_set=healthy), Selection(), Policy()).cautions == ()
