"""Estimates the duration of a plan from earlier runs of the scale set. Pure.

Without an earlier run only the minimum is known: the times that the policy requires.
"""

from collections.abc import Iterable
from statistics import median

from msgspec import Struct

from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.sentences import duration_text
from vmss_tui.upgrade.run.run import Run


class BatchPace(Struct, frozen=True):
    """The recent duration of a batch of a scale set."""

    seconds: float
    """The median over the batches of one run, from the request to the complete batch."""
    run: str
    """Name of the run that was measured."""


def measure_pace(name: str, run: Run) -> BatchPace | None:
    """The pace of a run; None before its first batch is complete."""
    if not run.batch_durations:
        return None
    return BatchPace(median(seconds for _, seconds in run.batch_durations), name)


def newest_pace(paces: Iterable[BatchPace | None]) -> BatchPace | None:
    """The first pace that is known; the newest run comes first."""
    return next((pace for pace in paces if pace is not None), None)


def describe_expected_duration(plan: Plan, pace: BatchPace | None) -> str:
    """`about 18 min: 5 batches of 3 min each, as in web-vmss-7f3a`, or the minimum duration."""
    count, policy = len(plan.batches), plan.policy
    pauses = policy.pause_time_between_batches * (count - 1)
    notice = (plan.image_notice or 0.0) * count
    notice_text = f", plus up to {duration_text(notice)} of notifications" if notice else ""
    checkpoint_text = ", plus the wait for each approval" if policy.checkpoints else ""
    if pace is None:
        least = duration_text(policy.min_healthy_time * count + pauses + policy.bake)
        return f"at least {least} (refined after batch 1){notice_text}{checkpoint_text}"
    batches = "1 batch" if count == 1 else f"{count} batches"
    pause_text = f" and {duration_text(pauses)} of pauses" if pauses else ""
    pause_text += f" and {duration_text(policy.bake)} of bake time" if policy.bake else ""
    total = duration_text(pace.seconds * count + pauses + policy.bake)
    each_text = "" if count == 1 else f" of {duration_text(pace.seconds)} each"
    return f"about {total}: {batches}{each_text}{pause_text}, as in {pace.run}{checkpoint_text}"
