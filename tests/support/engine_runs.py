"""Runs of the engine in a world in memory, and what they sent and recorded."""

from tests.support.engine_harness import EngineHarness
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.run import Phase

TWO_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(percent=100),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def _sent(harness: EngineHarness) -> list[tuple[str, ...]]:
    return [sent.ids for sent in harness.world.sent]


def _ends(harness: EngineHarness) -> Phase:
    """Lets it go on by itself, in a world that stays as it is."""
    for _ in range(100):
        harness.cycle()
    return harness.run.phase


def _told(harness: EngineHarness, kind: type[ev.AnyEvent]) -> list[ev.AnyEvent]:
    return [record.body for record in harness.journal if isinstance(record.body, kind)]
