"""The mutation gate: engines that are wrong on purpose must break a rule that the right one keeps.

Each mutant patches one function; the engine has no switches.
"""

from collections.abc import Callable

import pytest
from hypothesis import Phase as HypothesisPhase
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace

from tests.support.batch_mutants import (
    Mutant,
    Patch,
    asks_what_is_at_work,
    blindly_repeats_a_lost_request,
    counts_the_sick_as_serving,
    does_not_skip_current_or_protected,
    does_not_wait_for_the_operation,
    expands_the_plan,
    forgets_the_open_batch_after_a_crash,
    ignores_drift,
    looks_for_others_only_between_batches,
    looks_for_own_operations_only_at_its_start,
    looks_too_shortly_after_a_lost_answer,
    mixed_domains,
    no_budget,
    repeats_although_a_mate_moved,
    trusts_the_operations_success,
)
from tests.support.engine_evidence import RuleBroken
from tests.support.engine_harness import EngineHarness
from tests.support.engine_runs import halted_run
from tests.support.engine_world import small_set
from tests.support.result_mutants import (
    asks_before_the_journal_knows,
    asks_without_the_gate,
    completes_over_what_it_skipped,
    counts_failed_as_done,
    counts_no_late_success,
    decides_on_incomplete_readings,
    decides_on_readings_from_before_the_answer,
    does_not_wait_for_lasting_health,
    goes_on_over_failures,
    ignores_a_rolling_upgrade_of_azures_own,
    ignores_others_at_work,
    is_done_without_a_last_look,
    looks_for_a_rolling_upgrade_only_once,
    puts_back_over_a_strangers_model,
    puts_back_what_it_never_changed,
    retries_everyone,
    sends_after_an_abort,
    sends_while_paused,
    settles_an_empty_batch,
    skips_what_a_lost_request_did,
    takes_a_new_failure_for_an_old_one,
    takes_another_machine_for_the_planned_one,
    takes_no_answer_for_no_rolling_upgrade,
    takes_the_first_stale_success_for_done,
    trusts_the_flag_over_what_is_seen,
    turns_back_while_azure_is_at_work,
    waits_for_ever_after_a_refusal,
)
from tests.support.upgrade_machine import QUIET, UpgradeRuns
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.run import Stage

MUTANTS: tuple[tuple[Mutant, tuple[int, ...], int], ...] = (
    (no_budget, (4,), 3),
    (counts_the_sick_as_serving, (4, 14), 3),
    (mixed_domains, (1, 2, 3, 4, 14), 0),
    (ignores_drift, (6,), 3),
    (forgets_the_open_batch_after_a_crash, (5, 7, 13), 0),
    (trusts_the_operations_success, (5,), 0),
    (expands_the_plan, (1, 2, 14), 0),
    (does_not_skip_current_or_protected, (2, 14), 5),
    (asks_what_is_at_work, (5, 7, 10, 14), 3),
    (blindly_repeats_a_lost_request, (5, 7), 6),
    (settles_an_empty_batch, (5, 10), 0),
    (decides_on_incomplete_readings, (14,), 0),
    (decides_on_readings_from_before_the_answer, (4, 14), 0),
    (counts_failed_as_done, (5,), 2),
    (takes_the_first_stale_success_for_done, (5,), 1),
    (goes_on_over_failures, (8,), 1),
    (does_not_wait_for_lasting_health, (5,), 0),
    (ignores_others_at_work, (10,), 3),
    (ignores_a_rolling_upgrade_of_azures_own, (10,), 0),
    (takes_no_answer_for_no_rolling_upgrade, (10,), 5),
    (looks_for_a_rolling_upgrade_only_once, (10,), 0),
    (skips_what_a_lost_request_did, (2, 7, 13), 1),
    (takes_another_machine_for_the_planned_one, (2, 5, 7, 13), 5),
    (sends_after_an_abort, (8,), 3),
    (sends_while_paused, (8,), 0),
    (asks_before_the_journal_knows, (12,), 0),
    (puts_back_what_it_never_changed, (2,), 4),
    (asks_without_the_gate, (8,), 3),
    (looks_for_others_only_between_batches, (10,), 4),
)
"""Each wrong engine, the rules that it may break, and a search that catches it."""


SEARCHES = 160
"""How many searches at most, each with a seed of its own: the machine's name."""
SEARCH = settings(QUIET, max_examples=10, phases=(HypothesisPhase.generate,))
"""Short: the first tenth of a search tries small cases only, which catch few."""


def search_for_a_broken_rule(first: int) -> None:
    """Searches `first`, which has caught this mutant before, and then all the others."""
    for part in (first, *range(SEARCHES)):
        machine = type(f"UpgradeRuns{part}", (UpgradeRuns,), {})
        run_state_machine_as_test(machine, settings=SEARCH)


