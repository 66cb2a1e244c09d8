"""Two thousand random runs of the engine, each of whose moves is checked against the rules."""

import pytest
from hypothesis import settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from tests.support.upgrade_machine import QUIET, UpgradeRuns


@pytest.mark.parametrize("part", range(4))
def test_no_rule_is_ever_broken(part: int) -> None:
    """Two thousand cases in four parts, each with a seed of its own: the machine's name."""
    machine = type(f"UpgradeRuns{part}", (UpgradeRuns,), {})
    run_state_machine_as_test(machine, settings=settings(QUIET, max_examples=500))
