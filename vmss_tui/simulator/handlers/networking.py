"""Network cards and the addresses on them: what Microsoft.Network says of the instances.

Shapes are the documentation's ("Network Interfaces - List Virtual Machine Scale Set VM Network
Interfaces", "Network Interfaces - Get", "Public IP Addresses - Get Virtual Machine Scale Set Public
IP Address"): no exchange was recorded. A Flexible set has no cards below it, only its machines have
("az vmss nic": "Uniform-specific").
"""

from collections.abc import Iterator

from vmss_tui.simulator import errors
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Call, Reply, json_reply
from vmss_tui.simulator.handlers import scale_set_reads as reads
from vmss_tui.simulator.handlers.scale_set_reads import Params
from vmss_tui.simulator.payloads import flexible_vm as machine_payloads
from vmss_tui.simulator.payloads import scale_set as payloads
from vmss_tui.simulator.world.instance import Instance
from vmss_tui.simulator.world.scale_set import ScaleSet
from vmss_tui.simulator.world.world import World

CARD_TYPE = "Microsoft.Network/networkInterfaces"
PUBLIC_TYPE = "Microsoft.Network/publicIPAddresses"
_PER_CARD = 16
"""Addresses for which a card has room in this small Azure; more of one card's go on in the next."""


def list_cards(world: World, call: Call, params: Params) -> Reply:
    """The cards of an instance of a Uniform set."""
    scale_set, member = _member(world, params)
    return json_reply(200, {"value": list(_cards(scale_set, member, call))})


def get_card(world: World, call: Call, params: Params) -> Reply:
    """One of them."""
    scale_set, member = _member(world, params)
    return _one(_cards(scale_set, member, call), CARD_TYPE, params["card"], scale_set.group)


def get_public(world: World, call: Call, params: Params) -> Reply:
    """A public address, by its path below the card."""
    scale_set, member = _member(world, params)
    found = _public(scale_set, member, call)
    return _one(found, PUBLIC_TYPE, params["address"], scale_set.group)


def get_attached(world: World, call: Call, params: Params) -> Reply:
    """A card of a Flexible machine, a resource of the group."""
    return _attached(world, call, params, CARD_TYPE, params["card"])


def get_attached_public(world: World, call: Call, params: Params) -> Reply:
    """A public address of a Flexible machine."""
    return _attached(world, call, params, PUBLIC_TYPE, params["address"])


def _attached(world: World, call: Call, params: Params, kind: str, name: str) -> Reply:
    subscription = world.known_subscription(params["sub"])
    group = world.known_group(subscription, params["rg"])
    of_member = _cards if kind == CARD_TYPE else _public
    there = (
        each
        for scale_set in world.scale_sets.values()
        if scale_set.flexible and (scale_set.subscription, scale_set.group) == (subscription, group)
        for member in scale_set.members(call.as_of)
        for each in of_member(scale_set, member, call)
    )
    return _one(there, kind, name, group)


def _member(world: World, params: Params) -> tuple[ScaleSet, Instance]:
    scale_set = reads.found(world, params)
    if scale_set.flexible:
        raise errors.resource_not_found(CARD_TYPE, params["id"], scale_set.group)
    return scale_set, reads.member_of(scale_set, params["id"])


def _one(there: Iterator[Json], kind: str, name: str, group: str) -> Reply:
    for each in there:
        if each["name"].lower() == name.lower():
            return json_reply(200, each)
    raise errors.resource_not_found(kind, name, group)


def _cards(scale_set: ScaleSet, member: Instance, call: Call) -> Iterator[Json]:
    holder, ids = _holder(scale_set, member), _card_ids(scale_set, member, call)
    for number, (card_id, written) in enumerate(ids):
        properties: Json = written.get("properties", {})
        shown: Json = {
            "provisioningState": "Succeeded",
            "ipConfigurations": [
                _configuration(scale_set, member, card_id, each, _PER_CARD * number + place)
                for place, each in enumerate(properties.get("ipConfigurations", []))
            ],
            "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
            "macAddress": f"00-0D-3A-{number:02X}-{member.number:04X}"[:17],
            "primary": properties.get("primary", number == 0),
            "virtualMachine": {"id": holder},
        }
        for key in ("enableAcceleratedNetworking", "enableIPForwarding", "networkSecurityGroup"):
            if key in properties:
                shown[key] = properties[key]
        yield {"name": card_id.rpartition("/")[2], "id": card_id, "properties": shown}


def _configuration(
    scale_set: ScaleSet, member: Instance, card_id: str, written: Json, ordinal: int
) -> Json:
    properties: Json = written.get("properties", {})
    here = f"{card_id}/ipConfigurations/{_name(written)}"
    six = properties.get("privateIPAddressVersion") == "IPv6"
    shown: Json = {
        "provisioningState": "Succeeded",
        "privateIPAddress": _private(member, ordinal, six=six),
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": "IPv6" if six else "IPv4",
        "primary": properties.get("primary", ordinal % _PER_CARD == 0),
    }
    for key in ("subnet", "loadBalancerBackendAddressPools"):
        if key in properties:
            shown[key] = properties[key]
    wanted = properties.get("publicIPAddressConfiguration")
    if isinstance(wanted, dict):
        shown["publicIPAddress"] = {"id": _public_id(scale_set, member, here, wanted)}
    return {"name": _name(written), "id": here, "properties": shown}


def _public(scale_set: ScaleSet, member: Instance, call: Call) -> Iterator[Json]:
    place = 4 + member.number
    for card in _cards(scale_set, member, call):
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


def _card_ids(scale_set: ScaleSet, member: Instance, call: Call) -> Iterator[tuple[str, Json]]:
    """Each card's id, and what the instance's model says of it."""
    profile = member.states.as_of(call.as_of).model.profile
    written = profile.get("networkProfile", {}).get("networkInterfaceConfigurations", [])
    if scale_set.flexible:
        ids = [each["id"] for each in machine_payloads.cards(scale_set, member, profile)]
    else:
        holder = _holder(scale_set, member)
        ids = [f"{holder}/networkInterfaces/{each['name']}" for each in written]
    yield from zip(ids, written, strict=True)


def _holder(scale_set: ScaleSet, member: Instance) -> str:
    if scale_set.flexible:
        return machine_payloads.machine_id(scale_set, member)
    return payloads.resource_id(scale_set, member)


def _public_id(scale_set: ScaleSet, member: Instance, here: str, wanted: Json) -> str:
    if not scale_set.flexible:
        return f"{here}/publicIPAddresses/{_name(wanted)}"
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.group}"
    return f"{group}/providers/{PUBLIC_TYPE}/{_name(wanted)}-{member.vm_id[:8]}"


def _private(member: Instance, ordinal: int, *, six: bool) -> str:
    """In Azure, too, the first four addresses of a subnet are not given to machines."""
    place = 4 + member.number
    if six:
        return f"fd00:db8::{ordinal:x}:{place:x}"
    return f"10.{ordinal}.{place >> 8 & 255}.{place & 255}"


def _name(written: Json) -> str:
    return str(written.get("name", "default"))