@pytest.mark.parametrize(
    ("mutant", "rules", "search"), MUTANTS, ids=[mutant.__name__ for mutant, _, _ in MUTANTS]
)
def test_a_wrong_engine_is_caught(
    mutant: Mutant, rules: tuple[int, ...], search: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(RuleBroken) as caught:
        search_for_a_broken_rule(search)
    message = str(caught.value)
    assert message.startswith(tuple("liveness" if r == 0 else f"rule {r}:" for r in rules))


def a_lost_answer_and_only_one_of_two_moves() -> None:
    world = small_set(2, domains=1)
    world.outcome["1"] = "ignored"
    harness = EngineHarness(world, BOTH_AT_ONCE)
    harness.next_reply = "lost"
    for _ in range(70):
        harness.cycle()


def a_lost_answer_and_no_effect() -> None:
    harness = EngineHarness(small_set(1), BOTH_AT_ONCE)
    harness.next_reply = "never"
    while len(harness.world.sent) < 2:
        harness.cycle()


def an_operation_that_outlives_its_instances() -> None:
    harness = EngineHarness(small_set(2, domains=1), BOTH_AT_ONCE)
    harness.next_operation_status = "InProgress"
    for _ in range(40):
        harness.cycle()


def a_lost_retry_fails_while_nobody_looks() -> None:
    world = small_set(1)
    world.outcome["0"] = "fails"
    harness = EngineHarness(world, BOTH_AT_ONCE)
    harness.finish()
    world.machines["0"].state = ProvisioningState.SUCCEEDED
    world.outcome["0"] = "fails"
    harness.send_intent(ev.IntentKind.RETRY)
    harness.next_reply = "lost"
    while len(world.sent) < 2:
        harness.cycle()
    world.advance(200.0)
    harness.finish()


def azure_is_busy_once() -> None:
    harness = EngineHarness(small_set(1))
    harness.next_reply = "busy"
    harness.cycle()
    harness.cycle()
    harness.finish()


def an_instance_sickens_after_the_last_batch() -> None:
    world = small_set(1)
    harness = EngineHarness(world)
    while not harness.run.count(Stage.UPGRADED):
        harness.cycle()
    world.machines["0"].unhealthy = True
    harness.cycle()


def a_restart_while_the_run_is_paused() -> None:
    world = small_set(4, domains=2)
    world.lags = {"state": 45.0, "health": 45.0}
    harness = EngineHarness(world, ONE_AT_ONCE)
    while not harness.run.count(Stage.UPGRADED):
        harness.cycle()
    harness.send_intent(ev.IntentKind.PAUSE)
    harness.operator.restart("3", harness.run)
    harness.send_intent(ev.IntentKind.RESUME)
    for _ in range(5):
        harness.cycle()


def an_edit_while_the_flag_lags() -> None:
    world = small_set(2, domains=1, current="01")
    world.lags, world.exact_versions = {"flag": 90.0}, False
    EngineHarness(world, BOTH_AT_ONCE, edit_to="1.0.9").finish()


def a_success_that_shows_late() -> None:
    world = small_set(4, domains=2)
    world.lags = {"flag": 200.0, "state": 200.0, "image": 200.0}
    EngineHarness(world, replace(BOTH_AT_ONCE, max_new_failures=9)).finish()


def an_instance_is_protected_meanwhile() -> None:
    world = small_set(4, domains=2)
    harness = EngineHarness(world, BOTH_AT_ONCE)
    harness.cycle()
    world.machines["1"].protected = True
    harness.finish()


def a_revert_over_a_strangers_model() -> None:
    harness = halted_run(edit_to="1.0.9")
    harness.world.foreign_edit()
    harness.send_intent(ev.IntentKind.REVERT)
    harness.finish()


def a_revert_while_a_batch_is_open() -> None:
    harness = EngineHarness(small_set(4, domains=2), BOTH_AT_ONCE, edit_to="1.0.9")
    while not harness.requested:
        harness.cycle()
    harness.send_intent(ev.IntentKind.REVERT)
    harness.cycle()


def a_retry_of_one() -> None:
    harness = halted_run()
    harness.send_intent(ev.IntentKind.RETRY)
    harness.cycle()


ONE_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(count=1),
    max_unhealthy_instance_percent=Amount(count=1),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)
BOTH_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(percent=100),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)
Scenario = Callable[[], None]
DIRECTED: tuple[tuple[Mutant, Scenario, str], ...] = (
    (repeats_although_a_mate_moved, a_lost_answer_and_only_one_of_two_moves, "rule 7"),
    (takes_a_new_failure_for_an_old_one, a_lost_retry_fails_while_nobody_looks, "rule 7"),
    (looks_too_shortly_after_a_lost_answer, a_lost_answer_and_no_effect, "rule 7"),
    (does_not_wait_for_the_operation, an_operation_that_outlives_its_instances, "rule 5"),
    (waits_for_ever_after_a_refusal, azure_is_busy_once, "liveness"),
    (is_done_without_a_last_look, an_instance_sickens_after_the_last_batch, "rule 13"),
    (looks_for_own_operations_only_at_its_start, a_restart_while_the_run_is_paused, "rule 4"),
    (trusts_the_flag_over_what_is_seen, an_edit_while_the_flag_lags, "rule 2"),
    (counts_no_late_success, a_success_that_shows_late, "rule 13"),
    (completes_over_what_it_skipped, an_instance_is_protected_meanwhile, "rule 13"),
    (puts_back_over_a_strangers_model, a_revert_over_a_strangers_model, "rule 6"),
    (turns_back_while_azure_is_at_work, a_revert_while_a_batch_is_open, "rule 5"),
    (retries_everyone, a_retry_of_one, "rule 2"),
)


@pytest.mark.parametrize(
    ("mutant", "scenario", "rule"), DIRECTED, ids=[mutant.__name__ for mutant, _, _ in DIRECTED]
)
def test_a_wrong_engine_is_caught_where_the_right_one_passes(
    mutant: Mutant, scenario: Scenario, rule: str, monkeypatch: Patch
) -> None:
    scenario()
    mutant(monkeypatch)
    with pytest.raises(RuleBroken, match=rule):
        scenario()
