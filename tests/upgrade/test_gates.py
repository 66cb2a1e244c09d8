"""Gates, as the engine decides them: before each batch and after the last one."""

import pytest

from tests.support.engine_harness import EngineHarness, WorkerCrash
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
    harness = EngineHarness(small_set(4, domains=2), GATED)
    assert harness.finish() is Phase.COMPLETED
    gates = [(gate.finished, gate.instance_ids) for gate in harness.evidence.gates]
    assert gates == [((), ("0", "2")), (("0", "2"), ("1", "3")), (("1", "3"), ())]


def test_a_gate_that_says_no_halts_before_anything_is_sent_and_is_asked_again() -> None:
    harness = EngineHarness(small_set(2, domains=1), GATED)
    harness.next_gate_result = "no"
    for _ in range(5):
        harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.FAULTED, "gate")
    assert harness.world.sent == []
    harness.send_intent(ev.IntentKind.RESUME)
    assert harness.finish() is Phase.COMPLETED
    assert [gate.instance_ids for gate in harness.evidence.gates] == [("0", "1"), ("0", "1"), ()]


def test_a_gate_that_says_no_after_the_last_batch_halts_a_run_that_is_otherwise_done() -> None:
    harness = EngineHarness(small_set(1), GATED)
    while not harness.run.count(Stage.UPGRADED):
        harness.cycle()
    harness.next_gate_result = "no"
    harness.cycle()
    harness.cycle()
    assert harness.run.phase is Phase.FAULTED
    assert harness.run.reason == "gate"


def test_a_crash_in_the_middle_of_a_gate_means_that_it_is_run_again() -> None:
    harness = EngineHarness(small_set(1), GATED)
    harness.cycle()
    started = ev.GateStarted(number=1, instance_ids=("0",))
    harness.crash_after = 1
    with pytest.raises(WorkerCrash):
        harness.append(started)
    harness.crash()
    assert harness.run.gate is None
    assert harness.finish() is Phase.COMPLETED
    assert harness.evidence.gates[0] == started


def test_what_the_gate_was_not_told_of_is_not_asked_on_its_word() -> None:
    harness = EngineHarness(small_set(3, domains=1), GATED)
    while harness.run.gate is None or not harness.run.gate.passed:
        harness.cycle(1.0)
    assert harness.run.gate.instance_ids == ("0", "1")
    del harness.world.machines["0"]
    harness.finish()
    assert [sent.ids for sent in harness.world.sent] == [("1",), ("2",)]


def test_a_paused_run_asks_no_gate() -> None:
    harness = EngineHarness(small_set(1), GATED)
    harness.send_intent(ev.IntentKind.PAUSE)
    for _ in range(5):
        harness.cycle()
    assert harness.evidence.gates == []
