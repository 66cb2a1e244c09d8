"""The quarantine of failed instances, as the engine decides it."""

import pytest
from msgspec.structs import replace

from tests.support.batch_mutants import Mutant
from tests.support.engine_evidence import RuleBroken
from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS, events_of, sent_batches
from tests.support.engine_world import small_set
from tests.support.verdict_mutants import (
    completes_before_a_protection_can_show,
    protects_what_did_not_fail,
    takes_an_answer_for_the_protection,
)
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Stage

ASIDE = replace(PAIRS, quarantine=True, max_new_failures=3)
ACCEPTED, PROTECTED, NOT_SHOWN, REFUSED, UNSENT, UNKNOWN = ev.QuarantineOutcome


def failing_run(*answers: str, failed: str = "2") -> EngineHarness:
    """A run in which one instance fails (2 is in the first of two batches), with these answers to
    the writes that protect."""
    world = small_set(4, domains=2)
    world.outcome[failed] = "fails"
    harness = EngineHarness(world, ASIDE)
    pending = list(answers)
    for _ in range(60):
        if pending:
            harness.verdict.next_protection = pending[0]
        before = len(events_of(harness, ev.QuarantineEnded))
        harness.cycle()
        if pending and len(events_of(harness, ev.QuarantineEnded)) > before:
            pending.pop(0)
        if harness.run.ended:
            break
    return harness


@pytest.mark.parametrize(
    ("answers", "outcomes", "protected"),
    [
        ((), [ACCEPTED, PROTECTED], True),
        (("no",), [REFUSED], False),
        (("landed",), [UNKNOWN, PROTECTED], True),
        (("lost", "yes"), [UNKNOWN, ACCEPTED, PROTECTED], True),
        (("ignored", "yes"), [ACCEPTED, ACCEPTED, PROTECTED], True),
        (("ignored", "ignored"), [ACCEPTED, ACCEPTED, NOT_SHOWN], False),
    ],
    ids=str,
)
def test_a_failed_instance_is_set_aside_and_the_run_goes_on(
    answers: tuple[str, ...], outcomes: list[ev.QuarantineOutcome], protected: bool
) -> None:
    harness = failing_run(*answers)
    assert harness.run.phase is Phase.COMPLETED_WITH_FAILURES
    assert sent_batches(harness) == [("0", "2"), ("1", "3")]
    ended = [e for e in events_of(harness, ev.QuarantineEnded) if isinstance(e, ev.QuarantineEnded)]
    assert [e.outcome for e in ended] == outcomes
    assert harness.run.quarantined_ids == (("2",) if protected else ())
    assert ("quarantined: 2" in harness.run.message) is protected


def test_a_paused_or_failing_run_sets_nothing_aside_and_a_retry_skips_what_is() -> None:
    world = small_set(4, domains=2)
    world.outcome["2"] = "fails"
    paused = EngineHarness(world, ASIDE)
    while not paused.run.count(Stage.REQUESTED):
        paused.cycle()
    paused.send_intent(ev.IntentKind.PAUSE)
    for _ in range(30):
        paused.cycle()
    assert paused.run.count(Stage.FAILED) == 1
    assert events_of(paused, ev.QuarantineIntent) == []
    harness = failing_run()
    harness.send_intent(ev.IntentKind.RETRY)
    harness.finish()
    assert harness.run.members["2"].message == "protected from scale set actions"


def test_a_run_ends_when_a_reading_shows_the_protection_or_the_time_for_it_is_over() -> None:
    for answers, seconds in ((("yes",), 20.0), (("ignored", "yes"), 60.0), (("ignored",) * 2, 120)):
        harness = failing_run(*answers, failed="3")  # of the last batch
        assert harness.run.phase is Phase.COMPLETED_WITH_FAILURES
        first = next(r.t for r in harness.journal if isinstance(r.body, ev.QuarantineIntent))
        assert seconds - 20.0 < harness.journal[-1].t - first < seconds + 20.0


@pytest.mark.parametrize(
    "mutant",
    [
        protects_what_did_not_fail,
        takes_an_answer_for_the_protection,
        completes_before_a_protection_can_show,
    ],
)
def test_an_engine_that_is_wrong_about_a_quarantine_is_caught(
    monkeypatch: pytest.MonkeyPatch, mutant: Mutant
) -> None:
    mutant(monkeypatch)
    with pytest.raises(RuleBroken, match="rule 18"):
        failing_run("ignored", failed="3")
