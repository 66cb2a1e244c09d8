"""The batches of a run as segments of a strip, and the checkpoints between them. Pure.

A batch that was sent consists of the instances whose last request it was. Batches that were not
sent yet are those of the plan, without the instances that were requested already; they are numbered
on. Instances that were skipped before a request are in no segment.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vmss_tui.upgrade.plan.checkpoints import batch_reaching
from vmss_tui.upgrade.run.progress import unobserved_text
from vmss_tui.upgrade.run.run import OPEN_STAGES, Member, Phase, Run, Stage


class BatchSegment(NamedTuple):
    """One batch: its size, and how far it is."""

    number: int
    row: str
    size: int
    upgraded: int
    failed: int
    """Failed and deleted instances are no longer in progress; only the failed ones count here."""
    in_progress: int
    is_sent: bool
    is_canary: bool
    seconds: float | None
    """From the request to the end of the last instance, or until now; None before the request."""
    unobserved: int = 0
    """Those that were in progress when the run was aborted or halted."""

    @property
    def is_open(self) -> bool:
        """Whether instances of it are being upgraded."""
        return self.in_progress > 0

    @property
    def is_complete(self) -> bool:
        """Whether it was sent and every instance has ended."""
        return self.is_sent and not self.in_progress and not self.unobserved


class Checkpoint(NamedTuple):
    """A percentage of the plan after which the run waits for approval."""

    percent: int
    after_batch: int
    """Number of the batch after which the percentage is reached."""
    real_percent: int
    """The share of the plan that is done then: whole batches are upgraded."""
    is_approved: bool


def batch_segments(run: Run, t: float) -> tuple[BatchSegment, ...]:
    """The batches in the order in which they are upgraded; `t` is on the run's clock."""
    if run.plan is None:
        return ()
    sent: dict[int, list[Member]] = {}
    waiting: dict[str, Member] = {}
    for member in run.targets:
        if member.stage is Stage.WAITING:
            waiting[member.instance_id] = member
        elif member.batch:
            sent.setdefault(member.batch, []).append(member)
    segments = [_sent_segment(run, number, sent[number], t) for number in sorted(sent)]
    groups = (
        (batch.row, sum(i in waiting for i in batch.instance_ids)) for batch in run.plan.batches
    )
    number = max(run.batches_sent, *sent, 0) if sent else run.batches_sent
    for row, size in groups:
        if size:
            number += 1
            is_canary = number == 1 and bool(run.plan.policy.canary)
            segments.append(BatchSegment(number, row, size, 0, 0, 0, False, is_canary, None))
    return tuple(segments)


def _sent_segment(run: Run, number: int, members: Sequence[Member], t: float) -> BatchSegment:
    stages = [member.stage for member in members]
    in_flight = sum(stage in OPEN_STAGES for stage in stages)
    in_progress, unobserved = (0, in_flight) if unobserved_text(run) else (in_flight, 0)
    begun = min((m.requested_at for m in members if m.requested_at is not None), default=None)
    ended = max((m.since for m in members if m.since is not None), default=run.t)
    seconds = None if begun is None else max(0.0, (t if in_progress else ended) - begun)
    policy = run.plan.policy if run.plan else None
    return BatchSegment(
        number=number,
        row=members[0].row,
        size=len(members),
        upgraded=stages.count(Stage.UPGRADED),
        failed=stages.count(Stage.FAILED),
        in_progress=in_progress,
        is_sent=True,
        is_canary=bool(policy and policy.canary) and number == 1 and not run.reverting,
        seconds=seconds,
        unobserved=unobserved,
    )


def checkpoints(run: Run, segments: Iterable[BatchSegment]) -> tuple[Checkpoint, ...]:
    """Where the approval checkpoints of the plan fall; none while the run rolls back.

    One that falls behind the last batch does not stop the run, and is left out."""
    if run.plan is None or run.reverting:
        return ()
    return tuple(_checkpoints(run, run.plan.policy.checkpoints, tuple(segments)))


def _checkpoints(
    run: Run, percentages: Iterable[int], segments: Sequence[BatchSegment]
) -> Iterator[Checkpoint]:
    total = run.total
    in_segments = sum(segment.size for segment in segments)
    for percent in percentages:
        skipped = total - in_segments  # before a request
        sizes = [segment.size for segment in segments[:-1]]
        if (reached := batch_reaching(percent, total, sizes, skipped)) is None:
            continue
        index, done = reached
        waits = run.phase is Phase.PAUSED and run.reason == "checkpoint"
        approved = run.checkpoints_passed[:-1] if waits else run.checkpoints_passed
        real = round(100 * done / total)
        yield Checkpoint(percent, segments[index].number, real, percent in approved)
