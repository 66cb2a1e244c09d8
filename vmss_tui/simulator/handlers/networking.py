"""The handlers of Microsoft.Network: the network interfaces of instances and their addresses.

Shapes are from documentation ("Network Interfaces - List Virtual Machine Scale Set VM Network
Interfaces", "Network Interfaces - Get", "Public IP Addresses - Get Virtual Machine Scale Set Public
IP Address"), not recorded. A Flexible set has no interfaces below its path, only its machines have
("az vmss nic": "Uniform-specific").
"""

from collections.abc import Iterator

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.scale_set_reads import find_instance, find_scale_set
from vmss_tui.simulator.payloads.flexible_vm import interface_references, machine_resource_id
from vmss_tui.simulator.payloads.instance import instance_resource_id
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

INTERFACE_TYPE = "Microsoft.Network/networkInterfaces"
PUBLIC_ADDRESS_TYPE = "Microsoft.Network/publicIPAddresses"
_ADDRESSES_PER_INTERFACE = 16
"""Size of the address range of one interface; further addresses overlap with the next range."""


def list_interfaces(world: World, request: Request, parameters: PathParameters) -> Response:
    """The network interfaces of an instance of a Uniform set."""
    scale_set, instance = _find_uniform_instance(world, parameters)
    return json_response(200, {"value": list(_interfaces(scale_set, instance, request))})


def get_interface(world: World, request: Request, parameters: PathParameters) -> Response:
    """One network interface of an instance of a Uniform set."""
    scale_set, instance = _find_uniform_instance(world, parameters)
    interfaces = _interfaces(scale_set, instance, request)
    return _find_by_name(interfaces, INTERFACE_TYPE, parameters["card"], scale_set.group)


def get_public_address(world: World, request: Request, parameters: PathParameters) -> Response:
    """A public address, by its path below the interface."""
    scale_set, instance = _find_uniform_instance(world, parameters)
    addresses = _public_addresses(scale_set, instance, request)
    return _find_by_name(addresses, PUBLIC_ADDRESS_TYPE, parameters["address"], scale_set.group)


def get_machine_interface(world: World, request: Request, parameters: PathParameters) -> Response:
    """A network interface of a Flexible machine, a resource of the group."""
    return _find_in_group(world, request, parameters, INTERFACE_TYPE, parameters["card"])


def get_machine_public_address(
    world: World, request: Request, parameters: PathParameters
) -> Response:
    """A public address of a Flexible machine, a resource of the group."""
    return _find_in_group(world, request, parameters, PUBLIC_ADDRESS_TYPE, parameters["address"])


def _find_in_group(
    world: World, request: Request, parameters: PathParameters, kind: str, name: str
) -> Response:
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    resources_of = _interfaces if kind == INTERFACE_TYPE else _public_addresses
    resources = (
        resource
        for scale_set in world.scale_sets.values()
        if scale_set.flexible and (scale_set.subscription, scale_set.group) == (subscription, group)
        for instance in scale_set.sorted_instances(request.as_of)
        for resource in resources_of(scale_set, instance, request)
    )
    return _find_by_name(resources, kind, name, group)


def _find_uniform_instance(world: World, parameters: PathParameters) -> tuple[ScaleSet, Instance]:
    scale_set = find_scale_set(world, parameters)
    if scale_set.flexible:
        raise errors.resource_not_found(INTERFACE_TYPE, parameters["id"], scale_set.group)
    return scale_set, find_instance(scale_set, parameters["id"])


def _find_by_name(resources: Iterator[Json], kind: str, name: str, group: str) -> Response:
    for resource in resources:
        if resource["name"].lower() == name.lower():
            return json_response(200, resource)
    raise errors.resource_not_found(kind, name, group)


def _interfaces(scale_set: ScaleSet, instance: Instance, request: Request) -> Iterator[Json]:
    owner_id = _owner_id(scale_set, instance)
    configurations = _interface_configurations(scale_set, instance, request)
    for number, (interface_id, configuration) in enumerate(configurations):
        properties: Json = configuration.get("properties", {})
        first = _ADDRESSES_PER_INTERFACE * number
        body: Json = {
            "provisioningState": "Succeeded",
            "ipConfigurations": [
                _ip_configuration(scale_set, instance, interface_id, entry, ordinal)
                for ordinal, entry in enumerate(properties.get("ipConfigurations", []), first)
            ],
            "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
            "macAddress": f"00-0D-3A-{number:02X}-{instance.number:04X}"[:17],
            "primary": properties.get("primary", number == 0),
            "virtualMachine": {"id": owner_id},
        }
        for key in ("enableAcceleratedNetworking", "enableIPForwarding", "networkSecurityGroup"):
            if key in properties:
                body[key] = properties[key]
        name = interface_id.rpartition("/")[2]
        yield {"name": name, "id": interface_id, "properties": body}


