"""Two thousand random runs of the engine, each of whose moves is checked against the rules."""

import pytest
from hypothesis import settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from tests.support.upgrade_machine import QUIET, UpgradeRuns
from tests.support.verdict_machine import VerdictRuns


@pytest.mark.parametrize("part", range(4))
def test_no_rule_is_ever_broken(part: int) -> None:
    """Two thousand cases in four parts, each with a seed of its own: the machine's name. In the
    last two the runs have a bake time or a verdict."""
    machine = type(f"UpgradeRuns{part}", (VerdictRuns if part > 1 else UpgradeRuns,), {})
    run_state_machine_as_test(machine, settings=settings(QUIET, max_examples=500))
