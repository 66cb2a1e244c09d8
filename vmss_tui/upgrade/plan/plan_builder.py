"""Makes a plan from a reading, a selection and a policy. Pure."""

from collections.abc import Iterable

import msgspec

from vmss_tui.fleet.flexible import (
    COMPARED,
    has_latest_model,
    is_current,
    missing_extensions,
)
from vmss_tui.fleet.phrases import instances_text
from vmss_tui.fleet.scale_set import (
    TRANSITIONAL_PROVISIONING,
    Health,
    Instance,
    Orchestration,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.text import capitalize_sentence
from vmss_tui.upgrade.plan.batches import max_batch_size, split_into_batches
from vmss_tui.upgrade.plan.latest_image import ImageLag, measure_image_lag
from vmss_tui.upgrade.plan.model_drift import model_parts
from vmss_tui.upgrade.plan.other_actors import (
    actor_cautions,
    image_notice_seconds,
    notice_caution,
)
from vmss_tui.upgrade.plan.plan import (
    NOT_APPLIED,
    Batch,
    LeftOutInstance,
    LeftOutReason,
    ModelEdit,
    Plan,
    count_running,
)
from vmss_tui.upgrade.plan.policy import Policy, validate
from vmss_tui.upgrade.plan.selection import PlanError, Selection, select_instances
from vmss_tui.upgrade.plan.verdict import OnFailure


def make_plan(
    snapshot: Snapshot,
    selection: Selection,
    policy: Policy,
    *,
    edit: ModelEdit | None = None,
    touches_model: bool = False,
    edited_model: ScaleSet | None = None,
    newest_version: str = "",
) -> Plan:
    """Plans an upgrade of `selection` in `snapshot`; raises `PlanError` or `PolicyError`.

    With an edit that touches the model every selected instance becomes outdated, so that those
    that are up to date are included. `edited_model` is the scale set as that edit leaves it, with
    which instances of a Flexible set are compared, as the run will do. `newest_version` is that of
    the image in the catalogue, empty where it is not known.
    """
    validate(policy)
    if not snapshot.complete:
        raise PlanError("the data is incomplete: refresh before planning")
    scale_set = snapshot.scale_set
    if scale_set.provisioning is ProvisioningState.DELETING:
        raise PlanError(f"{scale_set.id.short} is being deleted: it cannot be upgraded")
    selected = select_instances(snapshot, selection)
    on_latest = {
        instance.instance_id: _is_on_latest(instance, scale_set, touches_model, edited_model)
        for instance in snapshot.instances
    }
    left_out = [
        LeftOutInstance(instance.instance_id, reason)
        for instance in selected
        if (
            reason := _left_out_reason(instance, selection, policy, on_latest[instance.instance_id])
        )
    ]
    left_out_ids = {entry.instance_id for entry in left_out}
    members = [instance for instance in selected if instance.instance_id not in left_out_ids]
    if selection.is_empty:
        left_out = [entry for entry in left_out if entry.reason is not LeftOutReason.CURRENT]
    if not members:
        raise PlanError(
            _nothing_to_do_message(scale_set, left_out, measure_image_lag(snapshot, newest_version))
        )
    running = count_running(snapshot.instances)
    other_changes = tuple(
        instance.instance_id
        for instance in members
        if not touches_model
        and instance.latest_model_applied is False
        and has_latest_model(instance, scale_set)
    )
    notice = image_notice_seconds(scale_set)
    if notice:
        deadline = policy.batch_deadline + notice
        policy = msgspec.structs.replace(policy, batch_deadline=deadline)
    return Plan(
        subscription_id=scale_set.id.subscription_id,
        resource_group=scale_set.id.resource_group,
        name=scale_set.id.name,
        batches=tuple(
            Batch(*group)
            for group in split_into_batches(members, policy, running, snapshot.instances)
        ),
        left_out=tuple(left_out),
        policy=policy,
        edit=edit,
        target_image=_target_image(scale_set, edited_model, touches_model, newest_version)
        or msgspec.UNSET,
        model_digest=scale_set.model_digest,
        model_parts=model_parts(scale_set.raw),
        running_at_start=running,
        unhealthy_at_start=tuple(i.instance_id for i in snapshot.instances if _is_unhealthy(i)),
        powers={i.instance_id: i.power for i in members},
        stopped=tuple(
            i.instance_id for i in snapshot.instances if i.power is not PowerState.RUNNING
        ),
        present_at_start=tuple(i.instance_id for i in snapshot.instances),
        current_at_start=tuple(i for i, is_latest in on_latest.items() if is_latest),
        machines={i.instance_id: machine for i in members if (machine := i.machine_identity)},
        undetermined=tuple(i.instance_id for i in members if on_latest[i.instance_id] is None),
        image_versions={
            i.instance_id: i.image.exact_version
            for i in members
            if i.image is not None and i.image.exact_version
        },
        other_changes=other_changes,
        has_health_source=scale_set.has_health_source,
        image_notice=notice or msgspec.UNSET,
        cautions=(
            *_revert_cautions(policy, edit),
            *_cautions(scale_set, snapshot, None if touches_model else newest_version),
            *_canary_cautions(policy, running, len(members)),
            *_attachment_cautions(members),
            *_unseen_change_cautions(scale_set, snapshot, other_changes),
        ),
        notes=_notes(scale_set),
        made_at=snapshot.taken_at,
    )


def _target_image(
    scale_set: ScaleSet, edited_model: ScaleSet | None, touches_model: bool, newest_version: str
) -> str:
    """The image of the model as the run leaves it; `newest_version` is what `latest` means in the
    present model. Empty where it is not known."""
    if touches_model and edited_model is None:
        return ""
    image = (edited_model or scale_set).image
    if image is None:
        return ""
    is_same = scale_set.image is not None and image.title == scale_set.image.title
    newest = f" (now {newest_version})" if image.follows_latest and newest_version else ""
    return image.title + newest * is_same


def _is_unhealthy(instance: Instance) -> bool:
    """Running, not available and not starting up (such an instance may still fail later)."""
    starting = (
        instance.provisioning in TRANSITIONAL_PROVISIONING or instance.health is Health.INITIALIZING
    )
    return instance.power is PowerState.RUNNING and not instance.available and not starting


def _is_on_latest(
    instance: Instance, scale_set: ScaleSet, touches_model: bool, edited_model: ScaleSet | None
) -> bool | None:
    """Whether the instance has the model that the run upgrades to; None where not known."""
    if instance.attached_reason:
        return None
    if edited_model is not None and scale_set.orchestration is Orchestration.FLEXIBLE:
        return has_latest_model(instance, edited_model)
    if touches_model and instance.latest_model_applied is not None:
        return False
    if instance.latest_model_applied and not is_current(instance, scale_set):
        return False
    return instance.latest_model_applied


def _left_out_reason(
    instance: Instance, selection: Selection, policy: Policy, is_latest: bool | None
) -> LeftOutReason | None:
    is_named = instance.instance_id in selection.instance_ids
    if instance.protected_from_actions:
        return LeftOutReason.PROTECTED
    if instance.skip_upgrade:
        return LeftOutReason.SKIP_UPGRADE
    if instance.attached_reason and not is_named:
        return LeftOutReason.ATTACHED
    if is_latest is True:
        return LeftOutReason.CURRENT
    if is_latest is None and not is_named:
        return LeftOutReason.UNDETERMINED
    if instance.provisioning in TRANSITIONAL_PROVISIONING:
        return LeftOutReason.BUSY
    if policy.skip_not_running and instance.power is not PowerState.RUNNING:
        return LeftOutReason.NOT_RUNNING
    return None


def _nothing_to_do_message(
    scale_set: ScaleSet, left_out: list[LeftOutInstance], lag: ImageLag | None
) -> str:
    if not left_out:
        if lag is not None:
            return f"{scale_set.id.short}: every instance has the latest model, but {lag.message}"
        compared = scale_set.orchestration is Orchestration.FLEXIBLE
        message = f"{scale_set.id.short}: nothing to do, every instance has the latest model"
        return f"{message} ({COMPARED})" if compared else message
    reasons = sorted({entry.reason.label for entry in left_out})
    message = f"{scale_set.id.short}: nothing to do, all are skipped: {'; '.join(reasons)}"
    return f"{message}; {lag.message}" if lag is not None and lag.behind else message


def _notes(scale_set: ScaleSet) -> tuple[str, ...]:
    is_compared = scale_set.orchestration is Orchestration.FLEXIBLE
    return (f"The latest model is determined {COMPARED}.",) if is_compared else ()


def _revert_cautions(policy: Policy, edit: ModelEdit | None) -> Iterable[str]:
    verdict = policy.verdict
    if verdict is not None and verdict.on_failure is OnFailure.REVERT and edit is None:
        yield (
            "A failed verdict halts the run: it does not edit the model, so there is none to roll "
            "back to."
        )


def _canary_cautions(policy: Policy, running: int, members: int) -> Iterable[str]:
    limit = max_batch_size(policy, running)
    if policy.canary > limit and members > limit:
        requested = f"{policy.canary} were requested"
        yield f"No canary batch: {requested}, and a batch has at most {limit}."


def _attachment_cautions(members: Iterable[Instance]) -> Iterable[str]:
    """Named all the same: the upgrade replaces the OS disk by the model's image."""
    for instance in members:
        if instance.attached_reason:
            yield (
                f"{instance.instance_id} was not created from the set's model "
                f"({instance.attached_reason}): an upgrade may replace its OS disk."
            )


def _unseen_change_cautions(
    scale_set: ScaleSet, snapshot: Snapshot, other_changes: tuple[str, ...]
) -> Iterable[str]:
    if other_changes:
        yield (
            f"The model's image and size are on {instances_text(other_changes)} already: something "
            f"else in the model was changed. {NOT_APPLIED}"
        )
    lacking = [i.instance_id for i in snapshot.instances if missing_extensions(i, scale_set)]
    if lacking:
        yield (
            f"Extensions of the model are missing on {instances_text(lacking)}: in a Flexible set "
            "only image and size show whether the latest model is applied, so no plan "
            "includes them."
        )


def _cautions(scale_set: ScaleSet, snapshot: Snapshot, newest_version: str | None) -> Iterable[str]:
    lag = measure_image_lag(snapshot, newest_version) if newest_version is not None else None
    if lag is not None and lag.behind:
        yield f"{capitalize_sentence(lag.message)}."
    if len(snapshot.instances) == 1:
        yield "The scale set has one instance only: upgrading it means downtime."
    if scale_set.provisioning is ProvisioningState.FAILED:
        failed = [i.instance_id for i in snapshot.instances if i.failure_message]
        yield f"The scale set's provisioning state is Failed; failed: {instances_text(failed)}."
    if not scale_set.has_health_source:
        yield "The scale set has no health probe: only provisioning and power state are checked."
    if scale_set.owner:
        yield scale_set.owner_caution
    if scale_set.automatic_repairs:
        yield "Automatic repairs are on: Azure may replace instances while they are upgraded."
    yield from actor_cautions(scale_set, snapshot.instances, snapshot.taken_at)
    if notice := image_notice_seconds(scale_set):
        added = f"The batch timeout is {notice / 60:g} minutes longer for it."
        yield f"{notice_caution(notice, 'their OS disk is replaced')} {added}"
    if scale_set.automatic_os_upgrade:
        yield "Automatic OS upgrades are on: Azure may change the image by itself."
