"""Wire to fleet: an instance's network cards, as far as lists of instances hold them.

A Uniform instance carries the configurations that its cards were made from, with the subnet of
each (recorded: `vms-list-5-uniform-mixed-updating-succeeded`), a Flexible machine the ids of its
cards. Neither holds an address: those belong to Microsoft.Network, by a request for each card.
"""

from functools import lru_cache

import msgspec

from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.arm.wire.network import NetworkProfileWire, NetworkConfigurationsWire, NetworkConfigurationWire
from vmss_tui.fleet.scale_set import NetworkInterface
from vmss_tui.text import clean

_SUBNET = "/virtualnetworks/"


def cards(configurations: msgspec.Raw, profile: msgspec.Raw) -> tuple[NetworkInterface, ...]:
    """Each card; empty where nothing is said."""
    return _configured(bytes(configurations)) or _attached(bytes(profile))


@lru_cache(maxsize=256)
def _configured(raw: bytes) -> tuple[NetworkInterface, ...]:
    """Alike on most instances: compared as bytes, decoded once."""
    if not raw:
        return ()
    try:
        found, _ = decode_item(raw, NetworkConfigurationsWire)
    except InvalidJson:
        return ()
    every = [_card(each) for each in found.network_interface_configurations or () if each]
    return tuple([card for card in every if card.name])


def _attached(profile: bytes) -> tuple[NetworkInterface, ...]:
    return tuple([NetworkInterface(clean(each.rpartition("/")[2])) for each in card_ids(profile)])


def card_ids(profile: bytes) -> list[str]:
    """The resource ids of a machine's cards, by its `networkProfile`."""
    if not profile:
        return []
    try:
        found, _ = decode_item(profile, NetworkProfileWire)
    except InvalidJson:
        return []
    return [each.id for each in found.network_interfaces or () if each and each.id]


def _card(card: NetworkConfigurationWire) -> NetworkInterface:
    held = card.properties.ip_configurations if card.properties else None
    subnets = dict.fromkeys(
        subnet_name(each.properties.subnet.id)
        for each in held or ()
        if each and each.properties and each.properties.subnet and each.properties.subnet.id
    )
    return NetworkInterface(clean(card.name or ""), ", ".join(subnets))


def subnet_name(resource_id: str) -> str:
    """`vnet0/web` of a subnet's resource id."""
    at = resource_id.lower().find(_SUBNET)
    if at < 0:
        return clean(resource_id.rpartition("/")[2])
    network, _, rest = resource_id[at + len(_SUBNET) :].partition("/")
    return clean(f"{network}/{rest.rpartition('/')[2]}")
