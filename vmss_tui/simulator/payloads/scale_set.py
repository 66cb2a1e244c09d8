"""How scale sets and instances read on the wire. Absent is left out, never null.

Shapes, key order and spellings follow the recorded exchanges (`vmss-get-*`, `vms-list-*`,
`vm-instanceView-*`); the text of `vmHealth` is from documentation, no recording has one.
"""

from functools import lru_cache
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.instance_view import instance_view
from vmss_tui.simulator.world.instance import Instance, Model, State
from vmss_tui.simulator.world.scale_set import ScaleSet, disk_name
from vmss_tui.simulator.world.simulated_time import stamp

_NEVER = frozenset({"adminPassword", "customData", "protectedSettings"})


def visible(body: Any, *, user_data: bool = False) -> Any:
    """A copy without secrets; `userData` stays only where `$expand=userData` asked for it."""
    if isinstance(body, dict):
        return {
            key: visible(value, user_data=user_data)
            for key, value in body.items()
            if key not in _NEVER and (user_data or key != "userData")
        }
    if isinstance(body, list):
        return [visible(item, user_data=user_data) for item in body]
    return body


SET_TYPE = "Microsoft.Compute/virtualMachineScaleSets"
VM_TYPE = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"


def scale_set(found: ScaleSet, moment: float | None = None, *, user_data: bool = False) -> Json:
    """The scale set's resource, as it is or as it was at `moment`."""
    state = found.states.as_of(moment)
    body: Json = visible(state.body, user_data=user_data)
    properties = dict(body.get("properties", {}))
    profile = properties.get("virtualMachineProfile")
    if profile is not None:
        properties["virtualMachineProfile"] = {**profile, "timeCreated": stamp(found.created_at)}
    properties["provisioningState"] = state.provisioning
    properties["uniqueId"] = found.unique_id
    properties["timeCreated"] = stamp(found.created_at)
    result: Json = {
        "name": found.name,
        "id": found.id,
        "type": SET_TYPE,
        "location": found.location,
        "tags": body.get("tags", {}),
    }
    for key in ("sku", "identity", "plan"):
        if key in body:
            result[key] = body[key]
    result["etag"] = state.quoted_etag
    result["properties"] = properties
    if found.zones:
        result["zones"] = found.zones
    return result


def set_view(found: ScaleSet, moment: float | None = None) -> Json:
    """The scale set's instance view: counts of provisioning states, never of power states."""
    states = [each.states.as_of(moment) for each in found.members(moment)]
    state = found.states.as_of(moment)
    succeeded = state.provisioning == "Succeeded"
    status: Json = {
        "code": f"ProvisioningState/{state.provisioning.lower()}",
        "level": "Error" if state.provisioning == "Failed" else "Info",
        "displayStatus": "Provisioning succeeded" if succeeded else state.provisioning,
    }
    if state.provisioning in ("Succeeded", "Failed"):
        status["time"] = stamp(state.settled_at)
    result: Json = {"virtualMachine": {"statusesSummary": _summary(states)}}
    extensions = [
        {"name": extension["name"], "statusesSummary": _summary(states)}
        for extension in state.model.extensions
    ]
    if extensions:
        result["extensions"] = extensions
    if state.properties.get("automaticRepairsPolicy", {}).get("enabled"):
        service = {"serviceName": "AutomaticRepairs", "serviceState": found.automatic_repairs}
        result["orchestrationServices"] = [service]
    result["statuses"] = [status]
    return result


def instance(
    found: ScaleSet,
    member: Instance,
    moment: float | None = None,
    *,
    expand: bool = False,
    user_data: bool = False,
    stale_health: bool = True,
) -> Json:
    """A virtual machine of a scale set; `expand` adds its instance view."""
    state = member.states.as_of(moment)
    model = state.model
    profile = shown_profile(model, user_data)
    properties: Json = {
        "latestModelApplied": found.is_current(member, moment),
        "modelDefinitionApplied": "VirtualMachineScaleSet",
    }
    if expand:
        properties["instanceView"] = instance_view(found, member, moment, stale_health)
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
        "vmId": member.vm_id,
        "storageProfile": storage_of(found, member, state),
    }
    if "osProfile" in profile:
        prefix_free = {k: v for k, v in profile["osProfile"].items() if k != "computerNamePrefix"}
        properties["osProfile"] = {"computerName": member.computer_name, **prefix_free}
    for key in ("securityProfile", "diagnosticsProfile", "licenseType", "userData"):
        if key in profile:
            properties[key] = profile[key]
    properties["networkProfile"] = {
        "networkInterfaces": [
            {"id": f"{resource_id(found, member)}/networkInterfaces/{nic['name']}"}
            for nic in network.get("networkInterfaceConfigurations", [])
        ]
    }
    properties["timeCreated"] = stamp(member.created_at)
    result: Json = {
        "name": member.name,
        "id": resource_id(found, member),
        "type": VM_TYPE,
        "location": found.location,
        "tags": state.tags,
        "instanceId": member.instance_id,
        "sku": {"name": model.sku.get("name", ""), "tier": model.sku.get("tier", "Standard")},
        "properties": properties,
    }
    if member.zone is not None:
        result["zones"] = [member.zone]
    if model.extensions:
        result["resources"] = resources_of(found, member, state, resource_id(found, member))
    result["etag"] = f'"{state.etag}"'
    return result


