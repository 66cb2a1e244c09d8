"""Engines of campaigns that are wrong on purpose must break a rule that the right one keeps."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support import campaign_mutants as mutants
from tests.support.campaign_machine import QUIET, Campaigns
from tests.support.campaign_rules import CampaignRuleBroken

Mutant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: tuple[tuple[Mutant, tuple[int, ...], int], ...] = (
    (mutants.ignores_the_concurrency, (2,), 0),
    (mutants.counts_no_start_in_progress, (2, 9, 0), 0),
    (mutants.forgets_the_bake, (3,), 0),
    (mutants.needs_no_approval, (3,), 0),
    (mutants.starts_before_its_time, (3,), 0),
    (mutants.trusts_an_old_sample, (3,), 0),
    (mutants.goes_on_over_failed_members, (7,), 0),
    (mutants.goes_on_over_a_failed_verdict, (7,), 6),
    (mutants.starts_while_stopped, (5,), 0),
    (mutants.repeats_an_unknown_start, (1, 6), 4),
    (mutants.changes_the_run_name_at_each_start, (1, 6), 4),
    (mutants.pauses_no_live_run, (8,), 0),
    (mutants.aborts_no_live_run, (8, 0), 0),
    (mutants.mixes_regions, (9,), 0),
    (mutants.rolls_back_in_any_order, (10,), 0),
    (mutants.starts_a_failed_member_again, (6, 0), 0),
    (mutants.takes_a_halted_run_for_done, (11,), 0),
    (mutants.believes_views_from_before_the_rollback, (2, 3, 7, 11, 0), 0),
    (mutants.leaves_a_run_without_a_worker, (0,), 0),
    (mutants.forgets_what_live_members_changed, (10,), 0),
    (mutants.overlooks_a_lost_sign_in, (13,), 0),
    (mutants.halts_by_an_old_reading, (13,), 0),
    (mutants.resumes_what_a_person_has_paused, (14,), 4),
)
"""Each wrong engine, the rules that it may break (0: it never ends), and a search that catches
it."""
SEARCHES = 40
SEARCH = settings(QUIET, max_examples=5)


def search_for_a_broken_rule(first: int) -> None:
    """Searches `first`, which has caught this mutant before, and then all the others."""
    for part in (first, *range(SEARCHES)):
        machine = type(f"Campaigns{part}", (Campaigns,), {})
        run_state_machine_as_test(machine, settings=SEARCH)


@pytest.mark.parametrize(
    ("mutant", "rules", "first"), MUTANTS, ids=[mutant.__name__ for mutant, _, _ in MUTANTS]
)
def test_a_wrong_engine_of_campaigns_is_caught(
    mutant: Mutant, rules: tuple[int, ...], first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    with pytest.raises(CampaignRuleBroken) as caught:
        search_for_a_broken_rule(first)
    message = str(caught.value)
    assert message.startswith(tuple("liveness" if r == 0 else f"rule {r}:" for r in rules))
