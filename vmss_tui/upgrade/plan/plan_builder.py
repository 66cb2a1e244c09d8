"""Makes a plan from a reading, a selection and a policy. Pure."""

from collections.abc import Iterable

from vmss_tui.fleet.flexible import is_current
from vmss_tui.fleet.scale_set import (
    TRANSITIONAL_PROVISIONING,
    Health,
    Instance,
    PowerState,
    ScaleSet,
)
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.text import capitalize_sentence
from vmss_tui.upgrade.plan.batches import max_batch_size, split_into_batches
from vmss_tui.upgrade.plan.latest_image import ImageLag, measure_image_lag
from vmss_tui.upgrade.plan.model_drift import model_parts
from vmss_tui.upgrade.plan.plan import (
    Batch,
    LeftOutInstance,
    LeftOutReason,
    ModelEdit,
    Plan,
    count_running,
)
from vmss_tui.upgrade.plan.policy import Policy, validate
from vmss_tui.upgrade.plan.selection import PlanError, Selection, select_instances


def make_plan(
    snapshot: Snapshot,
    selection: Selection,
    policy: Policy,
    *,
    edit: ModelEdit | None = None,
    touches_model: bool = False,
    newest_version: str = "",
) -> Plan:
    """Plans an upgrade of `selection` in `snapshot`; raises `PlanError` or `PolicyError`.

    With an edit that touches the model every selected instance becomes outdated, so that those
    that are up to date are included. `newest_version` is that of the image in the catalogue, empty
    where it is not known.
    """
    validate(policy)
    if not snapshot.complete:
        raise PlanError("the reading is incomplete: refresh before planning")
    scale_set = snapshot.scale_set
    selected = select_instances(snapshot, selection)
    left_out = [
        LeftOutInstance(instance.instance_id, reason)
        for instance in selected
        if (reason := _left_out_reason(instance, scale_set, selection, policy, touches_model))
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
        model_digest=scale_set.model_digest,
        model_parts=model_parts(scale_set.raw),
        running_at_start=running,
        unhealthy_at_start=tuple(i.instance_id for i in snapshot.instances if _is_unhealthy(i)),
        powers={i.instance_id: i.power for i in members},
        stopped=tuple(
            i.instance_id for i in snapshot.instances if i.power is not PowerState.RUNNING
        ),
        present_at_start=tuple(i.instance_id for i in snapshot.instances),
        machines={i.instance_id: machine for i in members if (machine := i.machine_identity)},
        undetermined=tuple(i.instance_id for i in members if i.latest_model_applied is None),
        has_health_source=scale_set.has_health_source,
        cautions=(
            *_cautions(scale_set, snapshot, None if touches_model else newest_version),
            *_canary_cautions(policy, running, len(members)),
        ),
        made_at=snapshot.taken_at,
    )


def _is_unhealthy(instance: Instance) -> bool:
    """Running, not available and not starting up (such an instance may still fail later)."""
    starting = (
        instance.provisioning in TRANSITIONAL_PROVISIONING or instance.health is Health.INITIALIZING
    )
    return instance.power is PowerState.RUNNING and not instance.available and not starting


def _left_out_reason(
    instance: Instance,
    scale_set: ScaleSet,
    selection: Selection,
    policy: Policy,
    touches_model: bool,
) -> LeftOutReason | None:
    if instance.protected_from_actions:
        return LeftOutReason.PROTECTED
    if not touches_model and is_current(instance, scale_set):
        return LeftOutReason.CURRENT
    if instance.latest_model_applied is None and instance.instance_id not in selection.instance_ids:
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
        return f"{scale_set.id.short}: nothing to do, every instance has the latest model"
    reasons = sorted({str(entry.reason) for entry in left_out})
    return f"{scale_set.id.short}: nothing to do, all are left out: {'; '.join(reasons)}"


def _canary_cautions(policy: Policy, running: int, members: int) -> Iterable[str]:
    limit = max_batch_size(policy, running)
    if policy.canary > limit and members > limit:
        requested = f"{policy.canary} were asked for"
        yield f"No canary goes first: {requested}, and a batch has {limit} at most."


def _cautions(scale_set: ScaleSet, snapshot: Snapshot, newest_version: str | None) -> Iterable[str]:
    lag = measure_image_lag(snapshot, newest_version) if newest_version is not None else None
    if lag is not None and lag.behind:
        yield f"{capitalize_sentence(lag.message)}."
    if len(snapshot.instances) == 1:
        yield "The set has one instance only: upgrading it means downtime."
    if not scale_set.has_health_source:
        yield "The set has no health signal: running and provisioned is all that can be checked."
    if scale_set.owner:
        yield f"The set belongs to {scale_set.owner}, which may undo or be harmed by changes."
    if scale_set.automatic_repairs:
        yield "Automatic repairs are on: Azure may replace instances while they are upgraded."
    if scale_set.automatic_os_upgrade:
        yield "Automatic OS upgrades are on: Azure may move the image by itself."
