"""Retry of failed instances, and the revert to the previous model. Pure.

A revert ends the open batch first, then restores the previous model (with an etag, and only over
the model that the run itself had written), then upgrades exactly the instances that the run had
changed. The others become outdated too, because the model was written, but still run the previous
image. Where the previous model says `latest`, the version that the instances ran is pinned instead.
"""

from msgspec import Struct

from vmss_tui.fleet.instance_operation import TERMINAL_STATUSES
from vmss_tui.fleet.scale_set import TRANSITIONAL_PROVISIONING
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.halt import check_model_drift
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.engine.settle_batch import settle_batch
from vmss_tui.upgrade.plan.previous_image import (
    PreviousImage,
    VersionChange,
    leaves_newest_image,
    previous_image,
    version_changes,
)
from vmss_tui.upgrade.run.fold_control import UNTOUCHED
from vmss_tui.upgrade.run.run import OPEN_STAGES, ModelStage, OpenBatch, Phase, Run, Stage

_ARROW = " → "
_RETRYABLE_PHASES = (
    Phase.PAUSED,
    Phase.FAULTED,
    Phase.COMPLETED,
    Phase.COMPLETED_WITH_FAILURES,
)
NEWEST_STAYS = (
    "not rolled back: the model says `latest`, and the run may have installed the newest image"
)
_CHANGED = frozenset({Stage.UPGRADED, Stage.FAILED, *OPEN_STAGES})


class RetryPreview(Struct, frozen=True):
    """What a retry would do, for the operator to confirm."""

    instance_ids: tuple[str, ...]
    """Failed instances that would be upgraded again."""
    waiting: int
    """Number of other instances that still wait."""


class RevertPreview(Struct, frozen=True):
    """What a revert would do, for the operator to confirm."""

    instance_ids: tuple[str, ...]
    """Instances that this run changed and would upgrade to the previous model."""
    untouched: tuple[str, ...]
    """Planned instances without a request: they keep their image, which may be an older one than
    the previous model's, and are outdated afterwards."""
    diff_lines: tuple[str, ...]
    """How the model would change, `path: present → previous`: the run's own edit, undone."""
    image_version: str = ""
    """The exact version that is pinned where the previous model says `latest`; else empty."""
    leaves_newest_image: bool = False
    """Whether only the size is put back, and the image may be newer than before."""
    version_changes: tuple[VersionChange, ...] = ()
    """What the instances ran before the run, and get now; empty where it is not known."""


def preview_retry(run: Run) -> RetryPreview:
    """What a retry would do now; without instances where no retry is possible."""
    open_ids = run.open_batch.instance_ids if run.open_batch else ()
    failed = [i for i, m in run.members.items() if m.stage is Stage.FAILED and i not in open_ids]
    if run.revert_pending or run.phase not in _RETRYABLE_PHASES:
        failed = []
    return RetryPreview(tuple(failed), run.count(Stage.WAITING))


def retry_unavailable_reason(run: Run) -> str:
    """Why no retry is possible; empty where one is."""
    if preview_retry(run).instance_ids:
        return ""
    if run.phase is Phase.CANCELLED:
        return "it was aborted: plan a new run"
    if not run.count(Stage.FAILED):
        return "none of its instances has failed"
    if run.revert_pending:
        return "it is rolling back: failed instances are rolled back, too"
    if run.phase in _RETRYABLE_PHASES:
        return "its batch is still in progress: wait until it is complete"
    return "it is in progress: pause it first"


def preview_revert(run: Run) -> RevertPreview:
    """What a revert would do now."""
    plan, members = run.plan, run.members
    if run.reverting:  # aborted on its way back: what is left of it
        ids = tuple(i for i, m in members.items() if m.stage in (Stage.WAITING, *OPEN_STAGES))
        untouched = tuple(i for i, m in members.items() if m.message == UNTOUCHED)
        version = run.revert_version
    else:
        ids = changed_ids(run)
        untouched = tuple(
            i for i, m in members.items() if m.stage is Stage.WAITING and i not in ids
        )
        version = previous_image(plan, ids).version if plan else ""
    return RevertPreview(
        ids,
        untouched,
        tuple(_undone_line(line, version) for line in plan.edit.lines)
        if plan and plan.edit
        else (),
        version,
        plan is not None and leaves_newest_image(plan),
        version_changes(plan, ids, version) if plan else (),
    )


