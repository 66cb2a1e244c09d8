"""Translates the rows of Resource Graph to scale sets and counts of instances."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from vmss_tui.arm.translate.instance import clean_json, parse_provisioning
from vmss_tui.arm.translate.scale_set import translate_scale_set
from vmss_tui.arm.wire.decode import InvalidJson, decode_item, decode_json
from vmss_tui.arm.wire.graph import InstanceCountWire
from vmss_tui.fleet.estate.row import InstanceCount
from vmss_tui.fleet.flexible import has_latest_model
from vmss_tui.fleet.image import Image, image_from_reference, same_image
from vmss_tui.fleet.scale_set import Instance, ScaleSet
from vmss_tui.fleet.scale_set_id import parse_resource_id
from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.fleet.states import Orchestration, PowerState
from vmss_tui.text import cell

Groups = dict[tuple[str, StateGroup], int]


def translate_indexed_set(row: msgspec.Raw) -> ScaleSet:
    """The scale set of a row, without etag and model: nothing can be written over it.

    Raises `InvalidJson` without an id, and `BadName` for one that is not valid in a request.
    """
    tree: Any = decode_json(row)
    if not isinstance(tree, dict) or not isinstance(tree.get("id"), str):
        raise InvalidJson("a scale set without an id")
    tags = tree.get("tags")
    resource = {
        **{key: tree.get(key) for key in ("location", "sku", "zones", "extendedLocation")},
        "managedBy": tree.get("managedBy") or "",
        "tags": tags if isinstance(tags, dict) else {},
        "properties": {
            "provisioningState": tree.get("state"),
            "orchestrationMode": tree.get("orchestration"),
            "upgradePolicy": {"mode": tree.get("policy")},
            "virtualMachineProfile": {
                "storageProfile": tree.get("storage"),
                "extensionProfile": {"extensions": tree.get("extensions")},
            },
        },
    }
    scale_set = translate_scale_set(resource, parse_resource_id(tree["id"]))
    return replace(scale_set, etag=None, model_digest="", raw={})


def count_instances(
    rows: Iterable[msgspec.Raw], scale_sets: Mapping[str, ScaleSet]
) -> dict[str, tuple[InstanceCount, ...]]:
    """The instances of each set by its key; rows of other sets and damaged ones are left out."""
    groups: dict[str, Groups] = {}
    for row in rows:
        try:
            wire, _ = decode_item(row, InstanceCountWire)
        except InvalidJson:
            continue
        scale_set = scale_sets.get((wire.scale_set or "").lower())
        if scale_set is None or wire.instances < 1:
            continue
        image = _image(wire.image)
        version = cell(image.running_version) if image else ""
        group = _group(wire, image, scale_set)
        counts = groups.setdefault(scale_set.id.key, {})
        counts[version, group] = counts.get((version, group), 0) + wire.instances
    return {
        key: tuple(InstanceCount(*place, number) for place, number in counts.items())
        for key, counts in groups.items()
    }


def _image(text: str | None) -> Image | None:
    try:
        tree = decode_json((text or "null").encode())
    except InvalidJson:
        return None
    return image_from_reference(clean_json(tree)) if isinstance(tree, dict) else None


def _group(wire: InstanceCountWire, image: Image | None, scale_set: ScaleSet) -> StateGroup:
    """The group by what the index reports: it knows no health.

    Where it has no power state the instances count as running: their version is known anyway.
    """
    power = (wire.power or "").rpartition("/")[2].lower()
    instance = Instance(
        "", provisioning=parse_provisioning(wire.state or "Succeeded"),
        power=next((p for p in PowerState if p.value == power), PowerState.UNKNOWN)
        if power else PowerState.RUNNING,
        image=image, vm_size=wire.size or None,
    )  # fmt: skip
    latest = {"true": True, "false": False}.get((wire.latest or "").lower())
    if latest is None and scale_set.orchestration is Orchestration.FLEXIBLE:
        latest = has_latest_model(instance, scale_set)
    elif latest is None:
        latest = same_image(image, scale_set.image)
    return group_of(msgspec.structs.replace(instance, latest_model_applied=latest).state)
