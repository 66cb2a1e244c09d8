"""Merges the body of a PUT or PATCH into a scale set: absent properties keep their values.

Azure does so even for PUT (recorded: bodies without an image reference, the az CLI's update
with only a version in it).
"""

from vmss_tui.simulator.errors import ArmError, Json, property_change_not_allowed
from vmss_tui.simulator.world.instance import MIX

_READ_ONLY = frozenset({"id", "name", "type", "etag", "systemData"})
_READ_ONLY_PROPERTIES = frozenset({"provisioningState", "uniqueId", "timeCreated", "instanceView"})
_REPLACED_WHOLE = frozenset({"tags", "settings", "userAssignedIdentities"})
_IMAGE_IDS = ("id", "sharedGalleryImageId", "communityGalleryImageId")
_PLATFORM_KEYS = ("publisher", "offer", "sku", "version")


def merge_body(before: Json, request_body: Json) -> Json:
    """The resource's writable body after a write; neither argument is changed.

    A capacity may be text, as azurerm sends it.
    """
    changes = {key: value for key, value in request_body.items() if key not in _READ_ONLY}
    properties = _without(changes.get("properties"), _READ_ONLY_PROPERTIES)
    if properties is not None:
        profile = _without(properties.get("virtualMachineProfile"), {"timeCreated"})
        if profile is not None:
            properties["virtualMachineProfile"] = profile
        changes["properties"] = properties
    capacity = (changes.get("sku") or {}).get("capacity")
    if isinstance(capacity, str) and capacity.isdecimal() and len(capacity) < 5:
        changes["sku"] = {**changes["sku"], "capacity": int(capacity)}
    return _merge(before, changes)


def model_content(body: Json) -> Json:
    """The part of the body that makes up the model; capacity and tags do not belong to it."""
    sku = body.get("sku", {})
    return {
        "profile": body.get("properties", {}).get("virtualMachineProfile"),
        "sku": {key: value for key, value in sku.items() if key != "capacity"},
        "plan": body.get("plan"),
        "zones": body.get("zones"),
    }


def check_immutable_properties(before: Json, after: Json) -> None:
    """Raises ArmError where a write would change an immutable property, or for a bad capacity."""
    old, new = before.get("location", ""), after.get("location", "")
    if old.replace(" ", "").lower() != new.replace(" ", "").lower():
        message = f"Changing property 'location' from '{old}' to '{new}' is not allowed."
        raise ArmError(400, "PropertyChangeNotAllowed", message, "location")
    for key in ("orchestrationMode", "platformFaultDomainCount"):
        if before.get("properties", {}).get(key) != after.get("properties", {}).get(key):
            raise property_change_not_allowed(key)
    if before.get("extendedLocation") != after.get("extendedLocation"):
        raise property_change_not_allowed("extendedLocation")
    check_capacity(after)


def check_image_reference(body: Json) -> None:
    """Raises ArmError for a reference of two forms, or a managed image with TrustedLaunch."""
    profile = body.get("properties", {}).get("virtualMachineProfile") or {}
    reference: Json = (profile.get("storageProfile") or {}).get("imageReference") or {}
    forms = [key for key in (*_IMAGE_IDS, "publisher") if reference.get(key)]
    if len(forms) > 1:
        message = f"The image reference names both '{forms[0]}' and '{forms[1]}'; only one may be."
        raise ArmError(400, "InvalidParameter", message, "imageReference")
    managed = "id" in forms and "/galleries/" not in str(reference["id"]).lower()
    if managed and (profile.get("securityProfile") or {}).get("securityType") == "TrustedLaunch":
        message = (
            "Managed Images are not supported for virtual machines with security type "
            "TrustedLaunch."
        )
        raise ArmError(400, "BadRequest", message)


def check_sku_profile(body: Json) -> None:
    """Raises ArmError for a mix without sizes or in a Uniform set, and for sizes without a mix."""
    properties: Json = body.get("properties", {})
    is_mix = body.get("sku", {}).get("name") == MIX
    sizes = (properties.get("skuProfile") or {}).get("vmSizes")
    if is_mix != bool(sizes):
        message = f"The sku name must be '{MIX}' if and only if skuProfile.vmSizes names VM sizes."
        raise ArmError(400, "InvalidParameter", message, "skuProfile")
    if is_mix and properties.get("orchestrationMode") != "Flexible":
        message = "Instance mix is supported only by scale sets of orchestration mode Flexible."
        raise ArmError(400, "InvalidParameter", message, "orchestrationMode")


def check_capacity(body: Json) -> None:
    """Raises ArmError for a capacity out of range."""
    capacity = body.get("sku", {}).get("capacity", 0)
    single = body.get("properties", {}).get("singlePlacementGroup", False)
    limit = 100 if single else 1000
    if not isinstance(capacity, int) or isinstance(capacity, bool) or not 0 <= capacity <= limit:
        message = f"The value of parameter capacity is out of range. It must be from 0 to {limit}."
        raise ArmError(400, "InvalidParameter", message, "sku.capacity")


def _merge(before: Json, changes: Json) -> Json:
    result = dict(before)
    for key, value in changes.items():
        old = result.get(key)
        if value is None:
            continue
        if key == "userData" and value == "":
            result.pop(key, None)
        elif key == "imageReference" and isinstance(old, dict):
            result[key] = _merge_image_reference(old, value)
        elif key == "storageProfile" and isinstance(old, dict):
            result[key] = _merge_storage_profile(old, value)
        elif isinstance(value, dict) and isinstance(old, dict) and key not in _REPLACED_WHOLE:
            result[key] = _merge(old, value)
        else:
            result[key] = value
    reference = result.get("imageReference")
    if isinstance(reference, dict) and "exactVersion" in reference:
        result["imageReference"] = _without(reference, {"exactVersion"})
    return result


def _merge_storage_profile(old: Json, new: Json) -> Json:
    """Merges a storage profile: a blob image of the disk and an image reference exclude each other.

    The one in `new` removes the other.
    """
    result = _merge(old, new)
    disk: Json = result.get("osDisk") or {}
    if (new.get("osDisk") or {}).get("image"):
        result.pop("imageReference", None)
    elif new.get("imageReference") and "image" in disk:
        result["osDisk"] = {key: value for key, value in disk.items() if key != "image"}
    return result


def _merge_image_reference(old: Json, new: Json) -> Json:
    """Merges an image reference: its forms exclude each other; within one, absent keys stay."""
    given = {key: value for key, value in new.items() if value is not None}
    forms = [
        form
        for form in (*((key,) for key in _IMAGE_IDS), _PLATFORM_KEYS)
        if any(key in given for key in form)
    ]
    if len(forms) > 1 and any(given.get(key) != old.get(key) for key in given):
        forms = [form for form in forms if any(given.get(key) != old.get(key) for key in form)]
    if len(forms) != 1:
        return {**old, **given}
    others = {key for key in (*_IMAGE_IDS, *_PLATFORM_KEYS) if key not in forms[0]}
    return {key: value for key, value in {**old, **given}.items() if key not in others}


def _without(body: Json | None, keys: frozenset[str] | set[str]) -> Json | None:
    if not isinstance(body, dict):
        return None
    return {key: value for key, value in body.items() if key not in keys}
