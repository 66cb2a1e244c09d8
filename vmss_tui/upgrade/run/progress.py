"""How a run comes along: how long instances take, which straggle, when it may be over. Pure.

Everything is measured from this run alone. An estimate needs a settled batch, and stands on the
batches seen so far; pauses that the policy asks for are added, waits for a person are not.
"""

from math import ceil, inf
from statistics import median
from typing import NamedTuple

from vmss_tui.upgrade.run.run import OPEN_STAGES, Run, Stage

STRAGGLER_FACTOR = 3.0
"""Times the median after which an instance is a straggler."""
MIN_SAMPLES = 3
"""Upgraded instances from which a median says something."""


class InstanceInProgress(NamedTuple):
    """An instance that was asked and is not done."""

    instance_id: str
    seconds: float
    """Since it was asked last, on the run's clock."""
    is_straggler: bool
    """It takes over three times the median of this run."""


def upgrade_durations(run: Run) -> dict[str, float]:
    """Seconds from its last request to its end, of each upgraded instance."""
    return {
        i: m.since - m.requested_at
        for i, m in run.members.items()
        if m.stage is Stage.UPGRADED and m.requested_at is not None and m.since is not None
    }


def instances_in_progress(run: Run, t: float) -> tuple[InstanceInProgress, ...]:
    """The instances of the open batch, slowest first; `t` is the run's clock now."""
    durations = upgrade_durations(run)
    limit = STRAGGLER_FACTOR * median(durations.values()) if len(durations) >= MIN_SAMPLES else inf
    instances = (
        InstanceInProgress(i, seconds := max(0.0, t - m.requested_at), seconds > limit)
        for i, m in run.members.items()
        if m.stage in OPEN_STAGES and m.requested_at is not None
    )
    return tuple(sorted(instances, key=lambda instance: -instance.seconds))


def is_between_batches(run: Run) -> bool:
    """Between two batches, where the policy's pause may still be running."""
    settled = run.open_batch is None and run.settled_at is not None
    return settled and not run.wait_ended and run.phase is run.active_phase


def remaining_pause(run: Run, t: float) -> float:
    """Run seconds of the pause between batches that are still to go; 0 where none is waited for."""
    if run.plan is None or run.settled_at is None or not is_between_batches(run):
        return 0.0
    left = run.settled_at + run.plan.policy.pause_time_between_batches - t
    waits = any(member.stage is Stage.WAITING for member in run.members.values())
    return max(0.0, left) if waits else 0.0


def estimate_remaining(run: Run, t: float) -> float | None:
    """An estimate of the run seconds until its end; None where nothing can be said yet."""
    plan, history = run.plan, run.batch_durations
    if plan is None or run.ended or not history:
        return None
    typical = median(seconds for _, seconds in history)
    size = sum(count for count, _ in history) / len(history)
    batches = ceil(run.count(Stage.WAITING) / max(1.0, size))
    left = batches * (typical + plan.policy.pause_time_between_batches)
    if run.open_batch is not None:
        left += max(0.0, typical - (t - run.open_batch.requested_at))
    return left
