"""The timeline of a run as values. Pure; all times are seconds on the clock of the run.

`timeline_builder` fills it from the journal, `forecast` places what is still planned.
"""

from bisect import bisect_right
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from vmss_tui.upgrade.run.phase import Phase
from vmss_tui.upgrade.run.run import Stage, batch_label


class SpanKind(StrEnum):
    """What an instance goes through; the value is the label a person reads."""

    REQUESTED = "upgrade requested"
    UPGRADING = "upgrading"
    PROVISIONED = "provisioned, waiting for health"
    COMPLETE = "complete"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"


class Span(NamedTuple):
    """A part of an instance's timeline."""

    kind: SpanKind
    start: float
    end: float | None
    """None while it lasts."""


class InstanceTrack(msgspec.Struct, frozen=True):
    """One planned instance. Its spans are in order and do not overlap; there may be gaps."""

    instance_id: str
    row: str
    """The name of its domain."""
    batch: int | None
    """Number of the last batch that contained it; None before the first."""
    stage: Stage
    spans: tuple[Span, ...] = ()
    seconds: float | None = None
    """From its last request to complete; None where it is not."""
    message: str = ""
    """Why it failed or was skipped."""
    healthy_by: float | None = None
    """When it fails unless it is healthy by then; only while it waits for health."""

    def end_at(self, now: float) -> float | None:
        """The end of its last span; None where it has none."""
        return (now if self.spans[-1].end is None else self.spans[-1].end) if self.spans else None


class BatchTrack(msgspec.Struct, frozen=True):
    """A batch that was sent."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    start: float
    end: float | None
    """When it was settled; None while it is open."""
    complete: int = 0
    failed: int = 0
    gone: int = 0
    median: float | None = None
    """Median of the seconds from request to complete."""
    reverts: bool = False
    """It restores the previous model."""
    answer: str = ""
    """Why it had no effect: Azure refused it. Empty otherwise."""
    forward_batches: int | None = None
    """As in `Run`."""

    @property
    def title(self) -> str:
        """`Batch 3`, `Roll-back batch 1`."""
        return batch_label(self.number, self.forward_batches).capitalize()


class PlannedBatch(msgspec.Struct, frozen=True):
    """A batch that is still to be sent, as planned."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    forward_batches: int | None = None
    """As in `Run`."""

    @property
    def title(self) -> str:
        """`Batch 3`, `Roll-back batch 1`."""
        return batch_label(self.number, self.forward_batches).capitalize()


class Approval(msgspec.Struct, frozen=True):
    """A checkpoint of the policy."""

    percent: int
    after_batch: int | None
    """Number of the batch after which it falls."""
    real_percent: int
    """The share that is settled there: batches are not divided for a checkpoint."""
    reached_at: float | None = None
    approved_at: float | None = None


class Stop(msgspec.Struct, frozen=True):
    """A halt, pause, abort or roll back."""

    at: float
    kind: str
    message: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A run over time."""

    phase: Phase = Phase.ROLLING_FORWARD
    end: float = 0.0
    """The time of the last event."""
    total: int = 0
    tracks: tuple[InstanceTrack, ...] = ()
    """Every planned instance, in the order of the plan."""
    batches: tuple[BatchTrack, ...] = ()
    planned: tuple[PlannedBatch, ...] = ()
    approvals: tuple[Approval, ...] = ()
    stops: tuple[Stop, ...] = ()
    pause: float = 0.0
    """Seconds between batches by the policy."""
    anchors: tuple[tuple[float, float], ...] = ()
    """(time of the run, seconds since 1970) of its events, rising."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is sent any more until an operator acts."""
        return self.phase.is_over or self.phase is Phase.FAULTED

    def clock_at(self, t: float) -> datetime | None:
        """The time of day, UTC, at `t` seconds of the run; None where the journal has no times.

        Between events it is interpolated: the clock of a demo runs faster than that of a wall.
        """
        seconds = self._seconds_at(t)
        try:
            return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, OSError, ValueError):
            return None

    def _seconds_at(self, t: float) -> float | None:
        anchors = self.anchors
        if not anchors:
            return None
        index = bisect_right(anchors, (t, float("inf")))
        if 0 < index < len(anchors):
            (t0, at0), (t1, at1) = anchors[index - 1], anchors[index]
            return at0 + (at1 - at0) * (t - t0) / (t1 - t0)
        (first_t, first_at), (last_t, last_at) = anchors[0], anchors[-1]
        slope = (last_at - first_at) / (last_t - first_t) if last_t > first_t else 1.0
        return first_at if index == 0 else last_at + (t - last_t) * slope

    def completions(self) -> tuple[float, ...]:
        """The times at which instances were complete, rising."""
        times = (s.start for track in self.tracks for s in track.spans)
        kinds = (s.kind for track in self.tracks for s in track.spans)
        pairs = zip(times, kinds, strict=True)
        return tuple(sorted(start for start, kind in pairs if kind is SpanKind.COMPLETE))


EMPTY_TIMELINE = Timeline()
