"""Consequences of an operation on instances that the operator should know beforehand. Pure."""

from collections.abc import Iterator, Sequence

from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.phrases import instances_text
from vmss_tui.fleet.scale_set import Instance, Orchestration, PowerState, ScaleSet
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade.plan.other_actors import (
    actor_cautions,
    image_notice_seconds,
    notice_caution,
    terminate_notice_seconds,
)


def operation_cautions(
    snapshot: Snapshot,
    kind: OperationKind,
    affected: Sequence[Instance],
    serving: int,
    remaining: int,
) -> Iterator[str]:
    """The cautions for an operation on the `affected` instances. `serving` instances are available
    now, and `remaining` of them are not affected."""
    scale_set = snapshot.scale_set
    if not affected:
        return
    yield from _loss_cautions(kind)
    if kind.interrupts_service and serving and not remaining:
        yield "No instance stays available: this is downtime of the whole scale set."
    if kind is OperationKind.DELETE and any(i.protected_from_scale_in for i in affected):
        count = sum(i.protected_from_scale_in for i in affected)
        yield f"{count} of them protected from scale-in: this does not prevent the operation."
    not_running = sum(i.power in (PowerState.STOPPED, PowerState.DEALLOCATED) for i in affected)
    if not_running and kind in (OperationKind.REIMAGE, OperationKind.REIMAGE_ALL):
        yield f"{not_running} of them not running now: they may be running afterwards."
    attached = [instance.instance_id for instance in affected if instance.attached_reason]
    if attached and kind.destructive:
        yield f"VMs that were attached to the scale set are included: {instances_text(attached)}."
    if scale_set.owner:
        yield scale_set.owner_caution
    yield from actor_cautions(scale_set, affected, snapshot.taken_at)
    yield from _notice_cautions(scale_set, kind)
    if scale_set.automatic_repairs and kind.interrupts_service:
        yield "Automatic repairs are on: Azure may replace instances that report unhealthy."
    if scale_set.orchestration is Orchestration.FLEXIBLE:
        yield from _flexible_cautions(kind)


def _notice_cautions(scale_set: ScaleSet, kind: OperationKind) -> Iterator[str]:
    if kind is OperationKind.DELETE and (seconds := terminate_notice_seconds(scale_set)):
        yield notice_caution(seconds, "they are deleted")
    is_reimage = kind in (OperationKind.REIMAGE, OperationKind.REIMAGE_ALL)
    if is_reimage and (seconds := image_notice_seconds(scale_set)):
        yield notice_caution(seconds, "their OS disk is replaced")


def _loss_cautions(kind: OperationKind) -> Iterator[str]:
    match kind:
        case OperationKind.POWER_OFF:
            yield "Stopped instances are still billed; deallocate stops compute billing."
        case OperationKind.DEALLOCATE:
            yield (
                "Compute billing stops. Temporary disks are lost; a later start needs free "
                "capacity in Azure."
            )
        case OperationKind.REDEPLOY:
            yield "They move to other hosts: temporary disks are lost."
        case OperationKind.REIMAGE:
            yield "Everything on their OS disks is lost."
        case OperationKind.REIMAGE_ALL:
            yield "Everything on their OS disks and data disks is lost."
        case OperationKind.DELETE:
            yield "All data on them is lost; the capacity of the scale set is reduced."


def _flexible_cautions(kind: OperationKind) -> Iterator[str]:
    """For Flexible sets there is a set-level request for deletion. About other operations Azure's
    pages disagree ("Orchestration modes", "Orchestration modes API comparison"); deallocating by
    id was recorded as accepted (`vmss-deallocate-hibernate-flex-202`)."""
    if kind.changes_protection:
        yield "Protection of Flexible instances is new in Azure; lists of VMs do not show it."
    elif kind is not OperationKind.DELETE:
        yield (
            "Azure's documentation is unclear whether a Flexible scale set accepts this in one "
            "request: if refused, nothing is changed, and `az vm` does it one by one."
        )
