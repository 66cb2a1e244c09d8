"""The bodies of scale sets and of their instances. Missing values are left out, never null.

Shapes, key order and spelling follow the recorded exchanges (`vmss-get-*`, `vms-list-*`,
`vm-instanceView-*`); the text of `vmHealth` is from documentation, as no recording has one.
"""

from functools import lru_cache
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.instance_view import instance_view_body
from vmss_tui.simulator.world.instance import Instance, InstanceState, Model
from vmss_tui.simulator.world.scale_set import ScaleSet, os_disk_name
from vmss_tui.simulator.world.simulated_time import timestamp

_SECRETS = frozenset({"adminPassword", "customData", "protectedSettings"})


def without_secrets(body: Any, *, user_data: bool = False) -> Any:
    """A copy without secrets; with `userData` only where `$expand=userData` requests it."""
    if isinstance(body, dict):
        return {
            key: without_secrets(value, user_data=user_data)
            for key, value in body.items()
            if key not in _SECRETS and (user_data or key != "userData")
        }
    if isinstance(body, list):
        return [without_secrets(item, user_data=user_data) for item in body]
    return body


SCALE_SET_TYPE = "Microsoft.Compute/virtualMachineScaleSets"
INSTANCE_TYPE = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"


def scale_set_body(
    scale_set: ScaleSet, moment: float | None = None, *, user_data: bool = False
) -> Json:
    """The scale set's resource at `moment` (None: now)."""
    state = scale_set.states.as_of(moment)
    body: Json = without_secrets(state.body, user_data=user_data)
    properties = dict(body.get("properties", {}))
    profile = properties.get("virtualMachineProfile")
    if profile is not None:
        properties["virtualMachineProfile"] = {
            **profile,
            "timeCreated": timestamp(scale_set.created_at),
        }
    properties["provisioningState"] = state.provisioning
    properties["uniqueId"] = scale_set.unique_id
    properties["timeCreated"] = timestamp(scale_set.created_at)
    result: Json = {
        "name": scale_set.name,
        "id": scale_set.id,
        "type": SCALE_SET_TYPE,
        "location": scale_set.location,
        "tags": body.get("tags", {}),
    }
    for key in ("sku", "identity", "plan"):
        if key in body:
            result[key] = body[key]
    result["etag"] = state.quoted_etag
    result["properties"] = properties
    if scale_set.zones:
        result["zones"] = scale_set.zones
    return result


def scale_set_view_body(scale_set: ScaleSet, moment: float | None = None) -> Json:
    """The scale set's instance view: counts of provisioning states, never of power states."""
    states = [item.states.as_of(moment) for item in scale_set.sorted_instances(moment)]
    state = scale_set.states.as_of(moment)
    succeeded = state.provisioning == "Succeeded"
    status: Json = {
        "code": f"ProvisioningState/{state.provisioning.lower()}",
        "level": "Error" if state.provisioning == "Failed" else "Info",
        "displayStatus": "Provisioning succeeded" if succeeded else state.provisioning,
    }
    if state.provisioning in ("Succeeded", "Failed"):
        status["time"] = timestamp(state.settled_at)
    result: Json = {"virtualMachine": {"statusesSummary": _summary(states)}}
    extensions = [
        {"name": extension["name"], "statusesSummary": _summary(states)}
        for extension in state.model.extensions
    ]
    if extensions:
        result["extensions"] = extensions
    if state.properties.get("automaticRepairsPolicy", {}).get("enabled"):
        service = {
            "serviceName": "AutomaticRepairs",
            "serviceState": scale_set.automatic_repairs_state,
        }
        result["orchestrationServices"] = [service]
    result["statuses"] = [status]
    return result


def instance_body(
    scale_set: ScaleSet,
    instance: Instance,
    moment: float | None = None,
    *,
    expand: bool = False,
    user_data: bool = False,
    outdated_report_health: bool = True,
) -> Json:
    """A virtual machine of a Uniform scale set; `expand` adds its instance view."""
    state = instance.states.as_of(moment)
    model = state.model
    profile = public_profile(model, user_data)
    properties: Json = {
        "latestModelApplied": scale_set.has_latest_model(instance, moment),
        "modelDefinitionApplied": "VirtualMachineScaleSet",
    }
    if expand:
        properties["instanceView"] = instance_view_body(
            scale_set, instance, moment, outdated_report_health
        )
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
    properties["networkProfile"] = {
        "networkInterfaces": [
            {
                "id": f"{instance_resource_id(scale_set, instance)}/networkInterfaces/{interface['name']}"
            }
            for interface in network.get("networkInterfaceConfigurations", [])
        ]
    }
    properties["timeCreated"] = timestamp(instance.created_at)
    result: Json = {
        "name": instance.name,
        "id": instance_resource_id(scale_set, instance),
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
        result["resources"] = extension_bodies(
            scale_set, instance, state, instance_resource_id(scale_set, instance)
        )
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


@lru_cache(maxsize=256)
def public_profile(model: Model, user_data: bool) -> Json:
    """A model's profile without its secrets; cached, so never change it in place."""
    profile: Json = without_secrets(model.profile, user_data=user_data)
    return profile


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


def _summary(states: list[InstanceState]) -> list[Json]:
    counts: dict[str, int] = {}
    for state in states:
        code = f"ProvisioningState/{state.provisioning.lower()}"
        counts[code] = counts.get(code, 0) + 1
    return [{"code": code, "count": count} for code, count in sorted(counts.items())]
