"""Machines that were attached to a Flexible set: they differ from its model in everything."""

from vmss_tui.simulator.behaviour.scaling import create_instance
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.scenarios.spec import AttachedMachine
from vmss_tui.simulator.world.instance import Model
from vmss_tui.simulator.world.platform_images import (
    UNKNOWN_OS,
    ImageBuild,
    OperatingSystem,
    resolve_platform_build,
)
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

_ATTACHED_MODEL = 0
"""The serial of their models; those of a set begin at 1."""
_EARLIER = 200 * 86_400.0
"""Simulated seconds by which they are older than the set."""
_WINDOWS = OperatingSystem("Windows", "Windows Server 2019 Datacenter", "10.0.17763.7314", size=127)


def add_attached_machine(world: World, scale_set: ScaleSet, machine: AttachedMachine) -> None:
    """Adds a machine to the set: older than it, without a health extension, with tags of its own.

    One that was made of an existing disk has neither an image reference nor an OS profile.
    """
    build = _build(machine)
    profile: Json = {
        "storageProfile": _storage_profile(machine, build),
        "networkProfile": {"networkInterfaceConfigurations": [_interface(scale_set, machine)]},
    }
    if machine.image is not None:
        profile["osProfile"] = _os_profile(build)
    model = Model(_ATTACHED_MODEL, {"name": machine.size, "tier": "Standard"}, profile)
    at = scale_set.created_at - _EARLIER
    instance = create_instance(
        world, scale_set, at, model=model, build=build, attached_as=machine.name
    )
    instance.update_state(at, tags={"owner": "operations"})


def _build(machine: AttachedMachine) -> ImageBuild:
    if machine.image is None:
        os = _WINDOWS if machine.windows else UNKNOWN_OS
        return ImageBuild(f"disk of {machine.name}", os)
    publisher, offer, sku = machine.image
    reference = {"publisher": publisher, "offer": offer, "sku": sku, "version": machine.version}
    return resolve_platform_build(reference)


def _storage_profile(machine: AttachedMachine, build: ImageBuild) -> Json:
    disk = {
        "osType": build.os.kind,
        "createOption": "Attach" if machine.image is None else "FromImage",
        "caching": "ReadWrite",
        "managedDisk": {"storageAccountType": "Premium_LRS"},
        "diskSizeGB": build.os.size,
    }
    if machine.image is None:
        return {"osDisk": disk}
    publisher, offer, sku = machine.image
    reference = {"publisher": publisher, "offer": offer, "sku": sku, "version": machine.version}
    return {"imageReference": reference, "osDisk": disk}


def _os_profile(build: ImageBuild) -> Json:
    common = {"adminUsername": "localadmin", "secrets": [], "allowExtensionOperations": True}
    agent = {"provisionVMAgent": True}
    if build.os.kind == "Windows":
        return {**common, "windowsConfiguration": {**agent, "enableAutomaticUpdates": True}}
    return {**common, "linuxConfiguration": {**agent, "disablePasswordAuthentication": True}}


def _interface(scale_set: ScaleSet, machine: AttachedMachine) -> Json:
    network = (
        f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}/providers/"
        "Microsoft.Network/virtualNetworks/shared-vnet/subnets/default"
    )
    address = {"subnet": {"id": network}, "privateIPAddressVersion": "IPv4"}
    return {
        "name": f"{machine.name}-nic",
        "properties": {
            "primary": True,
            "ipConfigurations": [{"name": "ipconfig1", "properties": address}],
        },
    }
