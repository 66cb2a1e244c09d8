"""Plans an operation on instances: which are included, and why others are omitted. Pure.

The operator confirms the plan. The request may contain fewer instances (gone, or in the target
state by now), never more. Upgrades are runs and have plans of their own (`upgrade.plan`).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope, protection_policy
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.fleet.scale_set import (
    TRANSITIONAL_PROVISIONING,
    Instance,
    Orchestration,
    PowerState,
    ProvisioningState,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.cautions import operation_cautions
from vmss_tui.upgrade.plan.other_actors import retries_deletions
from vmss_tui.upgrade.plan.selection import PlanError, Selection, select_instances
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run


class OmissionReason(StrEnum):
    """Why an instance is omitted; the value is written as JSON."""

    RUNNING = "already running"
    STOPPED = "already stopped"
    DEALLOCATED = "already deallocated"
    DELETING = "already being deleted"
    ALREADY_PROTECTED = "already protected so"
    ALREADY_UNPROTECTED = "not protected so"
    NOT_RUNNING = "not running: start brings it up"
    NO_HOST = "deallocated: it gets a new host when it is started"
    PROTECTED = "protected from scale set actions: unprotect it first"
    BUSY = "another operation is at work on it"
    GONE = "no longer in the scale set"

    @property
    def label(self) -> str:
        """The reason for a person."""
        return _REASON_LABELS.get(self, self.value)


_REASON_LABELS = {
    OmissionReason.ALREADY_PROTECTED: "already protected like this",
    OmissionReason.ALREADY_UNPROTECTED: "not protected from this",
    OmissionReason.NOT_RUNNING: "not running: start it instead",
    OmissionReason.BUSY: "another operation is in progress on it",
}

ALREADY_DONE = frozenset(
    {
        OmissionReason.RUNNING,
        OmissionReason.STOPPED,
        OmissionReason.DEALLOCATED,
        OmissionReason.DELETING,
        OmissionReason.ALREADY_PROTECTED,
        OmissionReason.ALREADY_UNPROTECTED,
    }
)
"""The instance is in the target state already."""

_TRANSITIONAL_POWER = (PowerState.STARTING, PowerState.STOPPING, PowerState.DEALLOCATING)
_PREEMPTING = (OperationKind.DELETE, OperationKind.DEALLOCATE)
"""Operations that replace another one in progress ("OperationPreempted")."""


class OmittedInstance(msgspec.Struct, frozen=True):
    """An instance of the selection that is not part of the operation."""

    instance_id: str
    reason: OmissionReason


class OperationPlan(msgspec.Struct, frozen=True, kw_only=True):
    """An operation and explicit ids, for one request (protection: one request each)."""

    scale_set: ScaleSetId
    kind: OperationKind
    protection_scope: ProtectionScope = ProtectionScope.SCALE_IN
    instance_ids: tuple[str, ...]
    omitted: tuple[OmittedInstance, ...] = ()
    serving: int
    """Number of available instances before the operation."""
    serving_during: int
    """Number of those that the operation does not affect."""
    capacity: int | None
    flexible: bool = False
    pages: int = 1
    """Number of list requests for one reading of the scale set."""
    retries_deletions: bool = False
    """Azure tries failed deletions again, so that a failed instance is not the end."""
    cautions: tuple[str, ...] = ()
    made_at: datetime

    @property
    def nothing_to_do(self) -> bool:
        """Whether all selected instances are in the target state already."""
        return not self.instance_ids and all(entry.reason in ALREADY_DONE for entry in self.omitted)

    @property
    def is_disruptive(self) -> bool:
        """Whether something is lost or no instance stays available: then the operator has to type
        the name of the scale set."""
        downtime = self.serving > 0 and self.serving_during == 0 and self.kind.interrupts_service
        return self.kind.destructive or downtime

    @property
    def capacity_after(self) -> int | None:
        """The capacity afterwards. Deleting instances lowers it; no other operation changes it."""
        if self.capacity is None or self.kind is not OperationKind.DELETE:
            return self.capacity
        return max(0, self.capacity - len(self.instance_ids))


def plan_operation(
    snapshot: Snapshot,
    kind: OperationKind,
    selection: Selection,
    protection_scope: ProtectionScope = ProtectionScope.SCALE_IN,
) -> OperationPlan:
    """Plans an operation on the selected instances; raises `PlanError`, also without a selection.

    A plan without instances is returned where all are in the target state (`nothing_to_do`).
    """
    if selection.is_empty:
        raise PlanError("choose instances: operations have no default")
    if not snapshot.complete:
        raise PlanError("the data is incomplete: refresh before planning")
    scale_set = snapshot.scale_set
    if scale_set.orchestration is Orchestration.FLEXIBLE and kind is OperationKind.REIMAGE_ALL:
        raise PlanError(
            "a Flexible scale set cannot reimage all disks: Azure supports that for Uniform "
            "scale sets only "
            "(reimage replaces the OS disk)"
        )
    selected = select_instances(snapshot, selection)
    plan = _build_plan(snapshot, kind, protection_scope, selected)
    if not plan.instance_ids and not plan.nothing_to_do:
        reasons = "; ".join(sorted({entry.reason.label for entry in plan.omitted}))
        raise PlanError(f"{scale_set.id.short}: nothing to {kind}, all are skipped: {reasons}")
    return plan


def revalidate(
    plan: OperationPlan,
    snapshot: Snapshot,
    gone: Iterable[str] = (),
    recently_requested: Iterable[str] = (),
) -> OperationPlan:
    """The plan for a newer reading: instances that are gone, busy or in the target state by now
    are omitted. `gone` are ids that Azure reported as unknown although a reading had them;
    `recently_requested` those of requests whose effect may not show in the reading yet.
    """
    if not snapshot.complete:
        raise PlanError("the data is incomplete: nothing was sent")
    gone_ids = set(gone)
    busy_ids = set() if plan.kind in _PREEMPTING else set(recently_requested)
    remaining: list[str] = []
    omitted = list(plan.omitted)
    for instance_id in plan.instance_ids:
        instance = snapshot.by_id.get(instance_id)
        reason: OmissionReason | None = OmissionReason.GONE
        if instance is not None and instance_id not in gone_ids:
            reason = _omission_reason(instance, plan.kind, plan.protection_scope)
            if reason is None and instance_id in busy_ids:
                reason = OmissionReason.BUSY
        if reason is None:
            remaining.append(instance_id)
        else:
            omitted.append(OmittedInstance(instance_id, reason))
    return msgspec.structs.replace(plan, instance_ids=tuple(remaining), omitted=tuple(omitted))


def _build_plan(
    snapshot: Snapshot,
    kind: OperationKind,
    protection_scope: ProtectionScope,
    selected: Iterable[Instance],
) -> OperationPlan:
    affected: list[Instance] = []
    omitted: list[OmittedInstance] = []
    for instance in selected:
        reason = _omission_reason(instance, kind, protection_scope)
        if reason is None:
            affected.append(instance)
        else:
            omitted.append(OmittedInstance(instance.instance_id, reason))
    ids = {instance.instance_id for instance in affected}
    serving = [i.instance_id for i in snapshot.instances if i.available]
    remaining = [i for i in serving if i not in ids] if kind.interrupts_service else serving
    scale_set = snapshot.scale_set
    return OperationPlan(
        scale_set=scale_set.id,
        kind=kind,
        protection_scope=protection_scope,
        instance_ids=tuple(instance.instance_id for instance in affected),
        omitted=tuple(omitted),
        serving=len(serving),
        serving_during=len(remaining),
        capacity=scale_set.capacity,
        flexible=scale_set.orchestration is Orchestration.FLEXIBLE,
        pages=snapshot.pages,
        retries_deletions=retries_deletions(scale_set),
        cautions=tuple(operation_cautions(snapshot, kind, affected, len(serving), len(remaining))),
        made_at=snapshot.taken_at,
    )


def _omission_reason(
    instance: Instance, kind: OperationKind, protection_scope: ProtectionScope
) -> OmissionReason | None:
    if kind.changes_protection:
        protection = protection_policy(instance)
        if protection == protection.after(kind, protection_scope):
            return (
                OmissionReason.ALREADY_PROTECTED
                if kind is OperationKind.PROTECT
                else OmissionReason.ALREADY_UNPROTECTED
            )
        return OmissionReason.BUSY if is_busy(instance) else None
    if kind is OperationKind.DELETE and instance.provisioning is ProvisioningState.DELETING:
        return OmissionReason.DELETING
    if instance.protected_from_actions:
        return OmissionReason.PROTECTED
    if is_busy(instance) and kind not in _PREEMPTING:
        return OmissionReason.BUSY
    return None if is_busy(instance) else _power_omission_reason(instance.power, kind)


def _power_omission_reason(power: PowerState, kind: OperationKind) -> OmissionReason | None:
    """Why an instance without an operation in progress is omitted because of its power state."""
    match kind, power:
        case OperationKind.START, PowerState.RUNNING:
            return OmissionReason.RUNNING
        case OperationKind.POWER_OFF, PowerState.STOPPED:
            return OmissionReason.STOPPED
        case ((OperationKind.POWER_OFF | OperationKind.DEALLOCATE), PowerState.DEALLOCATED):
            return OmissionReason.DEALLOCATED
        case OperationKind.RESTART, (PowerState.STOPPED | PowerState.DEALLOCATED):
            return OmissionReason.NOT_RUNNING
        case OperationKind.REDEPLOY, PowerState.DEALLOCATED:
            return OmissionReason.NO_HOST
    return None


_EDIT_IN_PROGRESS = (ModelStage.REQUESTED, ModelStage.UNKNOWN)


def allows_operations(run: Run) -> bool:
    """Whether an operation may be sent although `run` has not ended: it is paused or halted, and
    no request of it is in progress."""
    stopped = run.phase in (Phase.PAUSED, Phase.FAULTED)
    return stopped and run.open_batch is None and run.model not in _EDIT_IN_PROGRESS


def open_batch_obstacle(run: Run, instance_ids: Collection[str]) -> str:
    """`its batch in progress has 3, 4`: why no script may run on these instances; empty where the
    run has none of them in progress."""
    in_batch = set(run.open_batch.instance_ids if run.open_batch else ()) & set(instance_ids)
    ids = shorten_list(sorted(in_batch), 10, separator=", ")
    return f"its batch in progress has {ids}" if in_batch else ""


def is_busy(instance: Instance) -> bool:
    """Whether any operation is in progress on the instance."""
    return (
        instance.provisioning in TRANSITIONAL_PROVISIONING or instance.power in _TRANSITIONAL_POWER
    )
