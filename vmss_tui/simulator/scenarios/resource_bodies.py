"""The resource bodies of a scenario's scale sets, with the properties of a complete definition."""

from vmss_tui.simulator.behaviour.defaults import with_defaults
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.scenarios.spec import ScaleSetSpec
from vmss_tui.simulator.world.instance import MIX
from vmss_tui.simulator.world.platform_images import OperatingSystem, find_sku


def resource_body(subscription: str, spec: ScaleSetSpec, version: str) -> Json:
    """The body of a scale set with `version` of its image in the model."""
    if spec.without_model:
        mode = {"orchestrationMode": "Flexible" if spec.flexible else "Uniform"}
        return with_defaults({"location": spec.location, "tags": {}, "properties": mode})
    os = _operating_system(spec)
    windows = os.kind == "Windows"
    network = (
        f"/subscriptions/{subscription}/resourceGroups/{spec.group}/providers/Microsoft.Network"
    )
    balancer = f"{network}/loadBalancers/{spec.name}-lb/backendAddressPools/{spec.name}-pool"
    subnet = f"{network}/virtualNetworks/{spec.name}-vnet/subnets/default"
    profile: Json = {
        "osProfile": {
            "computerNamePrefix": spec.name.replace("-", "")[:9],
            "adminUsername": "azureuser",
            **_os_configuration(windows),
            "secrets": [],
            "allowExtensionOperations": True,
            "requireGuestProvisionSignal": True,
        },
        "storageProfile": _storage_profile(subscription, spec, os, version),
        "networkProfile": {
            "networkInterfaceConfigurations": [
                {
                    "name": f"{spec.name}-nic",
                    "properties": {
                        "primary": True,
                        "enableAcceleratedNetworking": True,
                        "disableTcpStateTracking": False,
                        "networkSecurityGroup": {
                            "id": f"{network}/networkSecurityGroups/{spec.name}-nsg"
                        },
                        "dnsSettings": {"dnsServers": []},
                        "enableIPForwarding": False,
                        "ipConfigurations": [
                            {
                                "name": f"{spec.name}-ip",
                                "properties": {
                                    "subnet": {"id": subnet},
                                    "privateIPAddressVersion": "IPv4",
                                    "loadBalancerBackendAddressPools": [{"id": balancer}],
                                },
                            }
                        ],
                    },
                }
            ]
        },
        "extensionProfile": {"extensions": _extensions(spec, windows)},
    }
    has_reference = "imageReference" in profile["storageProfile"]
    if has_reference and os.generation == "V2" and not _is_managed_image(spec):
        profile["securityProfile"] = {
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
            "securityType": "TrustedLaunch",
        }
    if spec.boot_diagnostics:
        profile["diagnosticsProfile"] = _boot_diagnostics(spec.boot_diagnostics)
    if spec.spot:
        profile |= {
            "priority": "Spot",
            "evictionPolicy": "Deallocate",
            "billingProfile": {"maxPrice": -1.0},
        }
    properties: Json = {
        "upgradePolicy": _upgrade_policy(spec.mode),
        "virtualMachineProfile": profile,
        **_orchestration_properties(spec),
        **spec.extra_properties,
    }
    body: Json = {
        "location": spec.location,
        "tags": dict(spec.tags),
        "sku": {
            "name": MIX if spec.sizes else spec.size,
            "tier": "Standard",
            "capacity": spec.capacity + len(spec.attached),
        },
        "properties": properties,
    }
    if spec.sizes:
        properties["skuProfile"] = {
            "vmSizes": [{"name": size} for size in spec.sizes],
            "allocationStrategy": "CapacityOptimized",
        }
    if spec.edge_zone:
        body["extendedLocation"] = {"name": spec.edge_zone, "type": "EdgeZone"}
    if spec.managed_by:
        body["managedBy"] = spec.managed_by.format(sub=subscription)
    if spec.zones:
        body["zones"] = list(spec.zones)
        properties["zoneBalance"] = True
    return with_defaults(body)


def _boot_diagnostics(place: str) -> Json:
    setting: Json = {"enabled": True}
    return {"bootDiagnostics": setting | ({} if place == "managed" else {"storageUri": place})}


