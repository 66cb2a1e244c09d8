"""The bodies of Flexible instances: stubs in the set's own list, and virtual machines.

Stubs are recorded (`vms-list-flexible-stubs`). No recording has a virtual machine with its view;
the shape follows the SDK's `VirtualMachine` model and the recorded Uniform instances.
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.instance import (
    INSTANCE_TYPE,
    extension_bodies,
    storage_profile_body,
)
from vmss_tui.simulator.payloads.instance_view import instance_view_body
from vmss_tui.simulator.payloads.observation import Observation
from vmss_tui.simulator.payloads.redaction import public_profile
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.simulated_time import timestamp

MACHINE_TYPE = "Microsoft.Compute/virtualMachines"


def machine_resource_id(scale_set: ScaleSet, instance: Instance) -> str:
    """The ARM id of a Flexible instance's machine."""
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}"
    return f"{group}/providers/{MACHINE_TYPE}/{instance.name}"


def stub_body(scale_set: ScaleSet, instance: Instance) -> Json:
    """An item of the set's own list: names, and a zone that is mostly null; no properties."""
    return {
        "name": instance.name,
        "id": f"{scale_set.id}/virtualMachines/{instance.name}",
        "type": INSTANCE_TYPE,
        "location": scale_set.location,
        "instanceId": instance.instance_id,
        "zones": [instance.zone],
    }


def protected_stub_body(scale_set: ScaleSet, instance: Instance, observation: Observation) -> Json:
    """One Flexible instance at the set's path: a stub with its protection (not verified)."""
    state = observation.state
    properties: Json = {"provisioningState": state.provisioning, "vmId": instance.vm_id}
    if state.protection is not None:
        properties["protectionPolicy"] = state.protection
    return {**stub_body(scale_set, instance), "properties": properties, "etag": f'"{state.etag}"'}


def machine_body(
    scale_set: ScaleSet,
    instance: Instance,
    observation: Observation,
    *,
    expand: bool = False,
) -> Json:
    """The virtual machine of a Flexible instance; without latestModelApplied and domains."""
    state = observation.state
    profile = public_profile(state.model, False)
    properties: Json = {
        "hardwareProfile": {"vmSize": state.model.sku.get("name", "")},
        "provisioningState": state.provisioning,
        "vmId": instance.vm_id,
        "virtualMachineScaleSet": {"id": scale_set.id},
        "storageProfile": storage_profile_body(scale_set, instance, state),
    }
    if "osProfile" in profile:
        os_profile = {k: v for k, v in profile["osProfile"].items() if k != "computerNamePrefix"}
        properties["osProfile"] = {"computerName": instance.computer_name, **os_profile}
    for key in ("securityProfile", "diagnosticsProfile", "licenseType", "priority"):
        if key in profile:
            properties[key] = profile[key]
    properties["networkProfile"] = {
        "networkInterfaces": interface_references(scale_set, instance, profile)
    }
    if expand:
        properties["instanceView"] = instance_view_body(scale_set, instance, observation)
    properties["timeCreated"] = timestamp(instance.created_at)
    result: Json = {
        "name": instance.name,
        "id": machine_resource_id(scale_set, instance),
        "type": MACHINE_TYPE,
        "location": scale_set.location,
        "tags": state.tags,
        "properties": properties,
    }
    if instance.zone is not None:
        result["zones"] = [instance.zone]
    if state.model.extensions:
        result["resources"] = extension_bodies(
            scale_set, instance, state, machine_resource_id(scale_set, instance)
        )
    result["etag"] = f'"{state.etag}"'
    return result


def machine_status_body(scale_set: ScaleSet, instance: Instance, observation: Observation) -> Json:
    """A machine with `statusOnly=true`: its identity and its view."""
    view = instance_view_body(scale_set, instance, observation)
    return {
        "name": instance.name,
        "id": machine_resource_id(scale_set, instance),
        "type": MACHINE_TYPE,
        "location": scale_set.location,
        "properties": {
            "vmId": instance.vm_id,
            "provisioningState": observation.state.provisioning,
            "virtualMachineScaleSet": {"id": scale_set.id},
            "instanceView": view,
        },
    }


def interface_references(scale_set: ScaleSet, instance: Instance, profile: Json) -> list[Json]:
    """References to a machine's network interfaces, in the order of the model."""
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}"
    base = f"{group}/providers/Microsoft.Network/networkInterfaces"
    configurations: list[Json] = profile.get("networkProfile", {}).get(
        "networkInterfaceConfigurations", []
    )
    suffix = instance.vm_id[:8]
    return [
        {
            "id": f"{base}/{configuration['name']}-{suffix}",
            "properties": {"primary": number == 0, "deleteOption": "Delete"},
        }
        for number, configuration in enumerate(configurations)
    ]
