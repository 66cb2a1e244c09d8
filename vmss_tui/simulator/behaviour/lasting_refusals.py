"""Writes that Azure refuses for as long as something does not change: no retry helps."""

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_CUSTOMER_IMAGES = ("id", "sharedGalleryImageId", "communityGalleryImageId")
_SKU_KEYS = ("publisher", "offer", "sku")


def check_not_deleting(world: World, scale_set: ScaleSet, operation: str) -> None:
    """Raises ArmError (409) for a write to a set that is being deleted.

    `operation` is the name of the write in the message, such as `PATCH`.
    """
    is_deleting = scale_set.state.provisioning == "Deleting"
    if is_deleting or world.faults.refusals.of_set("deletion", scale_set.label):
        raise errors.marked_for_deletion(operation, scale_set.name)


def check_model_refusals(world: World, scale_set: ScaleSet, after: Json) -> None:
    """Raises ArmError (409) where a fault refuses what changes from the set's body to `after`."""
    refusals, before = world.faults.refusals, scale_set.state.body
    if not refusals.active:
        return
    old, new = _image_reference(before), _image_reference(after)
    if _image_type(old) != _image_type(new) and refusals.of_set("image_type", scale_set.label):
        raise errors.operation_not_allowed(
            "The Image type for a Virtual Machine Scale Set may not be changed."
        )
    for key in _SKU_KEYS:
        if old.get(key) != new.get(key) and refusals.of_set("image_sku", scale_set.label):
            raise errors.property_change_not_allowed(f"imageReference.{key}")
    size = after.get("sku", {}).get("name")
    is_new_size = size != before.get("sku", {}).get("name")
    if is_new_size and refusals.of_set("size", scale_set.label):
        raise errors.sku_not_available(str(size), scale_set.location)


def _image_reference(body: Json) -> Json:
    profile: Json = body.get("properties", {}).get("virtualMachineProfile") or {}
    reference: Json = (profile.get("storageProfile") or {}).get("imageReference") or {}
    return reference


def _image_type(reference: Json) -> str:
    if not reference:
        return "blob"
    return "customer" if any(reference.get(key) for key in _CUSTOMER_IMAGES) else "platform"
