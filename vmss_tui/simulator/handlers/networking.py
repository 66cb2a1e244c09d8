"""Network cards and the addresses on them: what Microsoft.Network says of the instances.

Shapes are the documentation's ("Network Interfaces - List Virtual Machine Scale Set VM Network
Interfaces", "Network Interfaces - Get", "Public IP Addresses - Get Virtual Machine Scale Set Public
IP Address"): no exchange was recorded. A Flexible set has no cards below it, only its machines have
("az vmss nic": "Uniform-specific").
"""

from collections.abc import Iterator

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import PathParameters, Request, Response, json_response
from vmss_tui.simulator.handlers.scale_set_reads import find_instance, find_scale_set
from vmss_tui.simulator.payloads.flexible_vm import interface_references, machine_resource_id
from vmss_tui.simulator.payloads.scale_set import instance_resource_id
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

CARD_TYPE = "Microsoft.Network/networkInterfaces"
PUBLIC_TYPE = "Microsoft.Network/publicIPAddresses"
_PER_CARD = 16
"""Addresses for which a card has room in this small Azure; more of one card's go on in the next."""


def list_interfaces(world: World, request: Request, parameters: PathParameters) -> Response:
    """The cards of an instance of a Uniform set."""
    scale_set, instance = _member(world, parameters)
    return json_response(200, {"value": list(_cards(scale_set, instance, request))})


def get_interface(world: World, request: Request, parameters: PathParameters) -> Response:
    """One of them."""
    scale_set, instance = _member(world, parameters)
    return _one(
        _cards(scale_set, instance, request), CARD_TYPE, parameters["card"], scale_set.group
    )


def get_public_address(world: World, request: Request, parameters: PathParameters) -> Response:
    """A public address, by its path below the card."""
    scale_set, instance = _member(world, parameters)
    found = _public(scale_set, instance, request)
    return _one(found, PUBLIC_TYPE, parameters["address"], scale_set.group)


def get_machine_interface(world: World, request: Request, parameters: PathParameters) -> Response:
    """A card of a Flexible machine, a resource of the group."""
    return _attached(world, request, parameters, CARD_TYPE, parameters["card"])


def get_machine_public_address(
    world: World, request: Request, parameters: PathParameters
) -> Response:
    """A public address of a Flexible machine."""
    return _attached(world, request, parameters, PUBLIC_TYPE, parameters["address"])


def _attached(
    world: World, request: Request, parameters: PathParameters, kind: str, name: str
) -> Response:
    subscription = world.find_subscription(parameters["sub"])
    group = world.find_group(subscription, parameters["rg"])
    of_member = _cards if kind == CARD_TYPE else _public
    there = (
        each
        for scale_set in world.scale_sets.values()
        if scale_set.flexible and (scale_set.subscription, scale_set.group) == (subscription, group)
        for instance in scale_set.sorted_instances(request.as_of)
        for each in of_member(scale_set, instance, request)
    )
    return _one(there, kind, name, group)


def _member(world: World, parameters: PathParameters) -> tuple[ScaleSet, Instance]:
    scale_set = find_scale_set(world, parameters)
    if scale_set.flexible:
        raise errors.resource_not_found(CARD_TYPE, parameters["id"], scale_set.group)
    return scale_set, find_instance(scale_set, parameters["id"])


def _one(there: Iterator[Json], kind: str, name: str, group: str) -> Response:
    for each in there:
        if each["name"].lower() == name.lower():
            return json_response(200, each)
    raise errors.resource_not_found(kind, name, group)


