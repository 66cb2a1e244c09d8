"""Brings a scenario to life: subscriptions, groups, scale sets and their instances."""

from vmss_tui.simulator import scaling
from vmss_tui.simulator.clock import Clock
from vmss_tui.simulator.defaults import completed
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.images import Sku, find_sku
from vmss_tui.simulator.instances import Instance
from vmss_tui.simulator.model import model_of
from vmss_tui.simulator.scale_set import ScaleSet, SetState
from vmss_tui.simulator.scenarios import Scenario, SetSpec
from vmss_tui.simulator.timeline import Timeline
from vmss_tui.simulator.world import World

_DAY = 86_400.0


def populate(
    scenario: Scenario, seed: int, clock: Clock, *, throttling: bool, page_size: int | None
) -> World:
    """The world of a scenario at its first moment."""
    pages = scenario.page_size if page_size is None else page_size
    world = World(seed, clock, throttling=throttling, page_size=pages)
    world.stale_health = scenario.stale_health
    for number, title in enumerate(scenario.subscriptions):
        world.subscriptions[world.dice.guid("subscription", number)] = title
    ids = list(world.subscriptions)
    for spec in scenario.sets:
        _add(world, ids[spec.subscription], spec)
    for fault in scenario.faults:
        world.faults.add(fault)
    return world


def _add(world: World, subscription: str, spec: SetSpec) -> None:
    world.add_group(subscription, spec.group, spec.location)
    sku = find_sku(*spec.image)
    if sku is None:
        raise LookupError(f"scenario image {spec.image} is not in the catalogue")
    body = _body(subscription, spec, sku, spec.version)
    old = _body(subscription, spec, sku, spec.stale_version)
    created = -30 * _DAY
    scale_set = ScaleSet(
        subscription,
        spec.group,
        spec.name,
        spec.location,
        unique_id=world.dice.guid("set", subscription, spec.group, spec.name),
        created_at=created,
        states=Timeline(created, SetState(body, model_of(body, 2), 4, "Succeeded", -_DAY)),
    )
    world.add(scale_set)
    stale_model = model_of(old, 1)
    for _ in range(spec.capacity):
        scaling.make(world, scale_set, created, model=stale_model, exact_version=spec.stale_version)
    for instance in _chosen(world, scale_set, spec.current):
        instance.become(created, model=scale_set.state.model, exact_version=spec.version)
    for number, changes in spec.states.items():
        instance = scale_set.instances[str(number)]
        instance.become(created, **changes)


def _chosen(world: World, scale_set: ScaleSet, share: float) -> list[Instance]:
    """That share of every domain, picked by chance."""
    domains: dict[tuple[str | None, str, int], list[Instance]] = {}
    for each in scale_set.members():
        key = (each.zone, each.placement_group, each.update_domain)
        domains.setdefault(key, []).append(each)
    chosen: list[Instance] = []
    for members in domains.values():
        members.sort(key=lambda each: world.dice.fraction("current", scale_set.name, each.number))
        chosen += members[: round(share * len(members))]
    return chosen


def _body(subscription: str, spec: SetSpec, sku: Sku, version: str) -> Json:
    windows = sku.os.kind == "Windows"
    network = (
        f"/subscriptions/{subscription}/resourceGroups/{spec.group}/providers/Microsoft.Network"
    )
    balancer = f"{network}/loadBalancers/{spec.name}-lb/backendAddressPools/{spec.name}-pool"
    subnet = f"{network}/virtualNetworks/{spec.name}-vnet/subnets/default"
    publisher, offer, name = spec.image
    profile: Json = {
        "osProfile": {
            "computerNamePrefix": spec.name.replace("-", "")[:9],
            "adminUsername": "azureuser",
            **_os_configuration(windows),
            "secrets": [],
            "allowExtensionOperations": True,
            "requireGuestProvisionSignal": True,
        },
        "storageProfile": {
            "osDisk": {
                "osType": sku.os.kind,
                "createOption": "FromImage",
                "caching": "ReadWrite",
                "managedDisk": {"storageAccountType": "Premium_LRS"},
                "diskSizeGB": sku.os.size,
            },
            "imageReference": {
                "publisher": publisher,
                "offer": offer,
                "sku": name,
                "version": version,
            },
            "diskControllerType": "SCSI",
        },
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
        "securityProfile": {
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
            "securityType": "TrustedLaunch",
        },
        "extensionProfile": {"extensions": _extensions(windows)},
    }
    properties: Json = {
        "singlePlacementGroup": spec.single_placement_group,
        "orchestrationMode": "Uniform",
        "upgradePolicy": _policy(spec.mode),
        "virtualMachineProfile": profile,
        "overprovision": False,
        "doNotRunExtensionsOnOverprovisionedVMs": False,
        "platformFaultDomainCount": 1 if spec.zones else 5,
    }
    body: Json = {
        "location": spec.location,
        "tags": dict(spec.tags),
        "sku": {"name": spec.size, "tier": "Standard", "capacity": spec.capacity},
        "properties": properties,
    }
    if spec.zones:
        body["zones"] = list(spec.zones)
        properties["zoneBalance"] = True
    return completed(body)


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


def _extensions(windows: bool) -> list[Json]:
    kind = "ApplicationHealthWindows" if windows else "ApplicationHealthLinux"
    health = {
        "autoUpgradeMinorVersion": True,
        "publisher": "Microsoft.ManagedServices",
        "type": kind,
        "typeHandlerVersion": "1.0",
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
    return [{"name": kind, "properties": health}, {"name": "bootstrap", "properties": script}]


def _policy(mode: str) -> Json:
    if mode != "Rolling":
        return {"mode": mode}
    rolling = {
        "maxBatchInstancePercent": 20,
        "maxUnhealthyInstancePercent": 20,
        "maxUnhealthyUpgradedInstancePercent": 20,
        "pauseTimeBetweenBatches": "PT10S",
    }
    return {"mode": mode, "rollingUpgradePolicy": rolling}
