"""The run's first step: its model edit, sent once, and the model it then upgrades to.

An unknown answer is resolved by looking: the model is as wanted (then it was taken), unchanged
(then it is asked once more, guarded by the etag just read), or something else (drift).
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.model_digest import digest_outside_edit
from vmss_tui.fleet.model_edit.change import request_body
from vmss_tui.fleet.model_edit.diff import is_applied
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.halt import describe_drift
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.model_drift import model_parts
from vmss_tui.upgrade.plan.plan import ModelEdit, Plan
from vmss_tui.upgrade.run.run import ModelStage, Run

MODEL_ATTEMPTS = 2
"""Sends of one edit whose answer was lost. A refusal changes nothing and costs none."""


def pin_model(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
    """Moves the model towards PINNED; the events end in a `ModelIntent` where one is due."""
    plan, scale_set = run.plan, reading.snapshot.scale_set
    if plan is None or (run.retry_at is not None and now.t < run.retry_at):
        return ()
    if not reading.is_fresh(now):
        return ()  # looking for Azure's own rolling upgrade took long: its word is kept meanwhile
    if scale_set.policy_mode is not PolicyMode.MANUAL:
        return (_policy_halt(scale_set),)
    edit, unchanged = _target_edit(run, plan, scale_set)
    applied = edit is not None and is_applied(scale_set, edit.body)
    match run.model:
        case ModelStage.UNPINNED if run.reverting and scale_set.model_digest == plan.model_digest:
            # Put back already, or never changed: then a lost edit may still be on its way.
            may_still_arrive = (
                not run.forward_digest and now.t - run.barrier_at < plan.policy.settle_window
            )
            return () if may_still_arrive else (ev.ModelAccepted(observed=True),)
        case ModelStage.UNPINNED if edit is None:
            return (_pinned(scale_set),) if unchanged else (_drift_halt(plan, scale_set),)
        case ModelStage.ACCEPTED if applied or edit is None:
            own_edit_only = edit is None or _differs_by_own_edit_only(run, edit, scale_set)
            return (_pinned(scale_set) if own_edit_only else _drift_halt(plan, scale_set, edit),)
        case ModelStage.ACCEPTED if (
            unchanged and now.t - run.barrier_at < plan.policy.settle_window
        ):
            return ()  # read from a replica that has not heard of it yet
        case ModelStage.REQUESTED | ModelStage.UNKNOWN if applied:
            return (ev.ModelAccepted(observed=True),)
        case ModelStage.UNPINNED if applied and run.model_attempts:
            return (
                ev.ModelAccepted(observed=True),
            )  # the lost one was taken, so the next was refused
        case ModelStage.UNPINNED | ModelStage.REQUESTED | ModelStage.UNKNOWN if unchanged and edit:
            return (_model_intent(run, plan, edit, scale_set),)
        case _:
            return (_drift_halt(plan, scale_set),)


def _target_edit(run: Run, plan: Plan, scale_set: ScaleSet) -> tuple[ModelEdit | None, bool]:
    """The edit to make in the run's direction, and: is the model still as it was before it?"""
    digest, edit = scale_set.model_digest, plan.edit
    if not run.reverting or edit is None:
        return edit, digest == plan.model_digest
    undo = ModelEdit(edit.undo, edit.body, edit.if_match, rest_digest=edit.rest_digest)
    if run.forward_digest:
        return undo, digest == run.forward_digest
    return undo, is_applied(scale_set, edit.body)


def _differs_by_own_edit_only(run: Run, edit: ModelEdit, scale_set: ScaleSet) -> bool:
    """Does the model differ from the confirmed one by the run's own edit only? What is pinned is
    rolled out, whoever wrote it. A run that turned back before it had pinned rolls nothing out."""
    nothing_follows = run.reverting and not run.forward_digest
    return nothing_follows or edit.rest_digest in (
        "",
        digest_outside_edit(scale_set.raw, edit.body),
    )


def _model_intent(run: Run, plan: Plan, edit: ModelEdit, scale_set: ScaleSet) -> ev.AnyEvent:
    attempt = run.model_attempts + 1
    if attempt > MODEL_ATTEMPTS:
        return ev.Halted(
            reason="busy",
            message=f"the model edit was sent {run.model_attempts} times and never took effect",
            safe_next="look at the activity log, then resume",
        )
    key = f"{plan.scale_set.key}#{run.started_at}#model#{attempt}#{run.seq}"
    return ev.ModelIntent(
        body=request_body(scale_set, edit.body),
        if_match=scale_set.etag or edit.if_match,
        client_request_id=str(uuid5(NAMESPACE_OID, key)),
        attempt=attempt,
    )


def _pinned(scale_set: ScaleSet) -> ev.ModelPinned:
    image = scale_set.image
    exact = image.version if image is not None and not image.follows_latest else ""
    return ev.ModelPinned(
        digest=scale_set.model_digest,
        image=image.title if image else "",
        exact_version=exact,
        parts=model_parts(scale_set.raw),
    )


def _drift_halt(plan: Plan, scale_set: ScaleSet, own_edit: ModelEdit | None = None) -> ev.Halted:
    return ev.Halted(
        reason="drift",
        message="the model is not the one the plan was made against: somebody wrote it meanwhile"
        + describe_drift(plan.model_parts, scale_set, own_edit.body if own_edit else None),
        safe_next="make a new plan against the model as it is now",
    )


def _policy_halt(scale_set: ScaleSet) -> ev.Halted:
    return ev.Halted(
        reason="refused",
        message=f"the set's upgrade policy is {scale_set.policy_mode}: a run needs Manual",
        safe_next="set the policy mode to Manual, then resume",
    )
