"""Azure's own rolling upgrades and other operators, and how they pause a run of ours."""

import pytest
from msgspec.structs import replace

from tests.support.engine_harness import Rig
from tests.support.engine_runs import TWO_AT_ONCE, _ends, _sent, _told
from tests.support.engine_world import small_set
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Observation
from vmss_tui.upgrade.run.run import Phase, Stage


def test_a_rolling_upgrade_of_azures_own_pauses_the_run_between_its_batches_too() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    while not rig.run.count(Stage.UPGRADED):
        rig.cycle()
    rig.world.rolls(RollingCode.ROLLING_FORWARD)
    for _ in range(5):
        rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")
    assert "RollingForward: 1 done, ? at work, 2 to come, ? failed" in rig.run.message
    rig.wish(ev.IntentKind.RESUME)
    rig.cycle()
    assert rig.run.phase is Phase.PAUSED
    rig.world.rolls(RollingCode.CANCELLED)
    rig.wish(ev.IntentKind.RESUME)
    rig.cycle()
    assert _sent(rig) == [("0",), ("1",)]


def test_a_rolling_upgrade_of_azures_own_holds_the_model_edit_back() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    rig.world.rolls(RollingCode.ROLLING_BACK)
    for _ in range(5):
        rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")
    assert rig.world.edits == []


@pytest.mark.parametrize("how", ["lost", "slow and lost"])
def test_a_rolling_upgrade_that_can_never_be_read_delays_each_batch_and_stops_none(
    how: str,
) -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.look_is = how
    for _ in range(60):
        rig.cycle()
    assert rig.run.phase is Phase.COMPLETED
    told = [r.t for r in rig.journal if isinstance(r.body, ev.RollingUnread)]
    assert len(told) == 2
    for at, sent in zip(told, rig.world.sent, strict=True):
        assert 60 <= sent.at - at < 200


def test_what_cannot_be_read_after_a_gate_is_tried_as_long_as_before_it() -> None:
    rig = Rig(small_set(1), replace(TWO_AT_ONCE, gate=("drain",)))
    rig.look_is = "lost"
    while not _told(rig, ev.RollingUnread):
        rig.cycle()
    rig.world.advance(100.0)
    rig.look_is = "plain"
    while not _told(rig, ev.GatePassed):
        rig.cycle()
    rig.world.rolls(RollingCode.ROLLING_FORWARD)
    rig.look_is = "lost"
    rig.cycle()
    assert len(_told(rig, ev.RollingUnread)) == 2
    assert _sent(rig) == []
    rig.look_is = "plain"
    rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")


def test_a_right_to_read_rolling_upgrades_that_is_missing_is_told_once_and_stops_nothing() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.look_is = "forbidden"
    assert _ends(rig) is Phase.COMPLETED
    assert _told(rig, ev.RollingUnread) == [ev.RollingUnread(words="no right")]


def test_a_slow_answer_about_rolling_upgrades_stops_nothing() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.look_is = "slow"
    assert _ends(rig) is Phase.COMPLETED
    assert not _told(rig, ev.RollingUnread)


def test_it_is_looked_for_a_rolling_upgrade_once_a_request_and_not_in_between() -> None:
    rig = Rig(small_set(3, domains=3), TWO_AT_ONCE)
    looks: list[float] = []
    look = rig._look

    def counted() -> Observation:
        looks.append(rig.world.t)
        return look()

    rig._look = counted  # type: ignore[method-assign]
    assert _ends(rig) is Phase.COMPLETED
    assert looks == [sent.at for sent in rig.world.sent]


def test_our_own_edit_that_was_lost_and_then_refused_is_not_taken_for_a_strangers() -> None:
    rig = Rig(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    rig.answer = "lost"
    rig.cycle()
    assert rig.finish() is Phase.COMPLETED
    assert rig.world.edits == ["1.0.9"]


def test_a_model_that_moves_under_an_open_batch_halts_as_drift() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    while not rig.asked:
        rig.cycle()
    rig.world.foreign_edit()
    rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.FAULTED, "drift")


def test_a_colleague_at_work_pauses_the_run_and_is_named() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.world.foreign_work("1", 300.0)
    rig.cycle()
    rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.PAUSED, "foreign")
    assert "(1)" in rig.run.message


def test_a_newcomer_at_work_is_the_set_growing_and_nobodys_work() -> None:
    rig = Rig(small_set(2, domains=2), TWO_AT_ONCE)
    rig.world.scale_out()
    (newcomer,) = set(rig.world.machines) - {"0", "1"}
    rig.world.advance(30.0)
    rig.world.foreign_work(newcomer, 300.0)
    while not rig.run.ended:
        rig.cycle()
        assert rig.run.phase is not Phase.PAUSED
    assert rig.run.phase is Phase.COMPLETED
    assert newcomer not in rig.world.effects
