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


def translate_network_interfaces(configurations: msgspec.Raw, profile: msgspec.Raw) -> tuple[NetworkInterface, ...]:
    """Each card; empty where nothing is said."""
    return _from_configurations(bytes(configurations)) or _from_network_profile(bytes(profile))


@lru_cache(maxsize=256)
def _from_configurations(raw: bytes) -> tuple[NetworkInterface, ...]:
    """Alike on most instances: compared as bytes, decoded once."""
    if not raw:
        return ()
    try:
        wire, _ = decode_item(raw, NetworkConfigurationsWire)
    except InvalidJson:
        return ()
    interfaces = [_network_interface(configuration) for configuration in wire.network_interface_configurations or () if configuration]
    return tuple([card for card in interfaces if card.name])


def _from_network_profile(profile: bytes) -> tuple[NetworkInterface, ...]:
    return tuple([NetworkInterface(clean(resource_id.rpartition("/")[2])) for resource_id in network_interface_ids(profile)])


def network_interface_ids(profile: bytes) -> list[str]:
    """The resource ids of a machine's cards, by its `networkProfile`."""
    if not profile:
        return []
    try:
        wire, _ = decode_item(profile, NetworkProfileWire)
    except InvalidJson:
        return []
    return [interface.id for interface in wire.network_interfaces or () if interface and interface.id]


def _network_interface(wire: NetworkConfigurationWire) -> NetworkInterface:
    ip_configurations = wire.properties.ip_configurations if wire.properties else None
    subnets = dict.fromkeys(
        subnet_name(ip_configuration.properties.subnet.id)
        for ip_configuration in ip_configurations or ()
        if ip_configuration and ip_configuration.properties and ip_configuration.properties.subnet and ip_configuration.properties.subnet.id
    )
    return NetworkInterface(clean(wire.name or ""), ", ".join(subnets))


def subnet_name(resource_id: str) -> str:
    """`vnet0/web` of a subnet's resource id."""
    start = resource_id.lower().find(_SUBNET)
    if start < 0:
        return clean(resource_id.rpartition("/")[2])
    network, _, rest = resource_id[start + len(_SUBNET) :].partition("/")
    return clean(f"{network}/{rest.rpartition('/')[2]}")
