"""A retry, as the engine decides it: only failed instances are requested again, once more."""

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS, halted_run, sent_batches
from tests.support.engine_world import small_set
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.run.run import ModelStage, Phase, Stage


def test_only_the_failed_are_asked_again_and_then_the_others_go_on() -> None:
    harness = halted_run()
    harness.send_intent(ev.IntentKind.RETRY)
    assert harness.finish() is Phase.COMPLETED
    assert sent_batches(harness) == [("0", "2"), ("2",), ("1", "3")]
    assert {m.stage for m in harness.run.members.values()} == {Stage.UPGRADED}


def test_a_second_failure_of_a_retried_instance_halts_again() -> None:
    harness = halted_run()
    harness.world.outcome["2"] = "fails"
    harness.send_intent(ev.IntentKind.RETRY)
    assert harness.finish() is Phase.FAULTED
    assert (harness.run.reason, sent_batches(harness)[1:]) == ("failure", [("2",)])


def asked_again(harness: EngineHarness, answer: str, requests: int) -> None:
    """Drives on until so many requests have left, the last of them answered so."""
    harness.next_reply = answer
    for _ in range(100):
        if len(harness.world.sent) >= requests:
            return
        harness.cycle()
    raise AssertionError(f"only {sent_batches(harness)} were sent")


def test_a_retry_that_never_arrived_is_sent_once_more_after_the_settle_window() -> None:
    harness = halted_run()
    harness.send_intent(ev.IntentKind.RETRY)
    asked_again(harness, "never", 2)
    assert harness.finish() is Phase.COMPLETED
    assert sent_batches(harness) == [("0", "2"), ("2",), ("2",), ("1", "3")]
    assert harness.world.sent[2].at - harness.world.sent[1].at >= PAIRS.settle_window
    assert harness.world.effects == {"0": 1, "1": 1, "2": 2, "3": 1}


def test_a_retry_that_is_lost_twice_has_failed_and_is_never_sent_a_third_time() -> None:
    harness = halted_run()
    harness.send_intent(ev.IntentKind.RETRY)
    asked_again(harness, "never", 2)
    asked_again(harness, "never", 3)
    assert harness.finish() is Phase.FAULTED
    assert sent_batches(harness)[1:] == [("2",), ("2",)]
    assert "requested twice without a response or an effect" in harness.run.message


def test_a_lost_retry_that_is_seen_at_work_and_fails_is_not_repeated() -> None:
    harness = halted_run()
    harness.world.outcome["2"] = "fails"
    harness.send_intent(ev.IntentKind.RETRY)
    asked_again(harness, "late", 2)
    assert harness.finish() is Phase.FAULTED
    assert sent_batches(harness)[1:] == [("2",)]
    assert harness.world.effects["2"] == 2


def test_a_lost_retry_of_what_had_not_failed_is_not_repeated_once_it_has() -> None:
    harness = halted_run()
    harness.world.machines["2"].state = ProvisioningState.SUCCEEDED
    harness.world.outcome["2"] = "fails"
    harness.send_intent(ev.IntentKind.RETRY)
    asked_again(harness, "lost", 2)
    harness.world.advance(200.0)  # nobody looks while it is at work
    assert harness.finish() is Phase.FAULTED
    assert sent_batches(harness)[1:] == [("2",)]
    assert "after a request without a response" in harness.run.message


def test_a_lost_request_on_the_way_back_is_sent_once_more_for_what_is_failed_still() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.send_intent(ev.IntentKind.REVERT)
    while not (harness.run.reverting and harness.run.model is ModelStage.PINNED):
        harness.cycle()
    asked_again(harness, "never", 2)
    assert harness.finish() is Phase.ROLLED_BACK
    assert sent_batches(harness) == [("0", "2"), ("0", "2"), ("0", "2")]
    assert harness.world.effects == {"0": 2, "2": 2}


def test_an_instance_that_is_on_the_model_but_sick_is_not_upgraded_again() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "sick"
    harness = EngineHarness(world, PAIRS)
    assert harness.finish() is Phase.FAULTED
    harness.send_intent(ev.IntentKind.RETRY)
    assert harness.finish() is Phase.FAULTED
    assert sent_batches(harness) == [("0", "1")]
    assert "did not become healthy" in harness.run.message


def test_what_was_not_shown_is_not_retried() -> None:
    harness = halted_run()
    intent = ev.Intent(kind=ev.IntentKind.RETRY, by="ana", instance_ids=("1", "nobody"))
    assert engine.event_for_intent(harness.run, intent) is None


def test_an_aborted_run_is_not_retried() -> None:
    harness = halted_run()
    harness.send_intent(ev.IntentKind.ABORT)
    harness.send_intent(ev.IntentKind.RETRY)
    assert harness.run.phase is Phase.CANCELLED
