"""Two thousand random campaigns, each of whose moves is checked against the rules."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.campaign_machine import QUIET, SIDE_BY_SIDE, Campaigns

EXAMPLES = 2000 // SIDE_BY_SIDE


def test_no_rule_of_a_campaign_is_ever_broken() -> None:
    run_state_machine_as_test(Campaigns, settings=settings(QUIET, max_examples=EXAMPLES))