def _ip_configuration(
    scale_set: ScaleSet, instance: Instance, interface_id: str, configuration: Json, ordinal: int
) -> Json:
    """The body of an IP configuration; `ordinal` counts those of the instance."""
    properties: Json = configuration.get("properties", {})
    name = _name_of(configuration)
    configuration_id = f"{interface_id}/ipConfigurations/{name}"
    is_ipv6 = properties.get("privateIPAddressVersion") == "IPv6"
    body: Json = {
        "provisioningState": "Succeeded",
        "privateIPAddress": _private_address(instance, ordinal, is_ipv6=is_ipv6),
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": "IPv6" if is_ipv6 else "IPv4",
        "primary": properties.get("primary", ordinal % _ADDRESSES_PER_INTERFACE == 0),
    }
    for key in ("subnet", "loadBalancerBackendAddressPools"):
        if key in properties:
            body[key] = properties[key]
    public = properties.get("publicIPAddressConfiguration")
    if isinstance(public, dict):
        public_id = _public_address_id(scale_set, instance, configuration_id, public)
        body["publicIPAddress"] = {"id": public_id}
    return {"name": name, "id": configuration_id, "properties": body}


def _public_addresses(scale_set: ScaleSet, instance: Instance, request: Request) -> Iterator[Json]:
    host = 4 + instance.number
    for interface in _interfaces(scale_set, instance, request):
        for ordinal, configuration in enumerate(interface["properties"]["ipConfigurations"]):
            if "publicIPAddress" not in configuration["properties"]:
                continue
            public_id = configuration["properties"]["publicIPAddress"]["id"]
            properties = {
                "provisioningState": "Succeeded",
                "ipAddress": f"20.{64 + ordinal}.{host >> 8 & 255}.{host & 255}",
                "publicIPAddressVersion": "IPv4",
                "publicIPAllocationMethod": "Static",
                "ipConfiguration": {"id": configuration["id"]},
            }
            name = public_id.rpartition("/")[2]
            yield {"name": name, "id": public_id, "properties": properties}


def _interface_configurations(
    scale_set: ScaleSet, instance: Instance, request: Request
) -> Iterator[tuple[str, Json]]:
    """The id of each interface, and its configuration in the instance's model."""
    profile = instance.states.as_of(request.as_of).model.profile
    configurations = profile.get("networkProfile", {}).get("networkInterfaceConfigurations", [])
    if scale_set.flexible:
        references = interface_references(scale_set, instance, profile)
        ids = [reference["id"] for reference in references]
    else:
        base = f"{_owner_id(scale_set, instance)}/networkInterfaces"
        ids = [f"{base}/{configuration['name']}" for configuration in configurations]
    yield from zip(ids, configurations, strict=True)


def _owner_id(scale_set: ScaleSet, instance: Instance) -> str:
    if scale_set.flexible:
        return machine_resource_id(scale_set, instance)
    return instance_resource_id(scale_set, instance)


def _public_address_id(
    scale_set: ScaleSet, instance: Instance, configuration_id: str, public: Json
) -> str:
    name = _name_of(public)
    if not scale_set.flexible:
        return f"{configuration_id}/publicIPAddresses/{name}"
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}"
    return f"{group}/providers/{PUBLIC_ADDRESS_TYPE}/{name}-{instance.vm_id[:8]}"


def _private_address(instance: Instance, ordinal: int, *, is_ipv6: bool) -> str:
    """A private address; as in Azure, machines get none of a subnet's first four addresses."""
    host = 4 + instance.number
    if is_ipv6:
        return f"fd00:db8::{ordinal:x}:{host:x}"
    return f"10.{ordinal}.{host >> 8 & 255}.{host & 255}"


def _name_of(configuration: Json) -> str:
    return str(configuration.get("name", "default"))
