"""An operation on instances, planned: which are asked, why the others are left out, what it means.

Pure. A person confirms what stands here; what is sent may be less (an instance is gone, or as
wanted by now), never more. Upgrades are runs and have plans of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope, protection_policy
from vmss_tui.fleet.scale_set import Instance, Orchestration, PowerState, ProvisioningState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade.plan.plan import TRANSITIONAL_STATES
from vmss_tui.upgrade.plan.selection import PlanError, Selection, select_instances
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run


def cautions(
    snapshot: Snapshot, verb: OperationKind, asked: Sequence[Instance], serving: int, left: int
) -> Iterator[str]:
    """What somebody should know before agreeing to `verb` on `asked`: `serving` instances are
    available now, and `left` of them are not touched."""
    scale_set = snapshot.scale_set
    if not asked:
        return
    yield from _losses(verb)
    if verb.interrupts_service and serving and not left:
        yield "No instance stays in service: this is downtime of the whole scale set."
    if verb is OperationKind.DELETE and any(i.protected_from_scale_in for i in asked):
        count = sum(i.protected_from_scale_in for i in asked)
        yield f"{count} of them protected from scale-in: that does not keep them from this."
    off = sum(i.power in (PowerState.STOPPED, PowerState.DEALLOCATED) for i in asked)
    if off and verb in (OperationKind.REIMAGE, OperationKind.REIMAGE_ALL):
        yield f"{off} of them not running now: they may run afterwards."
    if scale_set.owner:
        yield f"The set belongs to {scale_set.owner}, which may undo or be harmed by changes."
    if scale_set.automatic_repairs and verb.interrupts_service:
        yield "Automatic repairs are on: Azure may replace instances that do not answer."
    if scale_set.orchestration is Orchestration.FLEXIBLE:
        yield from _flexible(verb)


def _losses(verb: OperationKind) -> Iterator[str]:
    match verb:
        case OperationKind.POWER_OFF:
            yield "Stopped instances keep their host and are still paid for; deallocate frees both."
        case OperationKind.DEALLOCATE:
            yield "Temporary disks are lost, and a later start needs free capacity in Azure."
        case OperationKind.REDEPLOY:
            yield "They move to other hosts: temporary disks are lost."
        case OperationKind.REIMAGE:
            yield "Everything on their OS disks is lost."
        case OperationKind.REIMAGE_ALL:
            yield "Everything on their OS disks and data disks is lost."
        case OperationKind.DELETE:
            yield "What is on them is lost, and the set's capacity goes down with them."


def _flexible(verb: OperationKind) -> Iterator[str]:
    """Deletion has a call of the set for Flexible VMs; about the others Azure's own pages
    disagree ("Orchestration modes", "Orchestration modes API comparison"); deallocating some by
    name was recorded as accepted (`vmss-deallocate-hibernate-flex-202`)."""
    if verb.changes_protection:
        yield "Protecting Flexible instances is new in Azure; the lists of VMs do not show it."
    elif verb is not OperationKind.DELETE:
        yield (
            "Azure's documentation disagrees whether a Flexible set takes this for its VMs in one "
            "request: if it refuses, nothing has happened, and `az vm` does it one by one."
        )


class WhyNot(StrEnum):
    """Why an instance is not asked."""

    RUNNING = "already running"
    STOPPED = "already stopped"
    DEALLOCATED = "already deallocated"
    LEAVING = "already being deleted"
    PROTECTED_SO = "already protected so"
    UNPROTECTED = "not protected so"
    NOT_RUNNING = "not running: start brings it up"
    NO_HOST = "deallocated: it gets a new host when it is started"
    PROTECTED = "protected from scale set actions: unprotect it first"
    BUSY = "another operation is at work on it"
    GONE = "no longer in the scale set"


AS_WANTED = frozenset(
    {
        WhyNot.RUNNING,
        WhyNot.STOPPED,
        WhyNot.DEALLOCATED,
        WhyNot.LEAVING,
        WhyNot.PROTECTED_SO,
        WhyNot.UNPROTECTED,
    }
)
"""Reasons for which an instance need not be asked, because it is so already."""

_IN_BETWEEN = (PowerState.STARTING, PowerState.STOPPING, PowerState.DEALLOCATING)
_PREEMPTS = (OperationKind.DELETE, OperationKind.DEALLOCATE)
"""These take an instance from the operation that is at work on it ("OperationPreempted")."""


class Omitted(msgspec.Struct, frozen=True):
    """An instance that was meant and is not asked."""

    instance_id: str
    why: WhyNot


class OperationPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a person confirms: a verb and explicit ids, in one request (protection: one each)."""

    scale_set: ScaleSetId
    verb: OperationKind
    guard: ProtectionScope = ProtectionScope.SCALE_IN
    instance_ids: tuple[str, ...]
    omitted: tuple[Omitted, ...] = ()
    serving: int
    """Instances available before it."""
    serving_during: int
    """Of those, the ones that it leaves alone."""
    capacity: int | None
    flexible: bool = False
    pages: int = 1
    """List requests that reading the whole set costs."""
    cautions: tuple[str, ...] = ()
    made_at: datetime

    @property
    def nothing_to_do(self) -> bool:
        """Nobody is asked, and rightly so: all are as wanted."""
        return not self.instance_ids and all(each.why in AS_WANTED for each in self.omitted)

    @property
    def careful(self) -> bool:
        """Wants the set's name typed: something is taken away, or nothing is left serving."""
        downtime = self.serving > 0 and self.serving_during == 0 and self.verb.interrupts_service
        return self.verb.destructive or downtime

    @property
    def capacity_after(self) -> int | None:
        """Deleting through the set lowers its capacity; nothing else here moves it."""
        if self.capacity is None or self.verb is not OperationKind.DELETE:
            return self.capacity
        return max(0, self.capacity - len(self.instance_ids))


