"""Who else may change instances or delay them, by the model and the instance views. Pure.

Sources: the REST pages of `resiliencyPolicy`, `scheduledEventsProfile` and
`maintenanceRedeployStatus`; "Terminate notification", "Automatic zone balance", "Resilient create
and delete", "Use scale sets with instance mix".
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from vmss_tui.fleet.model_edit.upgrade_settings import parse_duration, value_at
from vmss_tui.fleet.phrases import instances_text
from vmss_tui.fleet.scale_set import Instance, ScaleSet

_RESILIENCY = "properties.resiliencyPolicy"
_EVENTS = "properties.virtualMachineProfile.scheduledEventsProfile"
_DEFAULT_IMAGE_NOTICE = 900.0
_DEFAULT_TERMINATE_NOTICE = 300.0


def image_notice_seconds(scale_set: ScaleSet) -> float:
    """How long Azure may wait before it replaces an OS disk, so that the instance can prepare."""
    return _notice(scale_set, "osImageNotificationProfile", _DEFAULT_IMAGE_NOTICE)


def terminate_notice_seconds(scale_set: ScaleSet) -> float:
    """How long Azure may wait before it deletes an instance."""
    return _notice(scale_set, "terminateNotificationProfile", _DEFAULT_TERMINATE_NOTICE)


def retries_deletions(scale_set: ScaleSet) -> bool:
    """Whether Azure tries failed deletions again: the instance looks failed in between."""
    return _is_on(scale_set, "resilientVMDeletionPolicy")


def actor_cautions(
    scale_set: ScaleSet, instances: Iterable[Instance], now: datetime
) -> Iterator[str]:
    """A sentence for each actor of Azure's own that a change has to live with."""
    if _is_on(scale_set, "automaticZoneRebalancingPolicy"):
        yield (
            "Automatic zone rebalancing is on: Azure may add an instance, and delete another, to "
            "even out the zones."
        )
    if _is_on(scale_set, "resilientVMCreationPolicy"):
        yield (
            "Resilient create is on: Azure may try a failed creation again, under a new instance "
            "id."
        )
    if retries_deletions(scale_set):
        yield (
            "Resilient delete is on: an instance that Azure deletes may look failed between two "
            "tries."
        )
    if value_at(scale_set.raw, "properties.skuProfile.automaticSkuMigrationPolicy.enabled") is True:
        yield "Automatic size migration is on: Azure may move instances to another size."
    planned = [
        (instance.instance_id, instance.maintenance_window[0])
        for instance in instances
        if instance.maintenance_window and instance.maintenance_window[1] > now
    ]
    if planned:
        start = min(begin for _, begin in planned)
        ids = instances_text([instance_id for instance_id, _ in planned])
        yield f"Azure plans maintenance of {ids} from {start:%Y-%m-%d %H:%M} UTC: it restarts them."


def notice_caution(seconds: float, event: str) -> str:
    """The caution about a notification: `event` is what Azure announces."""
    return (
        f"Instances are notified before {event}, which Azure delays by up to "
        f"{seconds / 60:g} minutes for each."
    )


def _is_on(scale_set: ScaleSet, policy: str) -> bool:
    return value_at(scale_set.raw, f"{_RESILIENCY}.{policy}.enabled") is True


def _notice(scale_set: ScaleSet, profile: str, default: float) -> float:
    """Seconds of a notification; 0 where it is off."""
    if value_at(scale_set.raw, f"{_EVENTS}.{profile}.enable") is not True:
        return 0.0
    timeout = value_at(scale_set.raw, f"{_EVENTS}.{profile}.notBeforeTimeout")
    seconds = parse_duration(timeout) if isinstance(timeout, str) else None
    return default if seconds is None else float(seconds)
