"""The rows of the timeline view and their order. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from vmss_tui.upgrade.report.timeline.forecast import ExpectedBatch
from vmss_tui.upgrade.report.timeline.timeline import (
    BatchTrack,
    InstanceTrack,
    SpanKind,
    Timeline,
)
from vmss_tui.upgrade.run.run import Stage

MOST_INSTANCES = 200
"""Above this many planned instances a row is a batch."""


class TrackOrder(StrEnum):
    """The order of the rows; the value is shown."""

    BATCH = "batch"
    WORST = "worst first"
    LONGEST = "longest first"

    def next(self) -> "TrackOrder":
        """The order after this one, cyclically."""
        orders = list(TrackOrder)
        return orders[(orders.index(self) + 1) % len(orders)]


class BatchRow(Struct, frozen=True):
    """A batch that was sent: a heading above its instances, or with `tracks` a row by itself."""

    batch: BatchTrack
    tracks: tuple[InstanceTrack, ...] = ()

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """The instances that a cursor on this row may be on."""
        return tuple(track.instance_id for track in self.tracks)


class ExpectedRow(Struct, frozen=True):
    """A planned batch: a heading above its instances, or with `is_single` a row by itself."""

    expected: ExpectedBatch
    is_single: bool = False

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """The instances that a cursor on this row may be on."""
        return self.expected.batch.instance_ids if self.is_single else ()


class TrackRow(Struct, frozen=True):
    """An instance; `expected` is the planned batch that contains it, if any."""

    track: InstanceTrack
    expected: ExpectedBatch | None = None

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """The instance."""
        return (self.track.instance_id,)


AnyRow = BatchRow | ExpectedRow | TrackRow


def build_rows(
    timeline: Timeline,
    expected: Sequence[ExpectedBatch],
    order: TrackOrder,
    is_shown: Callable[[str], bool],
    unhealthy_ids: Collection[str] = (),
    now: float = 0.0,
) -> list[AnyRow]:
    """The rows from top to bottom. `unhealthy_ids` are unhealthy by the newest reading."""
    tracks = [track for track in timeline.tracks if is_shown(track.instance_id)]
    if timeline.total > MOST_INSTANCES:
        rows: list[AnyRow] = list(_batch_rows(timeline, expected, tracks))
        return rows if order is TrackOrder.BATCH else sorted(rows, key=_batch_key(order, now))
    plans = {i: plan for plan in expected for i in plan.batch.instance_ids}
    if order is TrackOrder.BATCH:
        return list(_grouped_rows(timeline, expected, tracks, plans))
    tracks.sort(key=_track_key(order, unhealthy_ids, now))
    return [TrackRow(track, plans.get(track.instance_id)) for track in tracks]


def _grouped_rows(
    timeline: Timeline,
    expected: Sequence[ExpectedBatch],
    tracks: Sequence[InstanceTrack],
    plans: dict[str, ExpectedBatch],
) -> Iterator[AnyRow]:
    members: dict[int | None, list[InstanceTrack]] = {}
    for track in tracks:
        if track.instance_id not in plans:
            members.setdefault(track.batch, []).append(track)
    for batch in timeline.batches:
        yield BatchRow(batch)
        yield from map(TrackRow, members.pop(batch.number, ()))
    shown = {track.instance_id: track for track in tracks}
    for plan in expected:
        yield ExpectedRow(plan)
        yield from (TrackRow(shown[i], plan) for i in plan.batch.instance_ids if i in shown)
    for rest in members.values():  # never sent: the run ended before
        yield from map(TrackRow, rest)


def _batch_rows(
    timeline: Timeline, expected: Sequence[ExpectedBatch], tracks: Iterable[InstanceTrack]
) -> Iterator[BatchRow | ExpectedRow]:
    by_id = {track.instance_id: track for track in tracks}
    for batch in timeline.batches:
        if members := tuple(by_id[i] for i in batch.instance_ids if i in by_id):
            yield BatchRow(batch, members)
    for plan in expected:
        if not by_id.keys().isdisjoint(plan.batch.instance_ids):
            yield ExpectedRow(plan, is_single=True)


def _batch_key(order: TrackOrder, now: float) -> Callable[[AnyRow], tuple[float, ...]]:
    def key(row: AnyRow) -> tuple[float, ...]:
        if not isinstance(row, BatchRow):
            return (1.0,)
        batch = row.batch
        length = (now if batch.end is None else batch.end) - batch.start
        bad = batch.failed if order is TrackOrder.WORST else 0
        return (0.0, -float(bad), -length)

    return key


def _track_key(
    order: TrackOrder, unhealthy_ids: Collection[str], now: float
) -> Callable[[InstanceTrack], tuple[float, ...]]:
    def key(track: InstanceTrack) -> tuple[float, ...]:
        length = (track.end_at(now) or 0.0) - track.spans[0].start if track.spans else 0.0
        if order is TrackOrder.LONGEST:
            return (-length,)
        rank = _RANKS[track.stage]
        is_unhealthy = bool(track.spans) and track.spans[-1].kind is SpanKind.UNHEALTHY
        if is_unhealthy or track.instance_id in unhealthy_ids:
            rank = min(rank, 1)
        return (rank, -length)

    return key


_RANKS = {
    Stage.FAILED: 0,
    Stage.GONE: 2,
    Stage.SKIPPED: 2,
    Stage.PROVISIONED: 3,
    Stage.REQUESTED: 4,
    Stage.READY: 5,
    Stage.UPGRADED: 6,
    Stage.ROLLED_BACK: 6,
    Stage.WAITING: 7,
}
