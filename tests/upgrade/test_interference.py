"""Azure's own rolling upgrades and other operators, and how they pause a run of ours."""

import pytest
from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import TWO_AT_ONCE, events_of, run_cycles, sent_batches
from tests.support.engine_world import small_set
from vmss_tui.fleet.azure_maintenance import RollingCode
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.observation import Observation
from vmss_tui.upgrade.run.run import Phase, Stage


def test_a_rolling_upgrade_of_azures_own_pauses_the_run_between_its_batches_too() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    while not harness.run.count(Stage.UPGRADED):
        harness.cycle()
    harness.world.rolls(RollingCode.ROLLING_FORWARD)
    for _ in range(5):
        harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.PAUSED, "foreign")
    assert "RollingForward: 1 successful, ? in progress, 2 pending, ? failed" in harness.run.message
    harness.send_intent(ev.IntentKind.RESUME)
    harness.cycle()
    assert harness.run.phase is Phase.PAUSED
    harness.world.rolls(RollingCode.CANCELLED)
    harness.send_intent(ev.IntentKind.RESUME)
    harness.cycle()
    assert sent_batches(harness) == [("0",), ("1",)]


def test_a_rolling_upgrade_of_azures_own_holds_the_model_edit_back() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    harness.world.rolls(RollingCode.ROLLING_BACK)
    for _ in range(5):
        harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.PAUSED, "foreign")
    assert harness.world.edits == []


@pytest.mark.parametrize("how", ["lost", "slow and lost"])
def test_a_rolling_upgrade_that_can_never_be_read_delays_each_batch_and_stops_none(
    how: str,
) -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.rolling_reply = how
    for _ in range(60):
        harness.cycle()
    assert harness.run.phase is Phase.COMPLETED
    unknown_at = [r.t for r in harness.journal if isinstance(r.body, ev.RollingUpgradeUnknown)]
    assert len(unknown_at) == 2
    for at, sent in zip(unknown_at, harness.world.sent, strict=True):
        assert 60 <= sent.at - at < 200


def test_what_cannot_be_read_after_a_gate_is_tried_as_long_as_before_it() -> None:
    harness = EngineHarness(small_set(1), replace(TWO_AT_ONCE, gate=("drain",)))
    harness.rolling_reply = "lost"
    while not events_of(harness, ev.RollingUpgradeUnknown):
        harness.cycle()
    harness.world.advance(100.0)
    harness.rolling_reply = "plain"
    while not events_of(harness, ev.GatePassed):
        harness.cycle()
    harness.world.rolls(RollingCode.ROLLING_FORWARD)
    harness.rolling_reply = "lost"
    harness.cycle()
    assert len(events_of(harness, ev.RollingUpgradeUnknown)) == 2
    assert sent_batches(harness) == []
    harness.rolling_reply = "plain"
    harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.PAUSED, "foreign")


def test_a_right_to_read_rolling_upgrades_that_is_missing_is_told_once_and_stops_nothing() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.rolling_reply = "forbidden"
    assert run_cycles(harness) is Phase.COMPLETED
    assert events_of(harness, ev.RollingUpgradeUnknown) == [
        ev.RollingUpgradeUnknown(message="no right")
    ]


def test_a_slow_answer_about_rolling_upgrades_stops_nothing() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.rolling_reply = "slow"
    assert run_cycles(harness) is Phase.COMPLETED
    assert not events_of(harness, ev.RollingUpgradeUnknown)


def test_it_is_looked_for_a_rolling_upgrade_once_a_request_and_not_in_between() -> None:
    harness = EngineHarness(small_set(3, domains=3), TWO_AT_ONCE)
    observed_at: list[float] = []
    observe = harness.observe_rolling

    def counted() -> Observation:
        observed_at.append(harness.world.t)
        return observe()

    harness.observe_rolling = counted  # type: ignore[method-assign]
    assert run_cycles(harness) is Phase.COMPLETED
    assert observed_at == [sent.at for sent in harness.world.sent]


def test_our_own_edit_that_was_lost_and_then_refused_is_not_taken_for_a_strangers() -> None:
    harness = EngineHarness(small_set(1), TWO_AT_ONCE, edit_to="1.0.9")
    harness.next_reply = "lost"
    harness.cycle()
    assert harness.finish() is Phase.COMPLETED
    assert harness.world.edits == ["1.0.9"]


def test_a_model_that_moves_under_an_open_batch_halts_as_drift() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    harness.world.foreign_edit()
    harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.FAULTED, "drift")


def test_a_colleague_at_work_pauses_the_run_and_is_named() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.world.foreign_work("1", 300.0)
    harness.cycle()
    harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.PAUSED, "foreign")
    assert "(1)" in harness.run.message


def test_a_newcomer_at_work_is_the_set_growing_and_nobodys_work() -> None:
    harness = EngineHarness(small_set(2, domains=2), TWO_AT_ONCE)
    harness.world.scale_out()
    (newcomer,) = set(harness.world.machines) - {"0", "1"}
    harness.world.advance(30.0)
    harness.world.foreign_work(newcomer, 300.0)
    while not harness.run.ended:
        harness.cycle()
        assert harness.run.phase is not Phase.PAUSED
    assert harness.run.phase is Phase.COMPLETED
    assert newcomer not in harness.world.effects
