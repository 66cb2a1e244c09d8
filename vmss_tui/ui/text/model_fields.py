"""The fields of the model editor: what they start with, and the edit that comes of them. Pure."""

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
SETTING_FIELDS = {each.field: each.title for each in SETTINGS}
IMAGE_PARTS = ("image_publisher", "image_offer", "image_sku", "image_version")
"""From the whole to the part: another one of these wants new ones of all that follow."""


def current_fields(scale_set: ScaleSet) -> dict[str, str]:
    """What the form starts with: the model as it is."""
    image = scale_set.image
    found = dict.fromkeys(IMAGE_FIELDS, "") | current_settings(scale_set.raw)
    found["vm_size"] = scale_set.vm_size or ""
    found["capacity"] = "" if scale_set.capacity is None else str(scale_set.capacity)
    if image is None:
        return found
    if image.kind is ImageKind.VHD:
        return found | {"image_uri": image.reference}
    if image.kind is not ImageKind.PLATFORM:
        return found | {"image_id": image.reference}
    return found | {
        "image_publisher": image.publisher,
        "image_offer": image.offer,
        "image_sku": image.sku,
        "image_version": image.version,
    }


def edit_from_fields(scale_set: ScaleSet, fields: Mapping[str, str]) -> Edit:
    """Only the fields that differ; an emptied one is no wish (an image cannot be taken away)."""
    now = current_fields(scale_set)
    moved: dict[str, Any] = {
        field: value for field, value in fields.items() if value and value != now.get(field, "")
    }
    for part, following in pairwise(IMAGE_PARTS):
        if part in moved and not fields.get(following):
            name = IMAGE_FIELDS[following]
            raise InvalidEdit(following, f"another {IMAGE_FIELDS[part]} wants its own {name}")
    if "capacity" in moved:
        moved["capacity"] = capacity_of(moved["capacity"])
    return Edit(**moved)


def capacity_of(text: str) -> int:
    """The number that was typed; raises `InvalidEdit`."""
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidEdit("capacity", f"must be a number from 0 to 1000, not {text!a}")
    return int(text)


def initial_field(scale_set: ScaleSet) -> str:
    """The field that most people come to change."""
    kind = scale_set.image.kind if scale_set.image else ImageKind.PLATFORM
    return {ImageKind.VHD: "image_uri", ImageKind.MANAGED: "image_id"}.get(kind, "image_version")
