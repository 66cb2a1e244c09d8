"""Builds the timeline of a run from its records, one by one. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from statistics import median

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.checkpoints import batch_reaching
from vmss_tui.upgrade.report.timeline.open_tracks import OpenBatchTrack, OpenTrack
from vmss_tui.upgrade.report.timeline.timeline import (
    EMPTY_TIMELINE,
    Approval,
    BatchTrack,
    InstanceTrack,
    PlannedBatch,
    Span,
    SpanKind,
    Stop,
    Timeline,
)
from vmss_tui.upgrade.run.fold import fold
from vmss_tui.upgrade.run.run import OPEN_STAGES, Member, Run, Stage

_MOST_ANCHORS = 2000
"""Times of events that are kept to convert run time to the time of day."""


def build_timeline(records: Sequence[ev.Record]) -> Timeline:
    """The timeline of these records; empty where they contain no plan."""
    builder = TimelineBuilder()
    for record in records:
        builder.add(record)
    return builder.build(fold(records))


class TimelineBuilder:
    """Collects the records of one run; `build` may be called after any of them."""

    def __init__(self) -> None:
        self._tracks: dict[str, OpenTrack] = {}
        self._batches: dict[int, OpenBatchTrack] = {}
        self._reached: dict[int, float] = {}
        self._approved: dict[int, float] = {}
        self._stops: list[Stop] = []
        self._anchors: list[tuple[float, float]] = []
        self._reverts = False
        self._t = 0.0

    def add(self, record: ev.Record) -> None:
        """Takes the next record."""
        self._t = max(self._t, record.t)
        self._add_anchor(record.at)
        match record.body:
            case ev.PlanConfirmed(plan=plan):
                self._tracks = {i: OpenTrack() for i in plan.instance_ids}
            case ev.InstanceEvent() as event:
                self._add_instance_event(event)
            case (
                ev.BatchIntent() | ev.BatchAccepted() | ev.BatchRefused() | ev.BatchSettled()
            ) as event:
                self._add_batch_event(event)
            case event:
                self._add_control_event(event)

    def _add_anchor(self, stamp: str) -> None:
        try:
            at = datetime.fromisoformat(stamp)
            seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return
        last_t, last_at = self._anchors[-1] if self._anchors else (-1.0, float("-inf"))
        if self._t > last_t and seconds >= last_at:
            self._anchors.append((self._t, seconds))
            if len(self._anchors) > _MOST_ANCHORS:
                del self._anchors[1:-1:2]

    # Batches

    def _add_batch_event(
        self, event: ev.BatchIntent | ev.BatchAccepted | ev.BatchRefused | ev.BatchSettled
    ) -> None:
        match event:
            case ev.BatchIntent(number=number, row=row, instance_ids=ids):
                self._open_batch(number, row, ids, SpanKind.REQUESTED)
            case ev.BatchAccepted(number=number):
                for track in self._members(number):
                    if track.spans and track.spans[-1] == Span(
                        SpanKind.REQUESTED, track.spans[-1].start, None
                    ):
                        track.begin(SpanKind.UPGRADING, self._t)
            case ev.BatchRefused(number=number, message=message):
                self._end_batch(number, message)
            case ev.BatchSettled(number=number):
                self._end_batch(number)

    def _open_batch(self, number: int, row: str, ids: tuple[str, ...], kind: SpanKind) -> None:
        self._batches[number] = OpenBatchTrack(number, row, ids, self._t, reverts=self._reverts)
        for track in self._known(ids):
            track.batch, track.requested_at = number, self._t
            track.seconds, track.relapsed = None, False
            track.begin(kind, self._t)

    def _end_batch(self, number: int, answer: str = "") -> None:
        batch = self._batches.get(number)
        if batch is None:
            return
        batch.end, batch.answer = self._t, answer
        for track in self._members(number):
            if track.batch == number:
                track.close(self._t)

    def _members(self, number: int) -> Iterable[OpenTrack]:
        batch = self._batches.get(number)
        return self._known(batch.instance_ids) if batch else ()

    def _known(self, ids: Iterable[str]) -> Iterable[OpenTrack]:
        """Ids outside the plan are ignored, because a journal is untrusted."""
        return (self._tracks[i] for i in ids if i in self._tracks)

    # Instances

    def _add_instance_event(self, event: ev.InstanceEvent) -> None:
        match event:
            case ev.LateEffectDetected(number=number, row=row, instance_ids=ids):
                self._open_batch(number, row, ids, SpanKind.UPGRADING)
            case ev.InstancesUpgraded(instance_ids=ids):
                self._end_instances(ids, Stage.UPGRADED, SpanKind.COMPLETE)
            case ev.InstancesFailed(instance_ids=ids):
                self._end_instances(ids, Stage.FAILED, SpanKind.FAILED)
            case ev.InstancesGone(instance_ids=ids):
                self._end_instances(ids, Stage.GONE, None)
            case ev.InstancesSkipped(instance_ids=ids):
                self._end_instances(ids, Stage.SKIPPED, None)
            case ev.InstancesReopened(instance_ids=ids) | ev.RetryRequested(instance_ids=ids):
                for track in self._known(ids):
                    track.close(self._t)
            case ev.RevertStarted():
                self._reverts = True
                self._add_stop("roll back", "")
            case _:
                for track in self._known(event.instance_ids):
                    _advance(track, event, self._t)

    def _end_instances(self, ids: Sequence[str], stage: Stage, kind: SpanKind | None) -> None:
        for instance_id in ids:
            track = self._tracks.get(instance_id)
            if track is None:
                continue
            if kind is None or track.batch is None:
                track.close(self._t)
            else:
                track.begin(kind, self._t)
            batch = self._batches.get(track.batch or 0)
            if batch is None:
                continue
            seconds = self._t - (track.requested_at or 0.0)
            batch.results[instance_id] = (stage, seconds)
            track.seconds = seconds if stage is Stage.UPGRADED else None
            if batch.end is not None:
                track.close(self._t)

    # The run

    def _add_control_event(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.CheckpointReached(percent=percent):
                self._reached[percent] = self._t
            case ev.Resumed():
                for percent in self._reached.keys() - self._approved.keys():
                    self._approved[percent] = self._t
            case ev.Halted(message=message):
                self._add_stop("halted", message)
            case ev.Paused(reason=reason, message=message) if reason != "checkpoint":
                self._add_stop("paused", message)
            case ev.Aborted(by=by):
                self._add_stop("aborted", f"by {by}")
                for track in self._tracks.values():  # what is in flight is not observed any more
                    track.close(self._t)

    def _add_stop(self, kind: str, message: str) -> None:
        self._stops.append(Stop(self._t, kind, message))

    # The result

    def build(self, run: Run) -> Timeline:
        """The timeline so far; `run` is the fold of the same records."""
        plan = run.plan
        if plan is None:
            return EMPTY_TIMELINE
        deadline = plan.policy.healthy_deadline
        planned = tuple(_planned_batches(run))
        return Timeline(
            phase=run.phase,
            end=self._t,
            total=run.total,
            tracks=tuple(
                _instance_track(run.members[i], track, deadline)
                for i, track in self._tracks.items()
                if i in run.members
            ),
            batches=tuple(
                _batch_track(self._batches[number], run) for number in sorted(self._batches)
            ),
            planned=planned,
            approvals=tuple(self._approvals(run, planned)),
            stops=tuple(self._stops),
            pause=plan.policy.pause_time_between_batches,
            anchors=tuple(self._anchors),
        )

    def _approvals(self, run: Run, planned: Sequence[PlannedBatch]) -> Iterable[Approval]:
        plan, total = run.plan, max(1, run.total)
        for percent in plan.policy.checkpoints if plan else ():
            if (reached := self._reached.get(percent)) is not None:
                before = [b for b in self._batches.values() if b.start <= reached]
                done = sum(len(batch.results) for batch in before)
                last = max((batch.number for batch in before), default=None)
                share = min(100, round(100 * done / total))
                yield Approval(percent, last, share, reached, self._approved.get(percent))
                continue
            sent = run.settled_count + run.count(*OPEN_STAGES)
            numbers = [run.open_batch.number if run.open_batch else None]
            numbers += [batch.number for batch in planned]
            sizes = [0, *(len(batch.instance_ids) for batch in planned)]
            position = batch_reaching(percent, total, sizes, sent)
            if position is not None and position[1] < total and not run.ended:
                index, done = position
                yield Approval(percent, numbers[index], round(100 * done / total))


def _advance(track: OpenTrack, event: ev.InstanceEvent, t: float) -> None:
    """The next span of an instance, where the event begins one."""
    match event:
        case ev.InstancesInProgress():
            track.begin(SpanKind.UPGRADING, t)
        case ev.InstancesProvisioned():
            # After a relapse it is provisioned and unhealthy, until it is ready again.
            track.begin(SpanKind.UNHEALTHY if track.relapsed else SpanKind.PROVISIONED, t)
        case ev.InstancesReady():
            track.relapsed = False
            track.begin(SpanKind.PROVISIONED, t)
        case ev.InstancesRelapsed():
            track.relapsed = True
            track.begin(SpanKind.UNHEALTHY, t)


def _instance_track(member: Member, track: OpenTrack, deadline: float) -> InstanceTrack:
    waits = member.stage is Stage.PROVISIONED and member.since is not None
    return InstanceTrack(
        instance_id=member.instance_id,
        row=member.row,
        batch=track.batch,
        stage=member.stage,
        spans=tuple(track.spans),
        seconds=track.seconds,
        message=member.message,
        healthy_by=(member.since or 0.0) + deadline if waits else None,
    )


def _batch_track(batch: OpenBatchTrack, run: Run) -> BatchTrack:
    results = batch.results.values()
    durations = [seconds for stage, seconds in results if stage is Stage.UPGRADED]
    return BatchTrack(
        number=batch.number,
        row=batch.row,
        instance_ids=batch.instance_ids,
        start=batch.start,
        end=batch.end,
        complete=len(durations),
        failed=sum(stage is Stage.FAILED for stage, _ in results),
        gone=sum(stage is Stage.GONE for stage, _ in results),
        median=median(durations) if durations else None,
        reverts=batch.reverts,
        forward_batches=run.forward_batches,
        answer=batch.answer,
    )


def _planned_batches(run: Run) -> Iterable[PlannedBatch]:
    """The waiting instances in batches as planned; nothing once the run is over.

    The engine may divide them differently, for example after failures.
    """
    if run.plan is None or run.phase.is_over:
        return
    number, targets = run.batches_sent, {m.instance_id for m in run.targets}
    for batch in run.plan.batches:
        ids = tuple(
            i for i in batch.instance_ids if i in targets and run.members[i].stage is Stage.WAITING
        )
        if ids:
            number += 1
            yield PlannedBatch(number, batch.row, ids, run.forward_batches)
