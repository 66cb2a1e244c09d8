"""An edit of the model as a change: the minimal PATCH, its differences and its consequence.

Pure. Edits that cannot be valid are refused here, before a request; Azure may refuse others later.
Source: "Virtual Machine Scale Sets - Update" (REST).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct

from vmss_tui.fleet.image import image_from_storage_profile
from vmss_tui.fleet.model_edit.consequence import azure_acts, describe_consequence, touches_model
from vmss_tui.fleet.model_edit.diff import DiffLine, changed_leaves, leaf_text, removed_leaves
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.image import check_name, storage_body
from vmss_tui.fleet.model_edit.upgrade_settings import settings_body, value_at
from vmss_tui.fleet.scale_set import ScaleSet


class Change(Struct, frozen=True):
    """An edit, compared with one reading of the model."""

    body: Mapping[str, Any]
    """The body of the PATCH; empty where nothing differs."""
    lines: tuple[DiffLine, ...]
    consequence: str
    """What happens when it is saved, as sentences."""
    az_arguments: tuple[str, ...]
    """The arguments of the equivalent command of the az CLI; empty where nothing differs."""
    touches_model: bool
    """False where only capacity or policies change: instances then stay current."""
    azure_acts: bool = False
    """Whether Azure changes instances by itself after the write: that needs a confirmation by
    typing the name of the scale set."""

    def __bool__(self) -> bool:
        return bool(self.lines)


def change_from_edit(scale_set: ScaleSet, edit: Edit) -> Change:
    """Compares `edit` with the model; falsy when nothing differs. Raises `InvalidEdit`."""
    patch: dict[str, Any] = {}
    if storage := storage_body(scale_set.image, edit):
        _merge(patch, {"properties": {"virtualMachineProfile": {"storageProfile": storage}}})
    if edit.capacity is not None:
        _merge(
            patch,
            {
                "sku": {
                    **_sku_without_capacity(scale_set),
                    "capacity": _checked_capacity(edit.capacity),
                }
            },
        )
    if edit.vm_size is not None:
        _refuse_size_of_mix(scale_set)
        size = check_name("vm_size", edit.vm_size, "Standard_D4s_v5")
        _merge(patch, {"sku": {**_sku_without_capacity(scale_set), "name": size}})
    if settings := settings_body(edit):
        _merge(patch, {"properties": settings})
    return change_from_patch(scale_set, patch)


def change_from_patch(scale_set: ScaleSet, patch: Mapping[str, Any]) -> Change:
    """Compares a PATCH with the model; falsy when nothing differs."""
    lines = tuple(
        DiffLine(path, *(leaf_text(path, value) for value in values))
        for path, *values in (
            *changed_leaves(scale_set.raw, patch),
            *removed_leaves(scale_set.raw, patch),
        )
    )
    return Change(
        body=patch if lines else {},
        lines=lines,
        consequence=describe_consequence(scale_set, patch, lines),
        az_arguments=_az_arguments(scale_set, lines),
        touches_model=touches_model(lines),
        azure_acts=azure_acts(scale_set, lines),
    )


def edited_scale_set(scale_set: ScaleSet, body: Mapping[str, Any]) -> ScaleSet:
    """The scale set with the image and the VM size that a PATCH gives it."""
    storage = value_at(body, "properties.virtualMachineProfile.storageProfile")
    image = image_from_storage_profile(storage) if isinstance(storage, Mapping) else None
    size = value_at(body, "sku.name")
    return replace(
        scale_set,
        image=image or scale_set.image,
        vm_size=size if isinstance(size, str) else scale_set.vm_size,
    )


def _refuse_size_of_mix(scale_set: ScaleSet) -> None:
    if scale_set.is_mix:
        sizes = ", ".join(scale_set.vm_sizes) or "not reported"
        raise InvalidEdit(
            "vm_size",
            f"{scale_set.id.short} is an instance mix ({sizes}): Azure chooses the size of each "
            "instance among those of its skuProfile, and an upgrade keeps it; change skuProfile "
            "instead (az vmss update --set skuProfile.vmSizes=…)",
        )


def _checked_capacity(capacity: int) -> int:
    if not 0 <= capacity <= 1000:
        raise InvalidEdit("capacity", f"capacity must be from 0 to 1000, not {capacity}")
    return capacity


def request_body(scale_set: ScaleSet, body: Mapping[str, Any]) -> dict[str, Any]:
    """The PATCH body to send, given the model read last (whose etag the request carries).

    Azure requires name, tier and capacity of `sku` together. A change that does not edit the
    capacity does not carry one, because the set may be scaled before it is sent: the capacity just
    read is filled in. Otherwise a VM size confirmed at 70 instances would shrink a set that has
    since been scaled to 100.
    """
    sku = body.get("sku")
    if not isinstance(sku, Mapping) or "capacity" in sku or scale_set.capacity is None:
        return dict(body)
    return {**body, "sku": {**sku, "capacity": scale_set.capacity}}


def _sku_without_capacity(scale_set: ScaleSet) -> Mapping[str, Any]:
    """The other fields of `sku`, which Azure requires with a new name or capacity."""
    sku = scale_set.raw.get("sku")
    sku_fields = sku if isinstance(sku, Mapping) else {}
    return {key: sku_fields[key] for key in sku_fields if key != "capacity"}


def _az_arguments(scale_set: ScaleSet, lines: tuple[DiffLine, ...]) -> tuple[str, ...]:
    target = ("-g", scale_set.id.resource_group, "-n", scale_set.id.name)
    if [line.path for line in lines] == ["sku.capacity"]:
        return ("vmss", "scale", *target, "--new-capacity", lines[0].new or "")
    if not lines:
        return ()
    paths = [(line.path.removeprefix("properties."), line.new) for line in lines]
    sets = [f"{path}={new}" for path, new in paths if new is not None]
    removes = [part for path, new in paths if new is None for part in ("--remove", path)]
    return ("vmss", "update", *target, *(("--set", *sets) if sets else ()), *removes)


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
