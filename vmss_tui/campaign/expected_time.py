"""How long a campaign is expected to take, without the waits for a person. Pure."""

import heapq
from collections.abc import Sequence

from msgspec import Struct

from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.estimate import BatchPace


class ExpectedTime(Struct, frozen=True):
    """A duration in seconds, or the least that it can be."""

    seconds: float
    is_measured: bool
    """Whether earlier runs of every scale set were measured; else it takes at least so long."""


def run_time(plan: Plan, pace: BatchPace | None) -> ExpectedTime:
    """The time of a run with its bake, by the pace of an earlier run of the scale set, else by the
    times that the policy requires."""
    count, policy = len(plan.batches), plan.policy
    batch = pace.seconds if pace else policy.min_healthy_time
    pauses = policy.pause_time_between_batches * max(0, count - 1)
    return ExpectedTime(batch * count + pauses + policy.bake, pace is not None)


def stage_time(members: Sequence[ExpectedTime], concurrency: int, bake: float) -> ExpectedTime:
    """The time of a stage: each member begins as soon as one of `concurrency` places is free, in
    their order; the bake of `bake` seconds follows."""
    ends = [0.0] * max(1, min(concurrency, len(members)))
    for member in members:
        heapq.heapreplace(ends, ends[0] + member.seconds)
    return ExpectedTime(max(ends) + bake, all(member.is_measured for member in members))


def total_time(stages: Sequence[ExpectedTime]) -> ExpectedTime:
    """The time of stages one after another."""
    return ExpectedTime(
        sum(stage.seconds for stage in stages), all(stage.is_measured for stage in stages)
    )
