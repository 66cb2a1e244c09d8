"""The engine, held to its rules in a world in memory."""

import pytest
from hypothesis import settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from tests.support.engine_harness import Rig
from tests.support.engine_runs import TWO_AT_ONCE, _ends, _sent, _told
from tests.support.engine_world import small_set
from tests.support.upgrade_machine import QUIET, UpgradeRuns
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Stage


@pytest.mark.parametrize("part", range(4))
def test_no_rule_is_ever_broken(part: int) -> None:
    """Two thousand cases in four parts, each with a seed of its own: the machine's name."""
    machine = type(f"UpgradeRuns{part}", (UpgradeRuns,), {})
    run_state_machine_as_test(machine, settings=settings(QUIET, max_examples=500))


def test_domains_are_upgraded_one_after_the_other_each_instance_once() -> None:
    rig = Rig(small_set(4, domains=2), TWO_AT_ONCE)
    assert rig.finish() is Phase.COMPLETED
    assert _sent(rig) == [("0", "2"), ("1", "3")]
    assert rig.world.effects == dict.fromkeys("0123", 1)


def test_a_failed_batch_is_not_done_and_the_next_does_not_begin() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.world.outcome["0"] = "fails"
    assert rig.finish() is Phase.FAULTED
    assert rig.run.reason == "failure"
    assert _sent(rig) == [("0",)]


def test_a_stale_success_right_after_the_request_ends_no_batch() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    for _ in range(2):
        rig.cycle(reading="behind")
    assert rig.run.members["0"].stage is Stage.ASKED


def test_an_operation_that_claims_success_ends_no_batch() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.operation_lie = "Succeeded"
    for _ in range(4):
        rig.cycle()
    assert _told(rig, ev.OperationEnded)
    assert not _told(rig, ev.BatchSettled)


def test_a_member_that_azure_passed_by_is_a_failure_whatever_the_operation_says() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    rig.world.outcome["0"] = "ignored"
    assert rig.finish() is Phase.FAULTED
    assert "still has the old model" in rig.run.message


def test_an_instance_that_vanishes_is_gone_and_not_upgraded() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    del rig.world.machines["1"]
    assert rig.finish() is Phase.COMPLETED
    assert [rig.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.GONE]


def test_an_id_that_comes_back_as_another_machine_is_gone_and_never_touched() -> None:
    rig = Rig(small_set(3, domains=3), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    for instance_id in ("0", "2"):
        rig.world.give_its_id_to_another(instance_id)
        rig.world.machines[instance_id].version = "0.9"
    assert _ends(rig) is Phase.COMPLETED
    assert [rig.run.members[i].stage for i in "012"] == [Stage.GONE, Stage.UPGRADED, Stage.GONE]
    assert _sent(rig) == [("0",), ("1",)]


def test_the_sick_at_the_start_use_the_budget_but_are_no_new_failure() -> None:
    world = small_set(5, domains=1)
    world.tells_stale_health = True
    world.machines["4"].sick = True
    world.outcome["4"] = "sick"
    policy = Policy(
        prioritize_unhealthy_instances=True, healthy_deadline=60.0, batch_deadline=400.0
    )
    rig = Rig(world, policy)
    assert rig.finish() is Phase.FAULTED
    assert _sent(rig) == [("4",)]
    assert rig.run.members["4"].stage is Stage.FAILED
    assert rig.run.reason == "budget"


def test_a_pause_lets_an_open_batch_end_and_sends_nothing_new() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    rig.wish(ev.IntentKind.PAUSE)
    for _ in range(60):
        rig.cycle()
    assert _sent(rig) == [("0",)]
    assert _told(rig, ev.BatchSettled)
    assert rig.run.phase is Phase.PAUSED


def test_a_paused_run_does_not_repeat_its_model_edit() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    rig.answer = "never"
    rig.cycle()
    rig.wish(ev.IntentKind.PAUSE)
    for _ in range(20):
        rig.cycle()
    assert len(_told(rig, ev.ModelIntent)) == 1


def test_time_in_which_nobody_looked_fails_nobody() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    rig.world.advance(9000.0)
    rig.crash()
    assert rig.finish() is Phase.COMPLETED
    assert rig.run.count(Stage.UPGRADED) == 1


def test_where_azure_does_not_say_success_and_having_been_seen_at_work_decide() -> None:
    world = small_set(1)
    world.silent.add("0")
    rig = Rig(world, TWO_AT_ONCE, Selection(instance_ids=("0",)))
    for _ in range(40):
        rig.cycle()
    assert rig.run.phase is Phase.COMPLETED
    assert _sent(rig) == [("0",)]


def test_the_sick_of_a_later_batch_go_first_where_they_use_up_the_budget() -> None:
    world = small_set(4, domains=2)
    world.tells_stale_health = True
    world.machines["1"].sick = True
    policy = Policy(
        max_batch_instance_percent=Amount(count=2),
        max_unhealthy_instance_percent=Amount(count=1),
        healthy_deadline=100.0,
        batch_deadline=400.0,
    )
    rig = Rig(world, policy)
    assert rig.finish() is Phase.COMPLETED
    assert _sent(rig) == [("1",), ("0",), ("2",), ("3",)]


@pytest.mark.parametrize(("sick", "halts"), [(1, False), (2, True)])
def test_more_unhealthy_upgraded_ones_than_the_share_halt_and_exactly_the_share_does_not(
    sick: int, halts: bool
) -> None:
    world = small_set(10, domains=2)
    policy = Policy(
        max_batch_instance_percent=Amount(percent=50),
        max_unhealthy_instance_percent=Amount(percent=100),
        max_unhealthy_upgraded_instance_percent=Amount(percent=20),
        healthy_deadline=100.0,
        batch_deadline=400.0,
    )
    rig = Rig(world, policy)
    while rig.run.count(Stage.UPGRADED) < 5:
        rig.cycle()
    for instance_id in ("0", "2")[:sick]:
        world.machines[instance_id].sick = True
    while len(rig.world.sent) < 2 and not rig.run.ended:
        rig.cycle()
    assert (rig.run.reason == "budget") is halts
    assert (len(rig.world.sent) == 1) is halts
