"""The fields of the model editor: their initial values, and the edit made from them. Pure."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.upgrade.plan.durations import parse_seconds

IMAGE_FIELDS = (
    "image_publisher",
    "image_offer",
    "image_sku",
    "image_version",
    "image_id",
    "image_uri",
    "vm_size",
    "capacity",
)
FIELD_LABELS = {
    "image_publisher": "Publisher",
    "image_offer": "Offer",
    "image_sku": "SKU",
    "image_version": "Version",
    "image_id": "Custom image ID",
    "image_uri": "VHD URI (legacy)",
    "vm_size": "VM size",
    "capacity": "Instance count (capacity)",
    "policy_mode": "Upgrade policy",
    "max_batch_instance_percent": "Max batch instance %",
    "max_unhealthy_instance_percent": "Max unhealthy instance %",
    "max_unhealthy_upgraded_instance_percent": "Max unhealthy upgraded instance %",
    "pause_time_between_batches": "Pause time between batches",
    "prioritize_unhealthy_instances": "Prioritize unhealthy instances",
    "enable_cross_zone_upgrade": "Enable cross-zone upgrade",
    "max_surge": "Max surge (create new VMs)",
    "rollback_failed_instances": "Rollback failed on policy breach",
    "automatic_os_upgrade": "Automatic OS upgrade",
    "automatic_os_rollback": "Automatic OS rollback",
    "automatic_repairs": "Automatic repairs",
    "repairs_grace_period": "Repairs grace period (min)",
    "repair_action": "Repair action",
}
"""Field id -> label in Azure's words."""
IMAGE_PARTS = ("image_publisher", "image_offer", "image_sku", "image_version")
"""From general to specific: a changed part requires new values for the parts after it."""


def current_fields(scale_set: ScaleSet) -> dict[str, str]:
    """The initial values of the form: those of the model."""
    image = scale_set.image
    fields = dict.fromkeys(IMAGE_FIELDS, "") | current_settings(scale_set.raw)
    fields["vm_size"] = scale_set.vm_size or ""
    fields["capacity"] = "" if scale_set.capacity is None else str(scale_set.capacity)
    if image is None:
        return fields
    if image.kind is ImageKind.VHD:
        return fields | {"image_uri": image.reference}
    if image.kind is not ImageKind.PLATFORM:
        return fields | {"image_id": image.reference}
    return fields | {
        "image_publisher": image.publisher,
        "image_offer": image.offer,
        "image_sku": image.sku,
        "image_version": image.version,
    }


def edit_from_fields(scale_set: ScaleSet, fields: Mapping[str, str]) -> Edit:
    """An edit of the fields that differ; raises `InvalidEdit`. An emptied field is not part of it,
    because an image cannot be removed."""
    current = current_fields(scale_set)
    changed: dict[str, Any] = {
        field: value for field, value in fields.items() if value and value != current.get(field, "")
    }
    for part, next_part in pairwise(IMAGE_PARTS):
        if part in changed and not fields.get(next_part):
            one, needed = FIELD_LABELS[part].lower(), FIELD_LABELS[next_part]
            raise InvalidEdit(next_part, f"another {one} needs its own {needed}")
    _convert_times(changed)
    if "capacity" in changed:
        changed["capacity"] = capacity_of(changed["capacity"])
    return Edit(**changed)


def _convert_times(changed: dict[str, Any]) -> None:
    """Replaces times with a unit, such as `5m`, by the numbers that an `Edit` takes."""
    for field, divisor in (("pause_time_between_batches", 1), ("repairs_grace_period", 60)):
        text = changed.get(field, "")
        seconds = None if text.isdigit() else parse_seconds(text)
        if seconds is not None and seconds % divisor == 0:
            changed[field] = f"{seconds / divisor:g}"


def capacity_of(text: str) -> int:
    """The typed number; raises `InvalidEdit`."""
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidEdit("capacity", f"must be a number from 0 to 1000, not {text!a}")
    return int(text)


def initial_field(scale_set: ScaleSet) -> str:
    """The field that is edited most often for this kind of image."""
    kind = scale_set.image.kind if scale_set.image else ImageKind.PLATFORM
    return {ImageKind.VHD: "image_uri", ImageKind.MANAGED: "image_id"}.get(kind, "image_version")
