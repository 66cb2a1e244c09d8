"""The verdict and the bake time, as the engine decides them, and engines that decide wrongly."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.support.batch_mutants import Mutant
from tests.support.engine_evidence import RuleBroken
from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import PAIRS, TWO_AT_ONCE, events_of, sent_batches
from tests.support.engine_world import small_set
from tests.support.verdict_machine import PROBE, REVERTS, TWO_OF_THREE
from tests.support.verdict_mutants import (
    bakes_only_once,
    completes_before_its_bake_is_over,
    counts_inconclusive_samples_as_successes,
    counts_the_time_without_a_worker,
    goes_on_over_a_failed_verdict,
    halts_where_it_should_revert,
    is_content_with_any_sample,
    reverts_while_paused,
)
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.bake import bake_event, next_sample_at
from vmss_tui.upgrade.plan.policy import Amount, PolicyError, validate, with_fields
from vmss_tui.upgrade.plan.verdict import (
    Inconclusive,
    Metric,
    OnFailure,
    SampleResult,
    Verdict,
    VerdictError,
    parse_verdict,
    parse_window,
)
from vmss_tui.upgrade.run.run import Phase, Stage

SUCCESS, FAILURE, UNCLEAR = SampleResult
BAKED = replace(PAIRS, bake=300.0, max_unhealthy_upgraded_instance_percent=Amount(percent=60))
HALTS = Verdict(command=PROBE, every=10.0)
HALTING = replace(PAIRS, bake=60.0, verdict=HALTS)
REVERTING = replace(PAIRS, bake=60.0, verdict=REVERTS)


def until_upgraded(harness: EngineHarness, count: int) -> EngineHarness:
    """Goes on until so many instances are upgraded."""
    while harness.run.count(Stage.UPGRADED) < count:
        harness.cycle()
    return harness


def test_a_run_is_complete_when_its_bake_time_is_over() -> None:
    harness = until_upgraded(EngineHarness(small_set(2, domains=1), BAKED), 2)
    settled = harness.world.t
    harness.cycle()
    assert harness.run.bake_at is not None
    harness.world.machines["0"].unhealthy = True  # for a moment: it has time to recover
    harness.cycle()
    harness.world.machines["0"].unhealthy = False
    assert harness.finish() is Phase.COMPLETED
    assert 300.0 <= harness.world.t - settled < 360.0
    too_many = until_upgraded(EngineHarness(small_set(2, domains=1), BAKED), 2)
    too_many.cycle()
    for machine in too_many.world.machines.values():
        machine.unhealthy = True
    too_many.cycle()
    assert (too_many.run.phase, too_many.run.reason) == (Phase.FAULTED, "budget")


def test_a_failed_verdict_halts_before_the_next_batch_and_a_resume_accepts_it() -> None:
    harness = EngineHarness(small_set(4, domains=2), HALTING)
    harness.verdict.next_results = [FAILURE]
    for _ in range(4):
        harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.FAULTED, "verdict")
    assert harness.run.message == "verdict failed: probe says failure"
    assert sent_batches(harness) == [("0", "2")]
    harness.send_intent(ev.IntentKind.RESUME)
    assert harness.finish() is Phase.COMPLETED
    assert len(sent_batches(harness)) == 2


def test_a_failed_verdict_reverts_at_once_where_the_plan_says_so() -> None:
    harness = until_upgraded(EngineHarness(small_set(4, domains=2), REVERTING, edit_to="1.0.9"), 2)
    harness.verdict.next_results = [FAILURE]
    assert harness.finish() is Phase.ROLLED_BACK
    (revert,) = events_of(harness, ev.RevertRequested)
    assert revert == ev.RevertRequested(
        by="the verdict", message="verdict failed: probe says failure"
    )
    assert {m.version for m in harness.world.machines.values()} == {"1.0.0", "1.0.1"}
    assert harness.run.message.startswith("verdict failed: probe says failure; the instances")
    without_edit = until_upgraded(EngineHarness(small_set(2, domains=1), REVERTING), 2)
    assert without_edit.plan.cautions[0].startswith("A failed verdict halts the run")
    assert not any("verdict" in caution for caution in harness.plan.cautions)
    without_edit.verdict.next_results = [FAILURE]
    assert without_edit.finish() is Phase.FAULTED
    assert "not rolled back: it did not edit the model" in without_edit.run.message


def test_two_failures_of_three_samples_fail_and_single_ones_do_not() -> None:
    policy = replace(PAIRS, bake=200.0, verdict=TWO_OF_THREE)
    harness = until_upgraded(EngineHarness(small_set(2, domains=1), policy), 2)
    harness.verdict.next_results = [FAILURE, SUCCESS, SUCCESS, FAILURE, UNCLEAR, SUCCESS, SUCCESS]
    assert harness.finish() is Phase.COMPLETED
    failing = until_upgraded(EngineHarness(small_set(2, domains=1), policy), 2)
    failing.verdict.next_results = [FAILURE, UNCLEAR, SUCCESS, FAILURE]
    assert failing.finish() is Phase.FAULTED
    assert "2 of the last 3 samples failed" in failing.run.message


def test_an_inconclusive_sample_pauses_until_it_is_resumed() -> None:
    harness = EngineHarness(small_set(4, domains=2), HALTING)
    harness.verdict.next_results = [UNCLEAR]
    for _ in range(20):
        harness.cycle()
    assert (harness.run.phase, harness.run.reason) == (Phase.PAUSED, "inconclusive")
    assert len(sent_batches(harness)) == 1
    assert harness.finish() is Phase.COMPLETED
    ignored = replace(PAIRS, verdict=replace(HALTS, inconclusive=Inconclusive.IGNORE))
    blind = until_upgraded(EngineHarness(small_set(2, domains=1), ignored), 2)
    blind.verdict.next_results = [UNCLEAR] * 40
    for _ in range(10):
        blind.cycle()
    assert (blind.run.phase, blind.run.reason) == (Phase.PAUSED, "inconclusive")
    assert "no sample since the last batch is conclusive" in blind.run.message


def test_a_sample_that_began_before_the_last_batch_was_settled_does_not_count_at_the_end() -> None:
    harness = until_upgraded(EngineHarness(small_set(2, domains=1), replace(HALTING, bake=0.0)), 2)
    harness.cycle()
    assert harness.run.bake_at == harness.world.t
    harness.append(ev.VerdictSampled(result=SUCCESS, seconds=20.0))
    assert next_sample_at(harness.run) == harness.run.bake_at
    assert bake_event(harness.run, harness.plan, harness.world.t) == ()
    harness.append(ev.VerdictSampled(result=SUCCESS))
    assert bake_event(harness.run, harness.plan, harness.world.t) is None


def in_the_bake() -> None:
    EngineHarness(small_set(2, domains=1), BAKED).finish()


def down_in_the_bake() -> None:
    policy = replace(TWO_AT_ONCE, bake=500.0)
    harness = until_upgraded(EngineHarness(small_set(2, domains=1), policy), 2)
    harness.cycle()
    harness.world.advance(450.0)
    harness.verdict.add_downtime(450.0)
    harness.crash()
    harness.finish()


def retried_after_the_bake() -> None:
    world = small_set(2, domains=1)
    world.outcome["0"] = "fails"
    harness = EngineHarness(world, replace(TWO_AT_ONCE, bake=100.0, max_new_failures=9))
    harness.finish()
    harness.send_intent(ev.IntentKind.RETRY)
    harness.finish()


def failing_between_batches() -> None:
    harness = until_upgraded(EngineHarness(small_set(4, domains=2), HALTING), 2)
    harness.verdict.next_results = [FAILURE]
    harness.finish()


def failing_after_an_edit() -> None:
    harness = until_upgraded(EngineHarness(small_set(4, domains=2), REVERTING, edit_to="1.0.9"), 2)
    harness.verdict.next_results = [FAILURE]
    harness.finish()


def failing_while_paused() -> None:
    harness = until_upgraded(EngineHarness(small_set(4, domains=2), REVERTING, edit_to="1.0.9"), 2)
    harness.send_intent(ev.IntentKind.PAUSE)
    harness.verdict.next_results = [FAILURE]
    for _ in range(10):
        harness.cycle()


def inconclusive_between_batches() -> None:
    harness = until_upgraded(EngineHarness(small_set(4, domains=2), HALTING), 2)
    harness.verdict.next_results = [UNCLEAR]
    harness.finish()


def failing_at_the_end() -> None:
    policy = replace(PAIRS, verdict=TWO_OF_THREE)
    harness = until_upgraded(EngineHarness(small_set(2, domains=1), policy), 2)
    harness.verdict.next_results = [SUCCESS, FAILURE]
    for _ in range(3):
        harness.verdict.next_results = [FAILURE]
        harness.cycle()


DIRECTED: tuple[tuple[Mutant, Callable[[], None], str], ...] = (
    (completes_before_its_bake_is_over, in_the_bake, "rule 16"),
    (counts_the_time_without_a_worker, down_in_the_bake, "rule 16"),
    (bakes_only_once, retried_after_the_bake, "rule 16"),
    (goes_on_over_a_failed_verdict, failing_between_batches, "rule 17"),
    (halts_where_it_should_revert, failing_after_an_edit, "rule 17"),
    (reverts_while_paused, failing_while_paused, "rule 8"),
    (counts_inconclusive_samples_as_successes, inconclusive_between_batches, "rule 17"),
    (is_content_with_any_sample, failing_at_the_end, "rule 16"),
)


@pytest.mark.parametrize(
    ("mutant", "scenario", "rule"), DIRECTED, ids=[mutant.__name__ for mutant, _, _ in DIRECTED]
)
def test_a_wrong_engine_is_caught_where_the_right_one_passes(
    mutant: Mutant, scenario: Callable[[], None], rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario()
    mutant(monkeypatch)
    with pytest.raises(RuleBroken, match=rule):
        scenario()


def test_the_text_of_an_option_is_a_command_an_address_or_a_metric() -> None:
    assert parse_verdict("./probe.sh --host 'a b'").command == ("./probe.sh", "--host", "a b")
    assert parse_verdict("https://web.example/health").url == "https://web.example/health"
    assert parse_verdict("http://localhost:8080/").url == "http://localhost:8080/"
    metric = parse_verdict("metric:maximum of Percentage CPU <= 80.5 over 10m").metric
    assert metric == Metric(
        name="Percentage CPU", comparison="<=", limit=80.5, aggregation="maximum", window=600.0
    )
    assert str(metric) == "maximum of Percentage CPU <= 80.5 over 10m"
    assert parse_verdict(f"metric:{metric} on /subscriptions/1/x").metric == replace(
        metric, resource="/subscriptions/1/x"
    )
    assert [metric.holds(v) for v in (80.5, 81.0)] == [True, False]
    assert (parse_window("3"), parse_window("2/5")) == ((3, 3), (2, 5))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("http://web.example/health", "https://"),
        ("https://user:pw@web.example/", "user name"),
        ("https://", "must be an address"),
        ("https://web.example/a b", "must be an address"),
        ("metric:Percentage CPU", "must be such as"),
        ("metric:Percentage CPU < many", "must end in a limit"),
        ("metric:Percentage CPU < 80 over 1s", "at least 1m"),
        ("metric:Percentage CPU < 80 on /tmp", "resource id"),
        ("metric: < 80", "must be such as"),
        ("'unfinished", "must be a command line"),
        ("", "must be a command"),
    ],
)
def test_other_texts_are_refused_in_one_sentence(text: str, rule: str) -> None:
    with pytest.raises(VerdictError, match=rule):
        parse_verdict(text)


def test_fields_of_the_verdict_are_joined_with_the_policy() -> None:
    policy = with_fields(PAIRS, {"verdict": HALTS, "verdict_window": (2, 3), "bake": 60.0})
    assert policy.verdict == replace(HALTS, failures=2, samples=3)
    other = with_fields(policy, {"verdict": parse_verdict("true"), "on_failure": OnFailure.REVERT})
    assert other.verdict == replace(policy.verdict, command=("true",), on_failure=OnFailure.REVERT)
    with pytest.raises(PolicyError, match="on_failure: needs a verdict"):
        with_fields(PAIRS, {"on_failure": OnFailure.REVERT})
    for wrong, rule in (
        (replace(policy, verdict=replace(HALTS, failures=3)), "verdict_window: must be at least 1"),
        (
            replace(policy, verdict=replace(HALTS, every=float("nan"))),
            "verdict_every: must be from 5",
        ),
        (replace(policy, bake=-1.0), "bake: must be from 0"),
        (replace(policy, quarantine=True), "quarantine: needs max_new_failures"),
    ):
        with pytest.raises(PolicyError, match=rule):
            validate(wrong)