def selected(found: ScaleSet, member: Instance, full: Json) -> Json:
    """What `$select=instanceView&$expand=instanceView` leaves of an instance.

    Its `latestModelApplied` is a false that means nothing (recorded:
    vms-list-select-expand-instanceView), faithfully so.
    """
    return {
        "id": resource_id(found, member),
        "instanceId": member.instance_id,
        "properties": {
            "latestModelApplied": False,
            "instanceView": full["properties"]["instanceView"],
            "provisioningState": full["properties"]["provisioningState"],
            "hardwareProfile": {},
        },
    }


@lru_cache(maxsize=256)
def shown_profile(model: Model, user_data: bool) -> Json:
    """A model's profile without its secrets; shared, so never changed in place."""
    shown: Json = visible(model.profile, user_data=user_data)
    return shown


def resource_id(found: ScaleSet, member: Instance) -> str:
    return f"{found.id}/virtualMachines/{member.instance_id}"


def storage_of(found: ScaleSet, member: Instance, state: State) -> Json:
    """The disks of an instance, and what its OS disk was made from."""
    profile: Json = state.model.profile.get("storageProfile", {})
    os_disk: Json = profile.get("osDisk", {})
    name = disk_name(found, member, state.disk)
    disk_id = (
        f"/subscriptions/{found.subscription}/resourceGroups/{found.group}/providers/"
        f"Microsoft.Compute/disks/{name}"
    )
    os = state.build.os
    result: Json = {}
    if state.model.image:
        reference = dict(state.model.image)
        if state.build.version is not None:
            reference["exactVersion"] = state.build.version
        result["imageReference"] = reference
    result["osDisk"] = {
        "osType": os_disk.get("osType", os.kind),
        "name": name,
        "createOption": os_disk.get("createOption", "FromImage"),
        "caching": os_disk.get("caching", "ReadWrite"),
        **_where(os_disk, name, disk_id),
        "diskSizeGB": os_disk.get("diskSizeGB", os.size),
    }
    result["dataDisks"] = [
        {**disk, "name": f"{member.name}_disk{disk.get('lun', 0)}"}
        for disk in profile.get("dataDisks", [])
    ]
    if "diskControllerType" in profile:
        result["diskControllerType"] = profile["diskControllerType"]
    return result


def _where(os_disk: Json, name: str, disk_id: str) -> Json:
    """A managed disk, or the blobs of an unmanaged one."""
    containers = os_disk.get("vhdContainers")
    if isinstance(containers, list) and containers:
        found: Json = {"vhd": {"uri": f"{containers[0]}/{name}.vhd"}}
        return found | ({"image": os_disk["image"]} if "image" in os_disk else {})
    managed: Json = os_disk.get("managedDisk") or {}
    kind = managed.get("storageAccountType", "Premium_LRS")
    return {"managedDisk": {"storageAccountType": kind, "id": disk_id}}


def resources_of(found: ScaleSet, member: Instance, state: State, owner: str) -> list[Json]:
    """An instance's extensions as resources below `owner`, its id."""
    shown = shown_profile(state.model, False).get("extensionProfile", {}).get("extensions", [])
    return [
        {
            "name": extension["name"],
            "id": f"{owner}/extensions/{extension['name']}",
            "type": "Microsoft.Compute/virtualMachines/extensions",
            "location": found.location,
            "properties": {
                "provisioningState": "Succeeded" if state.failure is None else "Failed",
                **extension.get("properties", {}),
            },
        }
        for extension in shown
    ]


def _summary(states: list[State]) -> list[Json]:
    counts: dict[str, int] = {}
    for state in states:
        code = f"ProvisioningState/{state.provisioning.lower()}"
        counts[code] = counts.get(code, 0) + 1
    return [{"code": code, "count": count} for code, count in sorted(counts.items())]
