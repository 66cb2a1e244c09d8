"""Places planned batches on the timeline of a run, from the batches seen so far. Pure."""

from statistics import median
from typing import NamedTuple

from vmss_tui.upgrade.overview.throughput import count_in_parts
from vmss_tui.upgrade.report.timeline.timeline import PlannedBatch, Timeline


class ExpectedBatch(NamedTuple):
    """A planned batch with its expected times; both None before any batch has been settled."""

    batch: PlannedBatch
    start: float | None
    end: float | None


def typical_seconds(timeline: Timeline) -> float | None:
    """The median duration of the settled batches; None before the first."""
    durations = [
        batch.end - batch.start
        for batch in timeline.batches
        if batch.end is not None and not batch.answer
    ]
    return median(durations) if durations else None


def expected_batches(timeline: Timeline, now: float) -> tuple[ExpectedBatch, ...]:
    """The planned batches one after another, each as long as the typical one so far.

    Waits for approvals are not included: how long they take is not known.
    """
    typical = typical_seconds(timeline)
    if typical is None or timeline.is_over:
        return tuple(ExpectedBatch(batch, None, None) for batch in timeline.planned)
    last = timeline.batches[-1]
    ready = max(now, last.start + typical) if last.end is None else max(now, last.end)
    if last.end is None or now < last.end + timeline.pause:
        ready = (ready if last.end is None else last.end) + timeline.pause
    expected = []
    for batch in timeline.planned:
        expected.append(ExpectedBatch(batch, ready, ready + typical))
        ready += typical + timeline.pause
    return tuple(expected)


def expected_end(timeline: Timeline, now: float) -> float | None:
    """When the last batch is expected to be settled; None where that is not known."""
    if timeline.is_over:
        return None
    if batches := expected_batches(timeline, now):
        return batches[-1].end
    typical = typical_seconds(timeline)
    if typical is None or not timeline.batches or timeline.batches[-1].end is not None:
        return None
    return max(now, timeline.batches[-1].start + typical)


def rates(timeline: Timeline, start: float, end: float, buckets: int) -> tuple[float, ...]:
    """Instances completed a minute in each of `buckets` equal parts of the time."""
    counts = count_in_parts(timeline.completions(), start, end, buckets)
    minutes = (end - start) / max(1, buckets) / 60
    return tuple(count / minutes if minutes > 0 else 0.0 for count in counts)


def approval_times(timeline: Timeline, now: float) -> tuple[float | None, ...]:
    """When each approval was reached, or when it is expected; None where that is not known."""
    ends = {batch.number: batch.end for batch in timeline.batches}
    for expected in expected_batches(timeline, now):
        ends[expected.batch.number] = expected.end
    return tuple(
        approval.reached_at
        if approval.reached_at is not None
        else ends.get(approval.after_batch)
        if approval.after_batch is not None
        else None
        for approval in timeline.approvals
    )
