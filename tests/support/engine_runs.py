"""Runs of the engine in a world in memory, and what they sent and recorded."""

from typing import Any

from tests.support.engine_harness import EngineHarness
from tests.support.engine_world import small_set
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.run import Phase

TWO_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(percent=100),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)
PAIRS = Policy(
    max_batch_instance_percent=Amount(count=2),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def sent_batches(harness: EngineHarness) -> list[tuple[str, ...]]:
    """The ids of each request that was sent."""
    return [request.ids for request in harness.world.sent]


def run_cycles(harness: EngineHarness) -> Phase:
    """A hundred cycles of the worker, without any change from outside."""
    for _ in range(100):
        harness.cycle()
    return harness.run.phase


def events_of(harness: EngineHarness, kind: type[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """The events of one kind in the journal."""
    return [record.body for record in harness.journal if isinstance(record.body, kind)]


def halted_run(**more: Any) -> EngineHarness:
    """A run halted in its first batch: `0` upgraded, `2` failed, `1` and `3` not requested."""
    world = small_set(4, domains=2)
    world.outcome["2"] = "fails"
    harness = EngineHarness(world, PAIRS, **more)
    assert harness.finish() is Phase.FAULTED
    return harness
