"""How the instances of a Flexible set read: as stubs in its own list, and as virtual machines.

Stubs are recorded (`vms-list-flexible-stubs`). No recording has a virtual machine with its view;
its shape follows the SDK's `VirtualMachine` model and, within, the recorded Uniform ones.
"""

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.payloads.instance_view import instance_view
from vmss_tui.simulator.payloads.scale_set import VM_TYPE, resources_of, shown_profile, storage_of
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.simulated_time import stamp

MACHINE_TYPE = "Microsoft.Compute/virtualMachines"


def machine_id(found: ScaleSet, member: Instance) -> str:
    """The ARM id of a Flexible instance's machine."""
    group = f"/subscriptions/{found.subscription}/resourceGroups/{found.group}"
    return f"{group}/providers/{MACHINE_TYPE}/{member.name}"


def stub(found: ScaleSet, member: Instance) -> Json:
    """What the set's list tells: names, and a zone that is mostly null; no properties."""
    return {
        "name": member.name,
        "id": f"{found.id}/virtualMachines/{member.name}",
        "type": VM_TYPE,
        "location": found.location,
        "instanceId": member.instance_id,
        "zones": [member.zone],
    }


def protected_stub(found: ScaleSet, member: Instance) -> Json:
    """One Flexible instance on the set's path: the stub and its protection (not verified)."""
    state = member.state
    properties: Json = {"provisioningState": state.provisioning, "vmId": member.vm_id}
    if state.protection is not None:
        properties["protectionPolicy"] = state.protection
    return {**stub(found, member), "properties": properties, "etag": f'"{state.etag}"'}


def machine(
    found: ScaleSet,
    member: Instance,
    moment: float | None = None,
    *,
    expand: bool = False,
    stale_health: bool = True,
) -> Json:
    """The virtual machine of a Flexible instance: it has neither latestModelApplied nor domains."""
    state = member.states.as_of(moment)
    profile = shown_profile(state.model, False)
    properties: Json = {
        "hardwareProfile": {"vmSize": state.model.sku.get("name", "")},
        "provisioningState": state.provisioning,
        "vmId": member.vm_id,
        "virtualMachineScaleSet": {"id": found.id},
        "storageProfile": storage_of(found, member, state),
    }
    if "osProfile" in profile:
        written = {k: v for k, v in profile["osProfile"].items() if k != "computerNamePrefix"}
        properties["osProfile"] = {"computerName": member.computer_name, **written}
    for key in ("securityProfile", "diagnosticsProfile", "licenseType", "priority"):
        if key in profile:
            properties[key] = profile[key]
    properties["networkProfile"] = {"networkInterfaces": cards(found, member, profile)}
    if expand:
        properties["instanceView"] = instance_view(found, member, moment, stale_health)
    properties["timeCreated"] = stamp(member.created_at)
    result: Json = {
        "name": member.name,
        "id": machine_id(found, member),
        "type": MACHINE_TYPE,
        "location": found.location,
        "tags": state.tags,
        "properties": properties,
    }
    if member.zone is not None:
        result["zones"] = [member.zone]
    if state.model.extensions:
        result["resources"] = resources_of(found, member, state, machine_id(found, member))
    result["etag"] = f'"{state.etag}"'
    return result


def status(found: ScaleSet, member: Instance, moment: float | None, stale_health: bool) -> Json:
    """What `statusOnly=true` leaves of a machine: who it is, and its view."""
    view = instance_view(found, member, moment, stale_health)
    return {
        "name": member.name,
        "id": machine_id(found, member),
        "type": MACHINE_TYPE,
        "location": found.location,
        "properties": {
            "vmId": member.vm_id,
            "provisioningState": member.states.as_of(moment).provisioning,
            "virtualMachineScaleSet": {"id": found.id},
            "instanceView": view,
        },
    }


def cards(found: ScaleSet, member: Instance, profile: Json) -> list[Json]:
    """References to a machine's network cards, in the order of the model's."""
    group = f"/subscriptions/{found.subscription}/resourceGroups/{found.group}"
    base = f"{group}/providers/Microsoft.Network/networkInterfaces"
    written: list[Json] = profile.get("networkProfile", {}).get(
        "networkInterfaceConfigurations", []
    )
    ending = member.vm_id[:8]
    return [
        {
            "id": f"{base}/{card['name']}-{ending}",
            "properties": {"primary": number == 0, "deleteOption": "Delete"},
        }
        for number, card in enumerate(written)
    ]