def _undone_line(line: str, version: str) -> str:
    """The difference `path: old → new` in the other direction, with `version` for `latest`."""
    path, separator, values = line.partition(": ")
    old, arrow, new = values.partition(_ARROW)
    if not separator or not arrow or _ARROW in new:
        return line
    return f"{path}{separator}{new}{arrow}{version if version and old == 'latest' else old}"


def revert_unavailable_reason(run: Run) -> str:
    """Why no revert is possible; empty where one is."""
    if run.plan is None:
        return "it has not started"
    if run.plan.edit is None or not run.plan.edit.undo:
        return "it did not edit the model, so there is no previous one to roll back to"
    if run.reverting and run.phase in (Phase.ROLLED_BACK, Phase.COMPLETED_WITH_FAILURES):
        return "it is rolled back already"
    if (run.reverting or run.revert_pending) and run.phase is not Phase.CANCELLED:
        stopped = run.phase in (Phase.PAUSED, Phase.FAULTED)
        return "it is rolling back already (resume it)" if stopped else "it is rolling back already"
    if run.reverting:
        return ""  # it was aborted on its way back, which a revert continues
    if run.model is ModelStage.UNPINNED:
        return "it has not changed the model"
    return previous_image(run.plan, changed_ids(run)).refusal


def changed_ids(run: Run) -> tuple[str, ...]:
    """Instances that this run changed or may have changed, also those that wait for a retry."""
    return tuple(
        i
        for i, m in run.members.items()
        if m.stage in _CHANGED
        or m.unanswered
        or (m.stage in (Stage.WAITING, Stage.SKIPPED) and (m.attempts or m.requested_before))
    )


def start_revert(run: Run, reading: Reading) -> tuple[ev.AnyEvent, ...]:
    """`RevertStarted` once the open batch has ended; until then the events of this reading."""
    batch = run.open_batch
    if batch is None:
        return (_revert_started(run),)
    drift = check_model_drift(run, reading)
    if drift is not None:
        if run.plan is None or not run.plan.has_model_of(reading.snapshot.scale_set):
            return (drift,)
        # Another operator restored the model, so `latestModelApplied` no longer shows our upgrade.
        idle = _is_idle(run, batch, reading)
        return (_revert_started(run),) if idle else ()
    if events := settle_batch(run, batch, reading):
        return events
    awaiting_effect = any(run.members[i].stage is Stage.REQUESTED for i in batch.instance_ids)
    status = batch.operation_status or reading.operation_status
    if awaiting_effect or (status and status not in TERMINAL_STATUSES):
        return ()
    return (_revert_started(run),)


def _revert_started(run: Run) -> ev.RevertStarted | ev.Halted:
    """Halts where the run of an older version was to go back to `latest`."""
    ids = changed_ids(run)
    image = previous_image(run.plan, ids) if run.plan else PreviousImage()
    if image.refusal:
        return ev.Halted(
            reason="refused",
            message=f"cannot roll back to the previous image: {image.refusal}",
            safe_next="abort this run, then roll the instances back with new runs",
        )
    return ev.RevertStarted(instance_ids=ids, image_version=image.version)


def _is_idle(run: Run, batch: OpenBatch, reading: Reading) -> bool:
    by_id = planned_instances(run, reading)
    window = run.plan.policy.settle_window if run.plan else 0.0
    busy = any(
        i in by_id and by_id[i].provisioning in TRANSITIONAL_PROVISIONING
        for i in batch.instance_ids
    )
    return not busy and reading.begun_t - max(batch.requested_at, run.barrier_at) >= window
