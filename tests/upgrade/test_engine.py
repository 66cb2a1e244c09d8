"""The engine, held to its rules in a world in memory."""

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import TWO_AT_ONCE, events_of, run_cycles, sent_batches
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Stage


def test_domains_are_upgraded_one_after_the_other_each_instance_once() -> None:
    harness = EngineHarness(small_set(4, domains=2), TWO_AT_ONCE)
    assert harness.finish() is Phase.COMPLETED
    assert sent_batches(harness) == [("0", "2"), ("1", "3")]
    assert harness.world.effects == dict.fromkeys("0123", 1)


def test_a_failed_batch_is_not_done_and_the_next_does_not_begin() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.world.outcome["0"] = "fails"
    assert harness.finish() is Phase.FAULTED
    assert harness.run.reason == "failure"
    assert sent_batches(harness) == [("0",)]


def test_a_stale_success_right_after_the_request_ends_no_batch() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    for _ in range(2):
        harness.cycle(reading="behind")
    assert harness.run.members["0"].stage is Stage.REQUESTED


def test_an_operation_that_claims_success_ends_no_batch() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.next_operation_status = "Succeeded"
    for _ in range(4):
        harness.cycle()
    assert events_of(harness, ev.OperationEnded)
    assert not events_of(harness, ev.BatchSettled)


def test_a_member_that_azure_passed_by_is_a_failure_whatever_the_operation_says() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE)
    harness.world.outcome["0"] = "ignored"
    assert harness.finish() is Phase.FAULTED
    assert "still on the old model" in harness.run.message


def test_an_instance_that_vanishes_is_gone_and_not_upgraded() -> None:
    harness = EngineHarness(small_set(2, domains=1), TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    del harness.world.machines["1"]
    assert harness.finish() is Phase.COMPLETED
    assert [harness.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.GONE]


def test_an_id_that_comes_back_as_another_machine_is_gone_and_never_touched() -> None:
    harness = EngineHarness(small_set(3, domains=3), TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    for instance_id in ("0", "2"):
        harness.world.give_its_id_to_another(instance_id)
        harness.world.machines[instance_id].version = "0.9"
    assert run_cycles(harness) is Phase.COMPLETED
    assert [harness.run.members[i].stage for i in "012"] == [Stage.GONE, Stage.UPGRADED, Stage.GONE]
    assert sent_batches(harness) == [("0",), ("1",)]


def test_the_sick_at_the_start_use_the_budget_but_are_no_new_failure() -> None:
    world = small_set(5, domains=1)
    world.tells_stale_health = True
    world.machines["4"].unhealthy = True
    world.outcome["4"] = "sick"
    policy = Policy(
        prioritize_unhealthy_instances=True, healthy_deadline=60.0, batch_deadline=400.0
    )
    harness = EngineHarness(world, policy)
    assert harness.finish() is Phase.FAULTED
    assert sent_batches(harness) == [("4",)]
    assert harness.run.members["4"].stage is Stage.FAILED
    assert harness.run.reason == "budget"


def test_a_pause_lets_an_open_batch_end_and_sends_nothing_new() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    harness.send_intent(ev.IntentKind.PAUSE)
    for _ in range(60):
        harness.cycle()
    assert sent_batches(harness) == [("0",)]
    assert events_of(harness, ev.BatchSettled)
    assert harness.run.phase is Phase.PAUSED


def test_a_paused_run_does_not_repeat_its_model_edit() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    harness.next_reply = "never"
    harness.cycle()
    harness.send_intent(ev.IntentKind.PAUSE)
    for _ in range(20):
        harness.cycle()
    assert len(events_of(harness, ev.ModelIntent)) == 1


def test_time_in_which_nobody_looked_fails_nobody() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    harness.world.advance(9000.0)
    harness.crash()
    assert harness.finish() is Phase.COMPLETED
    assert harness.run.count(Stage.UPGRADED) == 1


def test_where_azure_does_not_say_success_and_having_been_seen_at_work_decide() -> None:
    world = small_set(1)
    world.silent.add("0")
    harness = EngineHarness(world, TWO_AT_ONCE, Selection(instance_ids=("0",)))
    for _ in range(40):
        harness.cycle()
    assert harness.run.phase is Phase.COMPLETED
    assert sent_batches(harness) == [("0",)]


def test_the_sick_of_a_later_batch_go_first_where_they_use_up_the_budget() -> None:
    world = small_set(4, domains=2)
    world.tells_stale_health = True
    world.machines["1"].unhealthy = True
    policy = Policy(
        max_batch_instance_percent=Amount(count=2),
        max_unhealthy_instance_percent=Amount(count=1),
        healthy_deadline=100.0,
        batch_deadline=400.0,
    )
    harness = EngineHarness(world, policy)
    assert harness.finish() is Phase.COMPLETED
    assert sent_batches(harness) == [("1",), ("0",), ("2",), ("3",)]


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
    harness = EngineHarness(world, policy)
    while harness.run.count(Stage.UPGRADED) < 5:
        harness.cycle()
    for instance_id in ("0", "2")[:sick]:
        world.machines[instance_id].unhealthy = True
    while len(harness.world.sent) < 2 and not harness.run.ended:
        harness.cycle()
    assert (harness.run.reason == "budget") is halts
    assert (len(harness.world.sent) == 1) is halts
