"""The progress of a run: durations, stragglers, and an estimate of the remaining time. Pure.

Everything is measured on this run alone. An estimate needs a settled batch; pauses between batches
are included, waits for an operator are not.
"""

from math import ceil, inf
from statistics import median
from typing import NamedTuple

from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import OPEN_STAGES, Phase, Run, Stage

STRAGGLER_FACTOR = 3.0
"""Multiple of the median duration after which an instance is a straggler."""
MIN_SAMPLES = 3
"""Number of upgraded instances that a median needs."""


class InstanceInProgress(NamedTuple):
    """An instance with a request that has not reached a final stage."""

    instance_id: str
    seconds: float
    """Since its last request, on the run's clock."""
    is_straggler: bool
    """It takes more than `STRAGGLER_FACTOR` times the median of this run."""


def upgrade_durations(run: Run) -> dict[str, float]:
    """Seconds from the last request to the end, by id of each upgraded instance."""
    return {
        i: m.since - m.requested_at
        for i, m in run.members.items()
        if m.stage is Stage.UPGRADED and m.requested_at is not None and m.since is not None
    }


def instances_in_progress(run: Run, t: float) -> tuple[InstanceInProgress, ...]:
    """The unfinished instances of the open batch, slowest first; `t` is on the run's clock. None of
    a run that was aborted: no worker reads them."""
    if run.phase is Phase.CANCELLED:
        return ()
    durations = upgrade_durations(run)
    limit = STRAGGLER_FACTOR * median(durations.values()) if len(durations) >= MIN_SAMPLES else inf
    instances = (
        InstanceInProgress(i, seconds := max(0.0, t - m.requested_at), seconds > limit)
        for i, m in run.members.items()
        if m.stage in OPEN_STAGES and m.requested_at is not None
    )
    return tuple(sorted(instances, key=lambda instance: -instance.seconds))


def unobserved_text(run: Run) -> str:
    """`not observed after the abort at 14:02:57 UTC`, for instances with an open request of a run
    that was aborted or halted: Azure continues them, and no worker reads them. Else empty."""
    if not run.ended or not run.stopped_at:
        return ""
    end = "abort" if run.phase is Phase.CANCELLED else "halt"
    return f"not observed after the {end} at {run.stopped_at[11:19]} UTC"


def is_between_batches(run: Run) -> bool:
    """Whether the run is between two batches, where the policy may require a pause."""
    settled = run.open_batch is None and run.settled_at is not None
    return settled and not run.wait_ended and run.phase is run.active_phase


def remaining_pause(run: Run, t: float) -> float:
    """Run seconds left of the pause between batches; 0 where there is no pause."""
    if run.plan is None or run.settled_at is None or not is_between_batches(run):
        return 0.0
    remaining = run.settled_at + run.plan.policy.pause_time_between_batches - t
    waits = any(member.stage is Stage.WAITING for member in run.members.values())
    return max(0.0, remaining) if waits else 0.0


def estimate_remaining(run: Run, t: float) -> float | None:
    """Estimated run seconds until the end; None before the first batch has settled."""
    plan, history = run.plan, run.batch_durations
    if plan is None or run.ended or not history:
        return None
    if run.bake_at is not None:
        return max(0.0, run.bake_at + plan.policy.bake - t)
    typical = median(seconds for _, seconds in history)
    remaining = _waiting_batches(run, plan) * (typical + plan.policy.pause_time_between_batches)
    if run.open_batch is not None:
        remaining += max(0.0, typical - (t - run.open_batch.requested_at))
    return remaining if run.reverting else remaining + plan.policy.bake


def _waiting_batches(run: Run, plan: Plan) -> int:
    """Batches that are to come: those of the plan, a canary may be much smaller than the others;
    in a revert, which forms its batches as it goes, as many as there are of the usual size."""
    if not run.reverting:
        return sum(
            any(
                run.members[i].stage is Stage.WAITING
                for i in batch.instance_ids
                if i in run.members
            )
            for batch in plan.batches
        )
    size = sum(count for count, _ in run.batch_durations) / len(run.batch_durations)
    return ceil(run.count(Stage.WAITING) / max(1.0, size))
