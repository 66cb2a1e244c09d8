"""The fields of the model editor: their initial values, and the edit made from them. Pure."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.upgrade_settings import SETTINGS, current_settings
from vmss_tui.fleet.scale_set import ScaleSet

IMAGE_FIELDS = {
    "image_publisher": "publisher",
    "image_offer": "offer",
    "image_sku": "SKU",
    "image_version": "version",
    "image_id": "or image id",
    "image_uri": "or VHD URI",
    "vm_size": "VM size",
    "capacity": "VMs",
}
SETTING_FIELDS = {setting.field: setting.title for setting in SETTINGS}
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
            name = IMAGE_FIELDS[next_part]
            raise InvalidEdit(next_part, f"another {IMAGE_FIELDS[part]} wants its own {name}")
    if "capacity" in changed:
        changed["capacity"] = capacity_of(changed["capacity"])
    return Edit(**changed)


def capacity_of(text: str) -> int:
    """The typed number; raises `InvalidEdit`."""
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidEdit("capacity", f"must be a number from 0 to 1000, not {text!a}")
    return int(text)


def initial_field(scale_set: ScaleSet) -> str:
    """The field that is edited most often for this kind of image."""
    kind = scale_set.image.kind if scale_set.image else ImageKind.PLATFORM
    return {ImageKind.VHD: "image_uri", ImageKind.MANAGED: "image_id"}.get(kind, "image_version")