def _operating_system(spec: ScaleSetSpec) -> OperatingSystem:
    if isinstance(spec.image, str):
        kind = "Windows" if spec.windows else "Linux"
        return OperatingSystem(kind, kind.lower(), "1.0", size=127 if spec.windows else 30)
    sku = find_sku(*spec.image)
    if sku is None:
        raise LookupError(f"scenario image {spec.image} is not in the catalogue")
    return sku.os


def _is_managed_image(spec: ScaleSetSpec) -> bool:
    return isinstance(spec.image, str) and "/galleries/" not in spec.image


def _orchestration_properties(spec: ScaleSetSpec) -> Json:
    if spec.flexible:
        return {
            "singlePlacementGroup": False,
            "orchestrationMode": "Flexible",
            "platformFaultDomainCount": 1,
        }
    return {
        "singlePlacementGroup": spec.single_placement_group,
        "orchestrationMode": "Uniform",
        "overprovision": spec.overprovision,
        "doNotRunExtensionsOnOverprovisionedVMs": False,
        "platformFaultDomainCount": 1 if spec.zones else 5,
    }


def _storage_profile(
    subscription: str, spec: ScaleSetSpec, os: OperatingSystem, version: str
) -> Json:
    disk: Json = {
        "osType": os.kind,
        "createOption": "FromImage",
        "caching": "ReadWrite",
        "managedDisk": {"storageAccountType": "Premium_LRS"},
        "diskSizeGB": os.size,
    }
    if not isinstance(spec.image, str):
        publisher, offer, sku = spec.image
        reference = {"publisher": publisher, "offer": offer, "sku": sku, "version": version}
        return {"osDisk": disk, "imageReference": reference, "diskControllerType": "SCSI"}
    image = spec.image.format(sub=subscription, version=version)
    if not image.startswith("https://"):
        return {"osDisk": disk, "imageReference": {"id": image}, "diskControllerType": "SCSI"}
    del disk["managedDisk"]
    containers = ["https://contosodisks.blob.core.windows.net/vhds"]
    blob = {"name": "osDisk", "image": {"uri": image}, "vhdContainers": containers}
    return {"osDisk": {**disk, **blob}}


def _os_configuration(windows: bool) -> Json:
    if windows:
        return {"windowsConfiguration": {"provisionVMAgent": True, "enableAutomaticUpdates": True}}
    key = {"path": "/home/azureuser/.ssh/authorized_keys", "keyData": "ssh-rsa AAAA0000simulated"}
    linux = {
        "disablePasswordAuthentication": True,
        "ssh": {"publicKeys": [key]},
        "provisionVMAgent": True,
    }
    return {"linuxConfiguration": linux}


def _extensions(spec: ScaleSetSpec, windows: bool) -> list[Json]:
    kind = "ApplicationHealthWindows" if windows else "ApplicationHealthLinux"
    health = {
        "autoUpgradeMinorVersion": True,
        "publisher": "Microsoft.ManagedServices",
        "type": kind,
        "typeHandlerVersion": spec.health_version,
        "settings": {"port": 80, "protocol": "http", "requestPath": "/healthz"},
    }
    script = {
        "autoUpgradeMinorVersion": True,
        "publisher": "Microsoft.Azure.Extensions",
        "type": "CustomScript",
        "typeHandlerVersion": "2.1",
        "provisionAfterExtensions": [kind],
        "settings": {"commandToExecute": "/opt/bootstrap.sh --role web --channel stable"},
    }
    own = [{"name": kind, "properties": health}, {"name": "bootstrap", "properties": script}]
    return [*own, *spec.extensions]


def _upgrade_policy(mode: str) -> Json:
    if mode != "Rolling":
        return {"mode": mode}
    rolling = {
        "maxBatchInstancePercent": 20,
        "maxUnhealthyInstancePercent": 20,
        "maxUnhealthyUpgradedInstancePercent": 20,
        "pauseTimeBetweenBatches": "PT10S",
    }
    return {"mode": mode, "rollingUpgradePolicy": rolling}
