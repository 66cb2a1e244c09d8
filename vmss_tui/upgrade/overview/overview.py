"""What a screen or a report shows about a run as a whole: state, counts, times, limits. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from vmss_tui.fleet.scale_set import Health, Instance
from vmss_tui.upgrade.engine.next_batch import count_unavailable
from vmss_tui.upgrade.overview.digest import Meaning
from vmss_tui.upgrade.overview.segments import (
    BatchSegment,
    Checkpoint,
    batch_segments,
    checkpoints,
)
from vmss_tui.upgrade.overview.throughput import upgrades_per_minute
from vmss_tui.upgrade.report.verdict_text import remaining_bake, verdict_status
from vmss_tui.upgrade.run.progress import (
    estimate_remaining,
    instances_in_progress,
    remaining_pause,
    unobserved_text,
)
from vmss_tui.upgrade.run.run import Phase, Run, Stage

_STATES = {
    Phase.ROLLING_FORWARD: ("Upgrading", None),
    Phase.ROLLING_BACK: ("Rolling back", None),
    Phase.PAUSED: ("Paused", Meaning.WAITING),
    Phase.COMPLETED: ("Completed", Meaning.DONE),
    Phase.COMPLETED_WITH_FAILURES: ("Completed with failures", Meaning.FAILED),
    Phase.ROLLED_BACK: ("Rolled back", Meaning.DONE),
    Phase.CANCELLED: ("Aborted", Meaning.NOTE),
    Phase.FAULTED: ("Halted", Meaning.FAILED),
}
_STAGE_TEXTS = {
    Stage.REQUESTED: "upgrade requested",
    Stage.PROVISIONED: "latest model applied, no health yet",
    Stage.READY: "healthy, observing",
    Stage.FAILED: "failed",
}

_FAST_CLOCK = 1.5
"""A clock that is faster than this is that of a demo; others differ by suspensions."""


class UnfinishedInstance(NamedTuple):
    """An instance of the batch at work that is not complete."""

    instance_id: str
    text: str
    meaning: Meaning | None
    """None while it is upgraded as usual."""
    seconds: float | None
    """Since its request; None where it has ended."""


class RunOverview(Struct, frozen=True):
    """A run at one moment."""

    state: str
    """`Upgrading`, `Paused`, `Waiting for approval`, `Halted` …"""
    meaning: Meaning | None
    """None while requests are sent and followed."""
    batch: int
    """Number of the batch at work, or of the last one."""
    batch_count: int
    row: str
    """Row of the batch at work; empty without one."""
    upgraded: int
    total: int
    failed: int
    untouched: int
    """Instances without a request of this run."""
    is_reverting: bool
    by: str
    started_at: datetime | None
    stopped_at: datetime | None
    """When it ended or halted; None before."""
    elapsed: float
    """Seconds since its start, of the wall clock, as are the next two."""
    remaining: float | None
    """Estimated seconds until its end; None where not known."""
    ends_at: datetime | None
    pause: float
    """Seconds left of the pause between batches; 0 without one."""
    segments: tuple[BatchSegment, ...]
    checkpoints: tuple[Checkpoint, ...]
    failure_limit: int
    per_minute: float | None
    bake: float | None
    """Run seconds left of the bake time; None where it has not begun, or the run has ended."""
    verdict: str
    """The newest sample, and how many of those that count failed; empty without a sample."""


def state_text(run: Run) -> str:
    """The state of a run in the words of a person."""
    if run.phase is Phase.PAUSED and run.reason == "checkpoint":
        return "Waiting for approval"
    if run.plan is None:
        return "Starting"
    if run.is_baking:
        return "Bake time"
    return _STATES[run.phase][0]


def overview(run: Run, t: float) -> RunOverview:
    """The run at the moment `t` of its own clock."""
    segments = batch_segments(run, t)
    started_at, changed_at = _moment(run.started_at), _moment(run.changed_at)
    seconds = (changed_at - started_at).total_seconds() if changed_at and started_at else 0.0
    since_change = 0.0 if run.ended else max(0.0, t - run.t) / _clock_rate(run.t, seconds)
    now = changed_at + timedelta(seconds=since_change) if changed_at else None
    elapsed = (now - started_at).total_seconds() if now and started_at else 0.0
    remaining = estimate_remaining(run, t)
    if remaining is not None:
        remaining /= _clock_rate(t, elapsed)
    is_known = now is not None and remaining is not None
    batch = run.open_batch
    return RunOverview(
        state=state_text(run),
        meaning=_STATES[run.phase][1],
        batch=run.batches_sent,
        batch_count=max((segment.number for segment in segments), default=run.batches_sent),
        row=batch.row if batch else "",
        upgraded=run.count_targets(Stage.UPGRADED),
        total=len(run.targets),
        failed=run.count(Stage.FAILED),
        untouched=run.count(Stage.WAITING),
        is_reverting=run.reverting,
        by=run.by,
        started_at=started_at,
        stopped_at=changed_at if run.ended else None,
        elapsed=elapsed,
        remaining=remaining,
        ends_at=now + timedelta(seconds=remaining or 0.0) if now and is_known else None,
        pause=remaining_pause(run, t),
        segments=segments,
        checkpoints=checkpoints(run, segments),
        failure_limit=run.plan.policy.max_new_failures if run.plan else 0,
        per_minute=upgrades_per_minute(run, t),
        bake=remaining_bake(run, t),
        verdict=verdict_status(run),
    )


def unavailable_of_limit(run: Run, instances: tuple[Instance, ...]) -> tuple[int, int] | None:
    """How many instances are unavailable, and how many may be; None without a plan."""
    if run.plan is None or not instances:
        return None
    return count_unavailable(run.plan, instances), run.plan.budget_among(instances)


def unfinished_instances(
    run: Run, t: float, instances: Iterable[Instance]
) -> tuple[UnfinishedInstance, ...]:
    """The instances of the open batch that are not complete: failed, unhealthy, then slowest first.
    After a halt those for which it has halted."""
    by_id = {instance.instance_id: instance for instance in instances}
    ids = run.open_batch.instance_ids if run.open_batch else run.last_batch
    failed = [
        UnfinishedInstance(i, run.members[i].message or "failed", Meaning.FAILED, None)
        for i in ids
        if i in run.members and run.members[i].stage is Stage.FAILED
    ]
    pending = [
        _pending(run, by_id.get(entry.instance_id), entry.instance_id, entry.seconds)
        for entry in instances_in_progress(run, t)
    ]
    return (*failed, *sorted(pending, key=lambda item: item.meaning is None))


def _pending(
    run: Run, instance: Instance | None, instance_id: str, seconds: float
) -> UnfinishedInstance:
    if unobserved := unobserved_text(run):
        return UnfinishedInstance(instance_id, unobserved, Meaning.NOTE, None)
    stage = run.members[instance_id].stage
    is_unhealthy = instance is not None and instance.health is Health.UNHEALTHY
    if stage is Stage.PROVISIONED and is_unhealthy:
        return UnfinishedInstance(instance_id, "unhealthy", Meaning.UNHEALTHY, seconds)
    return UnfinishedInstance(instance_id, _STAGE_TEXTS[stage], None, seconds)


def _clock_rate(run_seconds: float, wall_seconds: float) -> float:
    """How much faster than the wall clock the run's clock is: 1, except in fast demos."""
    rate = run_seconds / wall_seconds if wall_seconds > 0 else 1.0
    return rate if rate > _FAST_CLOCK else 1.0


def _moment(stamp: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
