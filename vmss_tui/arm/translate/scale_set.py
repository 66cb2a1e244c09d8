"""Translates a scale set and its model.

The model stays as received in `ScaleSet.raw`, for diffs and to undo edits; fields are taken from
it one by one, so that a field of a wrong type does not affect the others.
"""

from collections.abc import Mapping
from typing import Any

from vmss_tui.arm.translate.instance import clean_json, parse_provisioning
from vmss_tui.arm.translate.owners import detect_owner
from vmss_tui.arm.translate.statuses import parse_time
from vmss_tui.arm.wire.compute import Json
from vmss_tui.fleet.image import Image, image_from_storage_profile
from vmss_tui.fleet.model_edit.digest import model_digest
from vmss_tui.fleet.scale_set import Orchestration, PolicyMode, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.text import clean, is_secret, redact

_HEALTH_EXTENSIONS = frozenset({"applicationhealthlinux", "applicationhealthwindows"})


def translate_scale_set(tree: Json, scale_set_id: ScaleSetId) -> ScaleSet:
    """The scale set in a response. An empty Flexible set may lack its VM profile."""
    properties, sku = _map(tree, "properties"), _map(tree, "sku")
    policy = _map(properties, "upgradePolicy")
    profile = _map(properties, "virtualMachineProfile")
    os_profile = _map(profile, "osProfile")
    health_source = _health_source(properties, profile)
    zones = tree.get("zones")
    return ScaleSet(
        id=scale_set_id,
        location=_text(tree, "location") or "",
        edge_zone=_edge_zone(tree),
        orchestration=_orchestration(properties),
        policy_mode=_policy_mode(policy),
        capacity=_number(sku, "capacity"),
        vm_size=_text(sku, "name"),
        vm_sizes=_mix_sizes(properties),
        image=_image(profile),
        os_type=_text(_map(_map(profile, "storageProfile"), "osDisk"), "osType") or "",
        has_profile=bool(profile),
        zones=tuple(clean(zone) for zone in zones if isinstance(zone, str))
        if isinstance(zones, list)
        else (),
        etag=clean_etag(tree.get("etag")),
        provisioning=parse_provisioning(_text(properties, "provisioningState")),
        overprovision=_flag(properties, "overprovision"),
        admin_user=_text(os_profile, "adminUsername"),
        name_prefix=_text(os_profile, "computerNamePrefix"),
        fault_domain_count=_number(properties, "platformFaultDomainCount"),
        has_health_source=bool(health_source),
        health_source=health_source,
        extensions=_names(_map(profile, "extensionProfile").get("extensions")),
        automatic_os_upgrade=_flag(
            _map(policy, "automaticOSUpgradePolicy"), "enableAutomaticOSUpgrade"
        )
        is True,
        automatic_repairs=_flag(_map(properties, "automaticRepairsPolicy"), "enabled") is True,
        owner=detect_owner(
            _map(tree, "tags"),
            _extensions(profile),
            _text(tree, "managedBy") or "",
            scale_set_id.resource_group,
            scale_set_id.name,
        ),
        created_at=parse_time(_text(properties, "timeCreated")),
        tags=tuple(
            (clean(key), "(redacted)" if is_secret(key) else clean(redact(value)))
            for key, value in _map(tree, "tags").items()
            if isinstance(value, str)
        ),
        model_digest=model_digest(tree),
        raw=tree,
    )


def model_problem(tree: Json) -> str:
    """Why a response contains no usable model; empty where it does.

    The VM profile may be missing (an empty Flexible set), but not be of a wrong type: that would
    look like an edited model.
    """
    properties = tree.get("properties")
    if not isinstance(properties, dict):
        return "it has no properties"
    if not isinstance(properties.get("virtualMachineProfile"), dict | None):
        return "its virtualMachineProfile is of a wrong type"
    if not isinstance(properties.get("orchestrationMode"), str | None):
        return "its orchestrationMode is of a wrong type"
    return ""


def _orchestration(properties: Mapping[str, Any]) -> Orchestration:
    """Absent in old api-versions, which had only Uniform sets."""
    mode = (_text(properties, "orchestrationMode") or "").lower()
    return Orchestration.FLEXIBLE if mode == "flexible" else Orchestration.UNIFORM


def _policy_mode(policy: Mapping[str, Any]) -> PolicyMode:
    name = (_text(policy, "mode") or "").lower()
    return next((mode for mode in PolicyMode if mode.value.lower() == name), PolicyMode.UNKNOWN)


def _image(profile: Mapping[str, Any]) -> Image | None:
    storage = _map(profile, "storageProfile")
    cleaned: Json = {"imageReference": clean_json(storage.get("imageReference"))}
    disk_image = _map(_map(storage, "osDisk"), "image")
    cleaned["osDisk"] = {"image": clean_json(dict(disk_image))}
    return image_from_storage_profile({key: value for key, value in cleaned.items() if value})


def _edge_zone(tree: Mapping[str, Any]) -> str:
    extended = _map(tree, "extendedLocation")
    is_edge_zone = (_text(extended, "type") or "EdgeZone").lower() == "edgezone"
    return (_text(extended, "name") or "") if is_edge_zone else ""


def _mix_sizes(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The sizes of an instance mix, recorded with `az vmss create --vm-sku Mix`."""
    return _names(_map(properties, "skuProfile").get("vmSizes"))


def _names(items: object) -> tuple[str, ...]:
    """The `name` of each object in a list."""
    objects = items if isinstance(items, list) else []
    names = [_text(item, "name") for item in objects if isinstance(item, dict)]
    return tuple(name for name in names if name)


def clean_etag(etag: object) -> str | None:
    """The etag unchanged; None if it could not be sent back in a header."""
    return etag if isinstance(etag, str) and etag.isascii() and etag.isprintable() else None


def _extension_properties(profile: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The properties of each extension in the model."""
    extensions = _map(profile, "extensionProfile").get("extensions")
    return [
        _map(extension, "properties")
        for extension in (extensions if isinstance(extensions, list) else ())
        if isinstance(extension, dict)
    ]


def _extensions(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(publisher, type) of each extension in the model, in lower case."""
    return [
        ((_text(properties, "publisher") or "").lower(), (_text(properties, "type") or "").lower())
        for properties in _extension_properties(profile)
    ]


def _health_source(properties: Mapping[str, Any], profile: Mapping[str, Any]) -> str:
    """Azure allows one source at a time (`ExternalHealthPolicy` in its API)."""
    for extension in _extension_properties(profile):
        if (_text(extension, "type") or "").lower() in _HEALTH_EXTENSIONS:
            version = _text(extension, "typeHandlerVersion") or ""
            rich = ", rich states" if version.startswith("2") else ""
            return f"Application Health extension{rich}"
    if _map(_map(profile, "networkProfile"), "healthProbe"):
        return "load balancer probe"
    if _flag(_map(properties, "externalHealthPolicy"), "enabled") is True:
        return "external health policy"
    return ""


def _map(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = tree.get(key)
    return value if isinstance(value, dict) else {}


def _text(tree: Mapping[str, Any], key: str) -> str | None:
    value = tree.get(key)
    return clean(value) if isinstance(value, str) and value else None


def _number(tree: Mapping[str, Any], key: str) -> int | None:
    value = tree.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(tree: Mapping[str, Any], key: str) -> bool | None:
    value = tree.get(key)
    return value if isinstance(value, bool) else None
