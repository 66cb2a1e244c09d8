"""The bodies of the instances of Uniform scale sets. Missing values are left out, never null.

Shapes, key order and spelling follow the recorded exchanges (`vms-list-*`).
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.instance_view import instance_view_body
from vmss_tui.simulator.payloads.observation import Observation
from vmss_tui.simulator.payloads.redaction import public_profile
from vmss_tui.simulator.world.instance import Instance, InstanceState
from vmss_tui.simulator.world.scale_set import ScaleSet, os_disk_name
from vmss_tui.simulator.world.simulated_time import timestamp

INSTANCE_TYPE = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"


def instance_body(
    scale_set: ScaleSet,
    instance: Instance,
    observation: Observation,
    *,
    expand: bool = False,
    user_data: bool = False,
) -> Json:
    """A virtual machine of a Uniform scale set; `expand` adds its instance view."""
    state = observation.state
    model = state.model
    profile = public_profile(model, user_data)
    properties: Json = {
        "latestModelApplied": observation.has_latest_model,
        "modelDefinitionApplied": "VirtualMachineScaleSet",
    }
    if expand:
        properties["instanceView"] = instance_view_body(scale_set, instance, observation)
    network = profile.get("networkProfile", {})
    properties["networkProfileConfiguration"] = {
        "networkInterfaceConfigurations": network.get("networkInterfaceConfigurations", [])
    }
    if state.protection is not None:
        properties["protectionPolicy"] = state.protection
    properties |= {
        "provisioningState": state.provisioning,
        "hardwareProfile": {"vmSize": model.sku.get("name", "")},
        "resilientVMDeletionStatus": "Disabled",
        "vmId": instance.vm_id,
        "storageProfile": storage_profile_body(scale_set, instance, state),
    }
    if "osProfile" in profile:
        os_profile = {k: v for k, v in profile["osProfile"].items() if k != "computerNamePrefix"}
        properties["osProfile"] = {"computerName": instance.computer_name, **os_profile}
    for key in ("securityProfile", "diagnosticsProfile", "licenseType", "userData"):
        if key in profile:
            properties[key] = profile[key]
    instance_id = instance_resource_id(scale_set, instance)
    properties["networkProfile"] = {
        "networkInterfaces": [
            {"id": f"{instance_id}/networkInterfaces/{interface['name']}"}
            for interface in network.get("networkInterfaceConfigurations", [])
        ]
    }
    properties["timeCreated"] = timestamp(instance.created_at)
    result: Json = {
        "name": instance.name,
        "id": instance_id,
        "type": INSTANCE_TYPE,
        "location": scale_set.location,
        "tags": state.tags,
        "instanceId": instance.instance_id,
        "sku": {"name": model.sku.get("name", ""), "tier": model.sku.get("tier", "Standard")},
        "properties": properties,
    }
    if instance.zone is not None:
        result["zones"] = [instance.zone]
    if model.extensions:
        result["resources"] = extension_bodies(scale_set, instance, state, instance_id)
    result["etag"] = f'"{state.etag}"'
    return result


def selected_instance_body(scale_set: ScaleSet, instance: Instance, full: Json) -> Json:
    """An instance with `$select=instanceView&$expand=instanceView`.

    Its `latestModelApplied` is always false, whatever the model (recorded:
    vms-list-select-expand-instanceView).
    """
    return {
        "id": instance_resource_id(scale_set, instance),
        "instanceId": instance.instance_id,
        "properties": {
            "latestModelApplied": False,
            "instanceView": full["properties"]["instanceView"],
            "provisioningState": full["properties"]["provisioningState"],
            "hardwareProfile": {},
        },
    }


def instance_resource_id(scale_set: ScaleSet, instance: Instance) -> str:
    """The ARM id of an instance of a Uniform set."""
    return f"{scale_set.id}/virtualMachines/{instance.instance_id}"


def storage_profile_body(scale_set: ScaleSet, instance: Instance, state: InstanceState) -> Json:
    """The disks of an instance, and the image of its OS disk."""
    profile: Json = state.model.profile.get("storageProfile", {})
    os_disk: Json = profile.get("osDisk", {})
    name = os_disk_name(scale_set, instance, state.disk)
    disk_id = (
        f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}/providers/"
        f"Microsoft.Compute/disks/{name}"
    )
    os = state.build.os
    result: Json = {}
    if state.model.image_reference:
        reference = dict(state.model.image_reference)
        if state.build.version is not None:
            reference["exactVersion"] = state.build.version
        result["imageReference"] = reference
    result["osDisk"] = {
        "osType": os_disk.get("osType", os.kind),
        "name": name,
        "createOption": os_disk.get("createOption", "FromImage"),
        "caching": os_disk.get("caching", "ReadWrite"),
        **_disk_location(os_disk, name, disk_id),
        "diskSizeGB": os_disk.get("diskSizeGB", os.size),
    }
    result["dataDisks"] = [
        {**disk, "name": f"{instance.name}_disk{disk.get('lun', 0)}"}
        for disk in profile.get("dataDisks", [])
    ]
    if "diskControllerType" in profile:
        result["diskControllerType"] = profile["diskControllerType"]
    return result


def _disk_location(os_disk: Json, name: str, disk_id: str) -> Json:
    """The reference to a managed disk, or the blobs of an unmanaged one."""
    containers = os_disk.get("vhdContainers")
    if isinstance(containers, list) and containers:
        disk: Json = {"vhd": {"uri": f"{containers[0]}/{name}.vhd"}}
        return disk | ({"image": os_disk["image"]} if "image" in os_disk else {})
    managed: Json = os_disk.get("managedDisk") or {}
    kind = managed.get("storageAccountType", "Premium_LRS")
    return {"managedDisk": {"storageAccountType": kind, "id": disk_id}}


def extension_bodies(
    scale_set: ScaleSet, instance: Instance, state: InstanceState, owner: str
) -> list[Json]:
    """An instance's extensions as resources; `owner` is the instance's ARM id."""
    profile = public_profile(state.model, False)
    extensions = profile.get("extensionProfile", {}).get("extensions", [])
    return [
        {
            "name": extension["name"],
            "id": f"{owner}/extensions/{extension['name']}",
            "type": "Microsoft.Compute/virtualMachines/extensions",
            "location": scale_set.location,
            "properties": {
                "provisioningState": "Succeeded" if state.failure is None else "Failed",
                **extension.get("properties", {}),
            },
        }
        for extension in extensions
    ]
