"""A run of the engine that was halted by a failed instance, in a world in memory."""

from typing import Any

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.run import Phase

PAIRS = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def sent(harness: EngineHarness) -> list[tuple[str, ...]]:
    return [each.ids for each in harness.world.sent]


def with_a_failure(**more: Any) -> EngineHarness:
    """A run halted in its first batch: `0` upgraded, `2` failed, `1` and `3` not asked."""
    world = small_set(4, domains=2)
    world.outcome["2"] = "fails"
    harness = EngineHarness(world, PAIRS, **more)
    assert harness.finish() is Phase.FAULTED
    return harness
