"""Scale sets whose model is edited, and names of images."""

from typing import Any

from tests.support.engine_world import SET
from vmss_tui.fleet.image import image_from_storage_profile
from vmss_tui.fleet.model_edit.change import Change
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet

COMPUTE = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g"
    "/providers/Microsoft.Compute"
)
MANAGED = f"{COMPUTE}/images/gold"
GALLERY = f"{COMPUTE}/galleries/gal/images/web"
PLATFORM = {"publisher": "Canonical", "offer": "jammy", "sku": "22_04", "version": "1.0.0"}
STORAGE = "properties.virtualMachineProfile.storageProfile"


def edited_set(
    storage: dict[str, Any] | None = None,
    *,
    mode: PolicyMode = PolicyMode.MANUAL,
    capacity: int = 3,
    etag: str = '"1"',
    automatic_repairs: bool = False,
    automatic_os_upgrade: bool = False,
    **profile: Any,
) -> ScaleSet:
    storage = {"imageReference": PLATFORM} if storage is None else storage
    raw = {
        "etag": etag,
        "sku": {"name": "Standard_D2s_v5", "tier": "Standard", "capacity": capacity},
        "properties": {
            "provisioningState": "Succeeded",
            "upgradePolicy": {"mode": mode.value},
            "virtualMachineProfile": {"storageProfile": storage, **profile},
        },
    }
    return ScaleSet(
        id=SET,
        policy_mode=mode,
        capacity=capacity,
        image=image_from_storage_profile(storage),
        etag=etag,
        automatic_repairs=automatic_repairs,
        automatic_os_upgrade=automatic_os_upgrade,
        raw=raw,
    )


def storage_body(model_change: Change) -> Any:
    return model_change.body["properties"]["virtualMachineProfile"]["storageProfile"]
