"""What a PUT or PATCH makes of a scale set: what is absent stays as it was.

Azure does so even for PUT (recorded: bodies without an image reference, the az CLI's update
with nothing but a version in it).
"""

from vmss_tui.simulator.errors import ArmError, Json

_READ_ONLY = frozenset({"id", "name", "type", "etag", "systemData"})
_READ_ONLY_PROPERTIES = frozenset({"provisioningState", "uniqueId", "timeCreated", "instanceView"})
_WHOLE = frozenset({"tags", "settings", "userAssignedIdentities"})
_IMAGE_IDS = ("id", "sharedGalleryImageId", "communityGalleryImageId")
_PLATFORM = ("publisher", "offer", "sku", "version")


def merge_body(before: Json, asked: Json) -> Json:
    """The resource's writable body after a write; neither argument is changed.

    A capacity may be text, as azurerm sends it.
    """
    wanted = {key: value for key, value in asked.items() if key not in _READ_ONLY}
    properties = _without(wanted.get("properties"), _READ_ONLY_PROPERTIES)
    if properties is not None:
        profile = _without(properties.get("virtualMachineProfile"), {"timeCreated"})
        if profile is not None:
            properties["virtualMachineProfile"] = profile
        wanted["properties"] = properties
    capacity = (wanted.get("sku") or {}).get("capacity")
    if isinstance(capacity, str) and capacity.isdecimal() and len(capacity) < 5:
        wanted["sku"] = {**wanted["sku"], "capacity": int(capacity)}
    return _merge(before, wanted)


def model_content(body: Json) -> Json:
    """That part of the body which every instance must follow; capacity and tags are not."""
    sku = body.get("sku", {})
    return {
        "profile": body.get("properties", {}).get("virtualMachineProfile"),
        "sku": {key: value for key, value in sku.items() if key != "capacity"},
        "plan": body.get("plan"),
        "zones": body.get("zones"),
    }


def check_immutable_properties(before: Json, after: Json) -> None:
    """Raises Azure's refusal where a write would change what is fixed for good."""
    old, new = before.get("location", ""), after.get("location", "")
    if old.replace(" ", "").lower() != new.replace(" ", "").lower():
        message = f"Changing property 'location' from '{old}' to '{new}' is not allowed."
        raise ArmError(400, "PropertyChangeNotAllowed", message, "location")
    for key in ("orchestrationMode", "platformFaultDomainCount"):
        was, wanted = (each.get("properties", {}).get(key) for each in (before, after))
        if was != wanted:
            message = f"Changing property '{key}' is not allowed."
            raise ArmError(409, "PropertyChangeNotAllowed", message, key)
    check_capacity(after)


def check_image_reference(body: Json) -> None:
    """Raises Azure's refusal of an image reference of two forms, or one that needs another VM."""
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


def check_capacity(body: Json) -> None:
    """Raises Azure's refusal of a capacity that the set cannot have."""
    capacity = body.get("sku", {}).get("capacity", 0)
    single = body.get("properties", {}).get("singlePlacementGroup", False)
    limit = 100 if single else 1000
    if not isinstance(capacity, int) or isinstance(capacity, bool) or not 0 <= capacity <= limit:
        message = f"The value of parameter capacity is out of range. It must be from 0 to {limit}."
        raise ArmError(400, "InvalidParameter", message, "sku.capacity")


def _merge(before: Json, asked: Json) -> Json:
    result = dict(before)
    for key, value in asked.items():
        old = result.get(key)
        if value is None:
            continue
        if key == "userData" and value == "":
            result.pop(key, None)
        elif key == "imageReference" and isinstance(old, dict):
            result[key] = _image(old, value)
        elif key == "storageProfile" and isinstance(old, dict):
            result[key] = _storage(old, value)
        elif isinstance(value, dict) and isinstance(old, dict) and key not in _WHOLE:
            result[key] = _merge(old, value)
        else:
            result[key] = value
    reference = result.get("imageReference")
    if isinstance(reference, dict) and "exactVersion" in reference:
        result["imageReference"] = _without(reference, {"exactVersion"})
    return result


def _storage(old: Json, new: Json) -> Json:
    """A blob as the disk's image and an image reference exclude each other too."""
    result = _merge(old, new)
    disk: Json = result.get("osDisk") or {}
    if (new.get("osDisk") or {}).get("image"):
        result.pop("imageReference", None)
    elif new.get("imageReference") and "image" in disk:
        result["osDisk"] = {key: value for key, value in disk.items() if key != "image"}
    return result


def _image(old: Json, new: Json) -> Json:
    """The forms of an image reference exclude each other; within a form what is absent stays."""
    given = {key: value for key, value in new.items() if value is not None}
    forms = [
        form
        for form in (*((key,) for key in _IMAGE_IDS), _PLATFORM)
        if any(key in given for key in form)
    ]
    if len(forms) > 1 and any(given.get(key) != old.get(key) for key in given):
        forms = [form for form in forms if any(given.get(key) != old.get(key) for key in form)]
    if len(forms) != 1:
        return {**old, **given}
    others = {key for key in (*_IMAGE_IDS, *_PLATFORM) if key not in forms[0]}
    return {key: value for key, value in {**old, **given}.items() if key not in others}


def _without(body: Json | None, names: frozenset[str] | set[str]) -> Json | None:
    if not isinstance(body, dict):
        return None
    return {key: value for key, value in body.items() if key not in names}
