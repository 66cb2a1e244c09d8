"""Runs of the engine in a world in memory, and what they sent and recorded."""

from tests.support.engine_harness import Rig
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.run.run import Phase

TWO_AT_ONCE = Policy(
    max_batch_instance_percent=Amount(percent=100),
    max_unhealthy_instance_percent=Amount(percent=100),
    healthy_deadline=100.0,
    batch_deadline=400.0,
)


def _sent(rig: Rig) -> list[tuple[str, ...]]:
    return [sent.ids for sent in rig.world.sent]


def _ends(rig: Rig) -> Phase:
    """Lets it go on by itself, in a world that stays as it is."""
    for _ in range(100):
        rig.cycle()
    return rig.run.phase


def _told(rig: Rig, kind: type[ev.Event]) -> list[ev.Event]:
    return [record.body for record in rig.journal if isinstance(record.body, kind)]
