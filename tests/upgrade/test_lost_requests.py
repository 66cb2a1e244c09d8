"""Requests of the engine whose answer was lost: sent once more at most."""

from msgspec.structs import replace

from tests.support.engine_harness import Rig
from tests.support.engine_runs import TWO_AT_ONCE, _ends, _sent, _told
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.revert import back
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import ModelStage, Phase, Stage


def test_a_lost_request_without_effect_is_asked_once_more_after_the_settle_window() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    rig.answer = "never"
    while len(rig.world.sent) < 2:
        rig.cycle()
    first, second = rig.world.sent
    assert second.at - first.at >= 60
    assert rig.finish() is Phase.COMPLETED


def test_a_request_lost_twice_is_a_failure_and_never_a_third_one() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE)
    for _ in range(60):
        rig.answer = "never"
        rig.cycle()
    assert len(rig.world.sent) == 2
    assert rig.run.phase is Phase.FAULTED


def test_a_lost_request_that_lands_after_it_was_given_up_is_not_repeated() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE)
    rig.answer = "very late"
    for _ in range(80):
        rig.cycle()
    assert len(rig.world.sent) == 1
    assert rig.world.effects == {"0": 1, "1": 1}
    assert rig.run.phase is Phase.COMPLETED


def _landing_after_all(rig: Rig) -> None:
    """A lost request, given up after the settle window, lands while a person holds the run."""
    while rig.run.model is not ModelStage.PINNED:
        rig.cycle()
    rig.answer = "after all"
    while not rig.run.open_batch:
        rig.cycle()
    rig.wish(ev.IntentKind.PAUSE)
    while not _told(rig, ev.BatchLanded):
        rig.cycle()


def test_what_a_lost_request_does_late_is_this_runs_work_and_in_the_reverts_set() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE, edit_to="1.0.9")
    _landing_after_all(rig)
    assert _told(rig, ev.InstancesReopened)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.COMPLETED
    assert len(rig.world.sent) == 1
    assert rig.run.count(Stage.UPGRADED) == 2
    assert back(rig.run).instance_ids == ("0", "1")
    assert rig.world.effects == {"0": 1, "1": 1}


def test_what_a_lost_request_made_sick_late_is_a_failure_of_this_run() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "sick"
    rig = Rig(world, TWO_AT_ONCE)
    _landing_after_all(rig)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.FAULTED
    assert [rig.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.FAILED]
    assert "not healthy" in rig.run.message


def test_a_mate_of_what_a_lost_request_did_late_is_never_asked_again() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "ignored"
    rig = Rig(world, TWO_AT_ONCE)
    _landing_after_all(rig)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.FAULTED
    assert len(rig.world.sent) == 1
    assert [rig.run.members[i].stage for i in "01"] == [Stage.UPGRADED, Stage.FAILED]


def test_a_request_that_was_given_up_and_may_yet_land_is_in_the_reverts_set() -> None:
    rig = Rig(small_set(2, domains=1), TWO_AT_ONCE, edit_to="1.0.9")
    while rig.run.model is not ModelStage.PINNED:
        rig.cycle()
    rig.answer = "never"
    while not _told(rig, ev.InstancesReopened):
        rig.cycle()
    assert back(rig.run).instance_ids == ("0", "1")
    assert back(rig.run).untouched == ()


def test_one_that_failed_without_an_answer_and_comes_round_counts_as_upgraded() -> None:
    world = small_set(2, domains=2)
    rig = Rig(world, replace(TWO_AT_ONCE, max_new_failures=2))
    while rig.run.members["0"].stage is not Stage.FAILED:
        rig.answer = "never"
        rig.cycle()
    world.machines["0"].version = world.version
    assert _ends(rig) is Phase.COMPLETED
    assert rig.run.count(Stage.UPGRADED) == 2


def test_a_lost_request_that_reaches_another_machine_by_the_same_id_is_waited_for() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.answer = "very late"
    while not rig.asked:
        rig.cycle()
    rig.world.give_its_id_to_another("0")
    rig.world.machines["0"].version = "0.9"
    rig.wish(ev.IntentKind.PAUSE)
    while not rig.world.machines["0"].actor:
        rig.cycle()
    rig.wish(ev.IntentKind.RESUME)
    rig.cycle()
    assert "other machines have the ids 0 by now" in rig.run.message
    assert _sent(rig) == [("0",)]
    rig.world.advance(300.0)
    rig.wish(ev.IntentKind.RESUME)
    assert _ends(rig) is Phase.COMPLETED
    assert _sent(rig) == [("0",), ("1",)]


def test_where_azure_does_not_say_a_lost_request_is_never_repeated() -> None:
    world = small_set(1)
    world.silent.add("0")
    rig = Rig(world, TWO_AT_ONCE, Selection(instance_ids=("0",)))
    rig.answer = "never"
    for _ in range(100):
        rig.cycle()
    assert _sent(rig) == [("0",)]
    assert rig.run.phase is Phase.FAULTED