def _cards(scale_set: ScaleSet, instance: Instance, request: Request) -> Iterator[Json]:
    holder, ids = _holder(scale_set, instance), _card_ids(scale_set, instance, request)
    for number, (card_id, written) in enumerate(ids):
        properties: Json = written.get("properties", {})
        shown: Json = {
            "provisioningState": "Succeeded",
            "ipConfigurations": [
                _configuration(scale_set, instance, card_id, each, _PER_CARD * number + place)
                for place, each in enumerate(properties.get("ipConfigurations", []))
            ],
            "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
            "macAddress": f"00-0D-3A-{number:02X}-{instance.number:04X}"[:17],
            "primary": properties.get("primary", number == 0),
            "virtualMachine": {"id": holder},
        }
        for key in ("enableAcceleratedNetworking", "enableIPForwarding", "networkSecurityGroup"):
            if key in properties:
                shown[key] = properties[key]
        yield {"name": card_id.rpartition("/")[2], "id": card_id, "properties": shown}


def _configuration(
    scale_set: ScaleSet, instance: Instance, card_id: str, written: Json, ordinal: int
) -> Json:
    properties: Json = written.get("properties", {})
    here = f"{card_id}/ipConfigurations/{_name(written)}"
    six = properties.get("privateIPAddressVersion") == "IPv6"
    shown: Json = {
        "provisioningState": "Succeeded",
        "privateIPAddress": _private(instance, ordinal, six=six),
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": "IPv6" if six else "IPv4",
        "primary": properties.get("primary", ordinal % _PER_CARD == 0),
    }
    for key in ("subnet", "loadBalancerBackendAddressPools"):
        if key in properties:
            shown[key] = properties[key]
    wanted = properties.get("publicIPAddressConfiguration")
    if isinstance(wanted, dict):
        shown["publicIPAddress"] = {"id": _public_id(scale_set, instance, here, wanted)}
    return {"name": _name(written), "id": here, "properties": shown}


def _public(scale_set: ScaleSet, instance: Instance, request: Request) -> Iterator[Json]:
    place = 4 + instance.number
    for card in _cards(scale_set, instance, request):
        for ordinal, each in enumerate(card["properties"]["ipConfigurations"]):
            if "publicIPAddress" not in each["properties"]:
                continue
            public_id = each["properties"]["publicIPAddress"]["id"]
            properties = {
                "provisioningState": "Succeeded",
                "ipAddress": f"20.{64 + ordinal}.{place >> 8 & 255}.{place & 255}",
                "publicIPAddressVersion": "IPv4",
                "publicIPAllocationMethod": "Static",
                "ipConfiguration": {"id": each["id"]},
            }
            name = public_id.rpartition("/")[2]
            yield {"name": name, "id": public_id, "properties": properties}


def _card_ids(
    scale_set: ScaleSet, instance: Instance, request: Request
) -> Iterator[tuple[str, Json]]:
    """Each card's id, and what the instance's model says of it."""
    profile = instance.states.as_of(request.as_of).model.profile
    written = profile.get("networkProfile", {}).get("networkInterfaceConfigurations", [])
    if scale_set.flexible:
        ids = [each["id"] for each in interface_references(scale_set, instance, profile)]
    else:
        holder = _holder(scale_set, instance)
        ids = [f"{holder}/networkInterfaces/{each['name']}" for each in written]
    yield from zip(ids, written, strict=True)


def _holder(scale_set: ScaleSet, instance: Instance) -> str:
    if scale_set.flexible:
        return machine_resource_id(scale_set, instance)
    return instance_resource_id(scale_set, instance)


def _public_id(scale_set: ScaleSet, instance: Instance, here: str, wanted: Json) -> str:
    if not scale_set.flexible:
        return f"{here}/publicIPAddresses/{_name(wanted)}"
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}"
    return f"{group}/providers/{PUBLIC_TYPE}/{_name(wanted)}-{instance.vm_id[:8]}"


def _private(instance: Instance, ordinal: int, *, six: bool) -> str:
    """In Azure, too, the first four addresses of a subnet are not given to machines."""
    place = 4 + instance.number
    if six:
        return f"fd00:db8::{ordinal:x}:{place:x}"
    return f"10.{ordinal}.{place >> 8 & 255}.{place & 255}"


def _name(written: Json) -> str:
    return str(written.get("name", "default"))
