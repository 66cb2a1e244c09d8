"""A retry, as the engine decides it: only failed instances are requested again, once more."""

from tests.support.engine_harness import Rig
from tests.support.engine_world import small_set
from tests.support.failed_run import PAIRS, sent, with_a_failure
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.run.run import ModelStage, Phase, Stage


def test_only_the_failed_are_asked_again_and_then_the_others_go_on() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.RETRY)
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("2",), ("1", "3")]
    assert {m.stage for m in rig.run.members.values()} == {Stage.UPGRADED}


def test_a_second_failure_of_a_retried_instance_halts_again() -> None:
    rig = with_a_failure()
    rig.world.outcome["2"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    assert rig.finish() is Phase.FAULTED
    assert (rig.run.reason, sent(rig)[1:]) == ("failure", [("2",)])


def asked_again(rig: Rig, answer: str, requests: int) -> None:
    """Drives on until so many requests have left, the last of them answered so."""
    rig.answer = answer
    for _ in range(100):
        if len(rig.world.sent) >= requests:
            return
        rig.cycle()
    raise AssertionError(f"only {sent(rig)} were sent")


def test_a_retry_that_never_arrived_is_sent_once_more_after_the_settle_window() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "never", 2)
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("2",), ("2",), ("1", "3")]
    assert rig.world.sent[2].at - rig.world.sent[1].at >= PAIRS.settle_window
    assert rig.world.effects == {"0": 1, "1": 1, "2": 2, "3": 1}


def test_a_retry_that_is_lost_twice_has_failed_and_is_never_sent_a_third_time() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "never", 2)
    asked_again(rig, "never", 3)
    assert rig.finish() is Phase.FAULTED
    assert sent(rig)[1:] == [("2",), ("2",)]
    assert "asked twice without an answer or an effect" in rig.run.message


def test_a_lost_retry_that_is_seen_at_work_and_fails_is_not_repeated() -> None:
    rig = with_a_failure()
    rig.world.outcome["2"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "late", 2)
    assert rig.finish() is Phase.FAULTED
    assert sent(rig)[1:] == [("2",)]
    assert rig.world.effects["2"] == 2


def test_a_lost_retry_of_what_had_not_failed_is_not_repeated_once_it_has() -> None:
    rig = with_a_failure()
    rig.world.machines["2"].state = ProvisioningState.SUCCEEDED
    rig.world.outcome["2"] = "fails"
    rig.wish(ev.IntentKind.RETRY)
    asked_again(rig, "lost", 2)
    rig.world.advance(200.0)  # nobody looks while it is at work
    assert rig.finish() is Phase.FAULTED
    assert sent(rig)[1:] == [("2",)]
    assert "after a request whose answer was lost" in rig.run.message


def test_a_lost_request_on_the_way_back_is_sent_once_more_for_what_is_failed_still() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    while not (rig.run.back and rig.run.model is ModelStage.PINNED):
        rig.cycle()
    asked_again(rig, "never", 2)
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("0", "2"), ("0", "2")]
    assert rig.world.effects == {"0": 2, "2": 2}


def test_an_instance_that_is_on_the_model_but_sick_is_not_upgraded_again() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "sick"
    rig = Rig(world, PAIRS)
    assert rig.finish() is Phase.FAULTED
    rig.wish(ev.IntentKind.RETRY)
    assert rig.finish() is Phase.FAULTED
    assert sent(rig) == [("0", "1")]
    assert "not healthy" in rig.run.message


def test_what_was_not_shown_is_not_retried() -> None:
    rig = with_a_failure()
    intent = ev.Intent(want=ev.IntentKind.RETRY, by="ana", instance_ids=("1", "nobody"))
    assert engine.decide(rig.run, intent) is None


def test_an_aborted_run_is_not_retried() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.ABORT)
    rig.wish(ev.IntentKind.RETRY)
    assert rig.run.phase is Phase.CANCELLED
