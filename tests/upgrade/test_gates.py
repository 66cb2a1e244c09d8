"""Gates, as the engine decides them: before each batch and after the last one."""

import pytest

from tests.support.engine_harness import Crash, Rig
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.run import Phase, Stage

GATED = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    gate=("drain",),
)


def test_a_gate_is_asked_before_each_batch_and_after_the_last() -> None:
    rig = Rig(small_set(4, domains=2), GATED)
    assert rig.finish() is Phase.COMPLETED
    asked = [(gate.finished, gate.instance_ids) for gate in rig.gates]
    assert asked == [((), ("0", "2")), (("0", "2"), ("1", "3")), (("1", "3"), ())]


def test_a_gate_that_says_no_halts_before_anything_is_sent_and_is_asked_again() -> None:
    rig = Rig(small_set(2, domains=1), GATED)
    rig.gate_says = "no"
    for _ in range(5):
        rig.cycle()
    assert (rig.run.phase, rig.run.reason) == (Phase.FAULTED, "gate")
    assert rig.world.sent == []
    rig.wish(ev.IntentKind.RESUME)
    assert rig.finish() is Phase.COMPLETED
    assert [gate.instance_ids for gate in rig.gates] == [("0", "1"), ("0", "1"), ()]


def test_a_gate_that_says_no_after_the_last_batch_halts_a_run_that_is_otherwise_done() -> None:
    rig = Rig(small_set(1), GATED)
    while not rig.run.count(Stage.UPGRADED):
        rig.cycle()
    rig.gate_says = "no"
    rig.cycle()
    rig.cycle()
    assert rig.run.phase is Phase.FAULTED
    assert rig.run.reason == "gate"


def test_a_crash_in_the_middle_of_a_gate_means_that_it_is_run_again() -> None:
    rig = Rig(small_set(1), GATED)
    rig.cycle()
    begun = ev.GateStarted(number=1, instance_ids=("0",))
    rig.crash_after = 1
    with pytest.raises(Crash):
        rig.append(begun)
    rig.crash()
    assert rig.run.gate is None
    assert rig.finish() is Phase.COMPLETED
    assert rig.gates[0] == begun


def test_what_the_gate_was_not_told_of_is_not_asked_on_its_word() -> None:
    rig = Rig(small_set(3, domains=1), GATED)
    while rig.run.gate is None or not rig.run.gate.passed:
        rig.cycle(1.0)
    assert rig.run.gate.instance_ids == ("0", "1")
    del rig.world.machines["0"]
    rig.finish()
    assert [sent.ids for sent in rig.world.sent] == [("1",), ("2",)]


def test_a_paused_run_asks_no_gate() -> None:
    rig = Rig(small_set(1), GATED)
    rig.wish(ev.IntentKind.PAUSE)
    for _ in range(5):
        rig.cycle()
    assert rig.gates == []
