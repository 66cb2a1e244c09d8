"""The first step of a run: sends its model edit and pins the model that it upgrades to.

After a lost reply the next reading decides: the model is as edited (the edit was accepted),
unchanged (the edit is sent once more, with the etag just read), or different (drift).
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.fleet.model_edit.change import request_body
from vmss_tui.fleet.model_edit.diff import is_applied
from vmss_tui.fleet.model_edit.digest import digest_outside_edit
from vmss_tui.fleet.model_edit.exact_version import with_exact_version
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.halt import describe_drift
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.model_drift import model_parts
from vmss_tui.upgrade.plan.plan import ModelEdit, Plan
from vmss_tui.upgrade.run.run import ModelStage, Run

MODEL_ATTEMPTS = 2
"""How often one edit is sent after lost replies. A refused attempt does not count."""


_CURABLE_CODES = frozenset(
    {
        "",
        "AuthorizationFailed",
        "AllocationFailed",
        "GalleryImageNotFound",
        "LinkedAuthorizationFailed",
        "MarketplacePurchaseEligibilityFailed",
        "MissingSubscriptionRegistration",
        "NotSent",
        "OverconstrainedAllocationRequest",
        "QuotaExceeded",
        "ReadOnlyDisabledSubscription",
        "RequestDisallowedByPolicy",
        "ResourcePurchaseValidationFailed",
        "ScopeLocked",
        "SkuNotAvailable",
        "SubscriptionNotRegistered",
        "ZonalAllocationFailed",
    }
)
"""Refusals for a reason outside the edit, which somebody may remove before the run is resumed."""


def hopeless_edit(run: Run) -> str:
    """Azure's message where it refused the values of the run's model edit: sent again, the same
    edit is refused again. Empty for any other run."""
    code, message = run.edit_refusal or ("", "")
    curable = code in _CURABLE_CODES or "quota" in message.lower()
    return "" if run.edit_refusal is None or curable else message


def pin_model(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
    """The events that lead to a pinned model; they end in a `ModelIntent` where one is due."""
    plan, scale_set = run.plan, reading.snapshot.scale_set
    if plan is None or (run.retry_at is not None and now.t < run.retry_at):
        return ()
    if not reading.is_fresh(now):
        return ()  # reading Azure's own rolling upgrade took long; its observation stays valid
    if scale_set.policy_mode is not PolicyMode.MANUAL:
        return (_policy_halt(scale_set),)
    edit, unchanged = _target_edit(run, plan, scale_set)
    applied = edit is not None and is_applied(scale_set, edit.body)
    match run.model:
        case ModelStage.UNPINNED if (
            run.reverting and not run.revert_version and plan.has_model_of(scale_set)
        ):
            # Restored already, or never changed: then a lost edit may still take effect.
            may_still_apply = (
                not run.forward_digest and now.t - run.barrier_at < plan.policy.settle_window
            )
            return () if may_still_apply else (ev.ModelAccepted(observed=True),)
        case ModelStage.UNPINNED if edit is None:
            return (_pinned(scale_set),) if unchanged else (_drift_halt(plan, scale_set),)
        case ModelStage.ACCEPTED if applied or edit is None:
            own_edit_only = edit is None or _differs_by_own_edit_only(run, edit, scale_set)
            return (_pinned(scale_set) if own_edit_only else _drift_halt(plan, scale_set, edit),)
        case ModelStage.ACCEPTED if (
            unchanged and now.t - run.barrier_at < plan.policy.settle_window
        ):
            return ()  # a replica of ARM may still report the old model
        case ModelStage.REQUESTED | ModelStage.UNKNOWN if applied:
            return (ev.ModelAccepted(observed=True),)
        case ModelStage.UNPINNED if applied and run.model_attempts:
            # The edit with the lost reply was accepted, so that the next one was refused.
            return (ev.ModelAccepted(observed=True),)
        case ModelStage.UNPINNED | ModelStage.REQUESTED | ModelStage.UNKNOWN if unchanged and edit:
            return (_model_intent(run, plan, edit, scale_set),)
        case _:
            return (_drift_halt(plan, scale_set),)


def _target_edit(run: Run, plan: Plan, scale_set: ScaleSet) -> tuple[ModelEdit | None, bool]:
    """The edit to send, and whether the model is still as it was before that edit."""
    edit = plan.edit
    if not run.reverting or edit is None:
        return edit, plan.has_model_of(scale_set)
    body = with_exact_version(edit.undo, run.revert_version)
    undo = ModelEdit(body, edit.body, edit.if_match, rest_digest=edit.rest_digest)
    if run.forward_digest:
        # A model that another operator restored to `latest` is pinned, too.
        restored = bool(run.revert_version) and plan.has_model_of(scale_set)
        return undo, restored or scale_set.model_digest == run.forward_digest
    return undo, is_applied(scale_set, edit.body)


def _differs_by_own_edit_only(run: Run, edit: ModelEdit, scale_set: ScaleSet) -> bool:
    """Whether the model differs from the confirmed one by the run's own edit only.

    A pinned model is rolled out, whoever wrote it. A run that is reverted before it had pinned a
    model rolls nothing out."""
    if run.reverting and not run.forward_digest:
        return True
    return edit.rest_digest in ("", digest_outside_edit(scale_set.raw, edit.body))


def _model_intent(run: Run, plan: Plan, edit: ModelEdit, scale_set: ScaleSet) -> ev.AnyEvent:
    attempt = run.model_attempts + 1
    if attempt > MODEL_ATTEMPTS:
        return ev.Halted(
            reason="busy",
            message=f"the model edit was sent {run.model_attempts} times without effect",
            safe_next="check the activity log, then resume",
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
        message="the model is not the one the plan was made against: it was changed outside "
        "this run"
        + describe_drift(plan.model_parts, scale_set, own_edit.body if own_edit else None),
        safe_next="make a new plan against the present model",
    )


def _policy_halt(scale_set: ScaleSet) -> ev.Halted:
    return ev.Halted(
        reason="refused",
        message=f"the scale set's upgrade policy is {scale_set.policy_mode}: a run needs Manual",
        safe_next="set the upgrade policy to Manual, then resume",
    )
