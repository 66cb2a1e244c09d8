"""Requests of the engine whose answer was lost: sent once more at most."""

from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import TWO_AT_ONCE, events_of, run_cycles, sent_batches
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.revert import preview_revert
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import ModelStage, Phase, Stage


def test_a_lost_request_without_effect_is_asked_once_more_after_the_settle_window() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE)
    harness.next_reply = "never"
    while len(harness.world.sent) < 2:
        harness.cycle()
    first, second = harness.world.sent
    assert second.at - first.at >= 60
    assert harness.finish() is Phase.COMPLETED


def test_a_request_lost_twice_is_a_failure_and_never_a_third_one() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE)
    for _ in range(60):
        harness.next_reply = "never"
        harness.cycle()
    assert len(harness.world.sent) == 2
    assert harness.run.phase is Phase.FAULTED


def test_a_lost_request_that_lands_after_it_was_given_up_is_not_repeated() -> None:
    harness = EngineHarness(small_set(2, domains=1), TWO_AT_ONCE)
    harness.next_reply = "very late"
    for _ in range(80):
        harness.cycle()
    assert len(harness.world.sent) == 1
    assert harness.world.effects == {"0": 1, "1": 1}
    assert harness.run.phase is Phase.COMPLETED


def _landing_after_all(harness: EngineHarness) -> None:
    """A lost request, given up after the settle window, lands while a person holds the run."""
    while harness.run.model is not ModelStage.PINNED:
        harness.cycle()
    harness.next_reply = "after all"
    while not harness.run.open_batch:
        harness.cycle()
    harness.send_intent(ev.IntentKind.PAUSE)
    while not events_of(harness, ev.LateEffectDetected):
        harness.cycle()


def test_what_a_lost_request_does_late_is_this_runs_work_and_in_the_reverts_set() -> None:
    harness = EngineHarness(small_set(2, domains=1), TWO_AT_ONCE, edit_to="1.0.9")
    _landing_after_all(harness)
    assert events_of(harness, ev.InstancesReopened)
    harness.send_intent(ev.IntentKind.RESUME)
    assert run_cycles(harness) is Phase.COMPLETED
    assert len(harness.world.sent) == 1
    assert harness.run.count(Stage.UPGRADED) == 2
    assert preview_revert(harness.run).instance_ids == ("0", "1")
    assert harness.world.effects == {"0": 1, "1": 1}


def test_what_a_lost_request_made_sick_late_is_a_failure_of_this_run() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "sick"
    harness = EngineHarness(world, TWO_AT_ONCE)
    _landing_after_all(harness)
    harness.send_intent(ev.IntentKind.RESUME)
    assert run_cycles(harness) is Phase.FAULTED
    assert [harness.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.FAILED]
    assert "did not become healthy" in harness.run.message


def test_a_mate_of_what_a_lost_request_did_late_is_never_asked_again() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "ignored"
    harness = EngineHarness(world, TWO_AT_ONCE)
    _landing_after_all(harness)
    harness.send_intent(ev.IntentKind.RESUME)
    assert run_cycles(harness) is Phase.FAULTED
    assert len(harness.world.sent) == 1
    assert [harness.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.FAILED]


def test_a_request_that_was_given_up_and_may_yet_land_is_in_the_reverts_set() -> None:
    harness = EngineHarness(small_set(2, domains=1), TWO_AT_ONCE, edit_to="1.0.9")
    while harness.run.model is not ModelStage.PINNED:
        harness.cycle()
    harness.next_reply = "never"
    while not events_of(harness, ev.InstancesReopened):
        harness.cycle()
    assert preview_revert(harness.run).instance_ids == ("0", "1")
    assert preview_revert(harness.run).untouched == ()


def test_one_that_failed_without_an_answer_and_comes_round_counts_as_upgraded() -> None:
    world = small_set(2, domains=2)
    harness = EngineHarness(world, replace(TWO_AT_ONCE, max_new_failures=2))
    while harness.run.members["0"].stage is not Stage.FAILED:
        harness.next_reply = "never"
        harness.cycle()
    world.machines["0"].version = world.version
    assert run_cycles(harness) is Phase.COMPLETED
    assert harness.run.count(Stage.UPGRADED) == 2


def test_a_lost_request_that_reaches_another_machine_by_the_same_id_is_waited_for() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.next_reply = "very late"
    while not harness.requested:
        harness.cycle()
    harness.world.give_its_id_to_another("0")
    harness.world.machines["0"].version = "0.9"
    harness.send_intent(ev.IntentKind.PAUSE)
    while not harness.world.machines["0"].actor:
        harness.cycle()
    harness.send_intent(ev.IntentKind.RESUME)
    harness.cycle()
    assert "other VMs have the instance ids 0 now" in harness.run.message
    assert sent_batches(harness) == [("0",)]
    harness.world.advance(300.0)
    harness.send_intent(ev.IntentKind.RESUME)
    assert run_cycles(harness) is Phase.COMPLETED
    assert sent_batches(harness) == [("0",), ("1",)]


def test_where_azure_does_not_say_a_lost_request_is_never_repeated() -> None:
    world = small_set(1)
    world.silent.add("0")
    harness = EngineHarness(world, TWO_AT_ONCE, Selection(instance_ids=("0",)))
    harness.next_reply = "never"
    for _ in range(100):
        harness.cycle()
    assert sent_batches(harness) == [("0",)]
    assert harness.run.phase is Phase.FAULTED
