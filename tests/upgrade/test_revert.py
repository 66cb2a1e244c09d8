"""A revert, as the engine decides it: the previous model, and only instances the run changed."""

from tests.support.engine_harness import Rig
from tests.support.engine_world import small_set
from tests.support.failed_run import PAIRS, sent, with_a_failure
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.revert import back
from vmss_tui.upgrade.run.run import Phase, Stage


def test_a_revert_puts_the_model_back_and_upgrades_exactly_what_was_changed() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    assert rig.run.phase is Phase.ROLLING_BACK
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9", "1.0.1"]
    assert sent(rig) == [("0", "2"), ("0", "2")]
    assert rig.world.effects == {"0": 2, "2": 2}
    assert [rig.run.members[i].stage for i in "0123"] == [
        Stage.UPGRADED,
        Stage.SKIPPED,
        Stage.UPGRADED,
        Stage.SKIPPED,
    ]
    assert (rig.run.reason, rig.run.count(Stage.SKIPPED)) == ("reverted", 2)


def test_a_run_without_an_edit_has_nothing_to_put_back() -> None:
    rig = with_a_failure()
    rig.wish(ev.IntentKind.REVERT)
    assert rig.run.phase is Phase.FAULTED


def test_a_batch_that_azure_is_at_work_on_ends_before_the_model_is_put_back() -> None:
    rig = Rig(small_set(4, domains=2), PAIRS, edit_to="1.0.9")
    while not rig.asked:
        rig.cycle()
    rig.wish(ev.IntentKind.REVERT)
    rig.cycle()
    assert rig.world.edits == ["1.0.9"]
    assert rig.finish() is Phase.COMPLETED
    assert sent(rig) == [("0", "2"), ("0", "2")]


def test_a_bad_image_is_not_waited_for_until_it_is_healthy() -> None:
    world = small_set(2, domains=1)
    rig = Rig(world, PAIRS, edit_to="1.0.9")
    world.outcome.update({"0": "sick", "1": "sick"})
    while rig.run.count(Stage.PROVISIONED) < 2:
        rig.cycle()
    rig.wish(ev.IntentKind.REVERT)
    rig.cycle()
    assert rig.run.back
    for machine in world.machines.values():
        machine.sick = False
    assert rig.finish() is Phase.COMPLETED
    assert {m.version for m in world.machines.values()} == {"1.0.1"}


def test_a_model_that_somebody_else_wrote_is_not_put_back() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.world.foreign_edit()
    rig.wish(ev.IntentKind.REVERT)
    assert rig.finish() is Phase.FAULTED
    assert rig.run.reason == "drift"
    assert rig.world.edits == ["1.0.9"]


def test_a_model_that_is_back_already_is_not_written_again() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.world.version, rig.world.etag = "1.0.1", 9
    rig.wish(ev.IntentKind.REVERT)
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9"]
    assert sent(rig)[1:] == [("0", "2")]


def test_a_lost_answer_on_the_way_back_is_looked_for() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    rig.answer = "lost"
    rig.cycle()
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9", "1.0.1"]


def test_a_pause_on_the_way_back_goes_on_backwards() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    rig.wish(ev.IntentKind.REVERT)
    rig.wish(ev.IntentKind.PAUSE)
    rig.cycle()
    assert rig.world.edits == ["1.0.9"]
    rig.wish(ev.IntentKind.RESUME)
    assert rig.run.phase is Phase.ROLLING_BACK
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9", "1.0.1"]


def test_a_crash_after_every_record_of_the_way_back_leads_to_the_same_end() -> None:
    for after in range(1, 11):
        rig = with_a_failure(edit_to="1.0.9")
        rig.crash_after = after
        rig.wish(ev.IntentKind.REVERT)
        for _ in range(25):
            rig.cycle()
        assert rig.crashes == 1, "there are so many records"
        if rig.finish() is Phase.FAULTED:
            # What had failed before still looks so when the answer is lost: a person decides.
            assert "answer was lost" in rig.run.message
            rig.wish(ev.IntentKind.RETRY)
            rig.finish()
        assert rig.run.phase is Phase.COMPLETED, f"killed after {after}"
        assert rig.world.effects == {"0": 2, "2": 2}
        assert rig.world.edits == ["1.0.9", "1.0.1"]


def test_what_a_revert_would_do_is_told_before() -> None:
    rig = with_a_failure(edit_to="1.0.9")
    found = back(rig.run)
    assert (found.instance_ids, found.untouched) == (("0", "2"), ("1", "3"))