def plan_operation(
    snapshot: Snapshot,
    verb: OperationKind,
    selection: Selection,
    guard: ProtectionScope = ProtectionScope.SCALE_IN,
) -> OperationPlan:
    """Plans `verb` on what `selection` means; raises `NoPlan`. Nothing is meant by default.

    A plan may ask nobody: where all are as wanted that is no error (`nothing_to_do`).
    """
    if selection.is_empty:
        raise PlanError("say which instances are meant: there is no default for operations")
    if not snapshot.complete:
        raise PlanError("the reading is incomplete: refresh before planning")
    scale_set = snapshot.scale_set
    if scale_set.orchestration is Orchestration.FLEXIBLE and verb is OperationKind.REIMAGE_ALL:
        raise PlanError(
            "a Flexible scale set cannot reimage all disks: Azure has that for Uniform sets only "
            "(reimage renews the OS disk)"
        )
    meant = select_instances(snapshot, selection)
    found = _planned(snapshot, verb, guard, meant)
    if not found.instance_ids and not found.nothing_to_do:
        reasons = "; ".join(sorted({str(each.why) for each in found.omitted}))
        raise PlanError(f"{scale_set.id.short}: nothing to {verb}, all are left out: {reasons}")
    return found


def refit(plan: OperationPlan, snapshot: Snapshot, gone: Iterable[str] = ()) -> OperationPlan:
    """The plan against a newer reading: what is gone, busy or as wanted by now is left out.

    `gone` are ids that Azure named as no members although a reading had them.
    """
    if not snapshot.complete:
        raise PlanError("the reading is incomplete: nothing was sent")
    lost = set(gone)
    asked: list[str] = []
    omitted = list(plan.omitted)
    for instance_id in plan.instance_ids:
        instance = snapshot.by_id.get(instance_id)
        why: WhyNot | None = WhyNot.GONE
        if instance is not None and instance_id not in lost:
            why = _why_not(instance, plan.verb, plan.guard)
        if why is None:
            asked.append(instance_id)
        else:
            omitted.append(Omitted(instance_id, why))
    return msgspec.structs.replace(plan, instance_ids=tuple(asked), omitted=tuple(omitted))


def _planned(
    snapshot: Snapshot, verb: OperationKind, guard: ProtectionScope, meant: Iterable[Instance]
) -> OperationPlan:
    asked: list[Instance] = []
    omitted: list[Omitted] = []
    for instance in meant:
        why = _why_not(instance, verb, guard)
        if why is None:
            asked.append(instance)
        else:
            omitted.append(Omitted(instance.instance_id, why))
    ids = {instance.instance_id for instance in asked}
    serving = [i.instance_id for i in snapshot.instances if i.available]
    left = [i for i in serving if i not in ids] if verb.interrupts_service else serving
    scale_set = snapshot.scale_set
    return OperationPlan(
        scale_set=scale_set.id,
        verb=verb,
        guard=guard,
        instance_ids=tuple(instance.instance_id for instance in asked),
        omitted=tuple(omitted),
        serving=len(serving),
        serving_during=len(left),
        capacity=scale_set.capacity,
        flexible=scale_set.orchestration is Orchestration.FLEXIBLE,
        pages=snapshot.pages,
        cautions=tuple(cautions(snapshot, verb, asked, len(serving), len(left))),
        made_at=snapshot.taken_at,
    )


def _why_not(instance: Instance, verb: OperationKind, guard: ProtectionScope) -> WhyNot | None:
    if verb.changes_protection:
        now = protection_policy(instance)
        if now == now.after(verb, guard):
            return WhyNot.PROTECTED_SO if verb is OperationKind.PROTECT else WhyNot.UNPROTECTED
        return WhyNot.BUSY if at_work(instance) else None
    if verb is OperationKind.DELETE and instance.provisioning is ProvisioningState.DELETING:
        return WhyNot.LEAVING
    if instance.protected_from_actions:
        return WhyNot.PROTECTED
    if at_work(instance) and verb not in _PREEMPTS:
        return WhyNot.BUSY
    return None if at_work(instance) else _why_not_now(instance.power, verb)


def _why_not_now(power: PowerState, verb: OperationKind) -> WhyNot | None:
    """What a settled power state says against it."""
    match verb, power:
        case OperationKind.START, PowerState.RUNNING:
            return WhyNot.RUNNING
        case OperationKind.POWER_OFF, PowerState.STOPPED:
            return WhyNot.STOPPED
        case ((OperationKind.POWER_OFF | OperationKind.DEALLOCATE), PowerState.DEALLOCATED):
            return WhyNot.DEALLOCATED
        case OperationKind.RESTART, (PowerState.STOPPED | PowerState.DEALLOCATED):
            return WhyNot.NOT_RUNNING
        case OperationKind.REDEPLOY, PowerState.DEALLOCATED:
            return WhyNot.NO_HOST
    return None


_UNDER_WAY = (ModelStage.REQUESTED, ModelStage.UNKNOWN)


def stands_aside(run: Run) -> bool:
    """May an operation go beside this run? It holds, and Azure is at work on nothing of it."""
    holds = run.phase in (Phase.PAUSED, Phase.FAULTED)
    return holds and run.open_batch is None and run.model not in _UNDER_WAY


def at_work(instance: Instance) -> bool:
    """Is an operation, whosever, at work on it?"""
    return instance.provisioning in TRANSITIONAL_STATES or instance.power in _IN_BETWEEN
