"""Translates the network interfaces of an instance, as far as lists of instances contain them.

A Uniform instance has the configurations of its interfaces, with their subnets (recorded:
`vms-list-5-uniform-mixed-updating-succeeded`); a Flexible VM has the ids of its interfaces.
Addresses are in neither: they need a request to Microsoft.Network for each interface.
"""

from functools import lru_cache

import msgspec

from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.arm.wire.network import (
    NetworkConfigurationsWire,
    NetworkConfigurationWire,
    NetworkProfileWire,
)
from vmss_tui.fleet.scale_set import NetworkInterface
from vmss_tui.text import clean

_SUBNET = "/virtualnetworks/"


def translate_network_interfaces(
    configurations: msgspec.Raw, profile: msgspec.Raw
) -> tuple[NetworkInterface, ...]:
    """All network interfaces; empty where none is reported."""
    return _from_configurations(bytes(configurations)) or _from_network_profile(bytes(profile))


@lru_cache(maxsize=256)
def _from_configurations(raw: bytes) -> tuple[NetworkInterface, ...]:
    """Cached by bytes, which are the same for most instances."""
    if not raw:
        return ()
    try:
        wire, _ = decode_item(raw, NetworkConfigurationsWire)
    except InvalidJson:
        return ()
    interfaces = [
        _network_interface(configuration)
        for configuration in wire.network_interface_configurations or ()
        if configuration
    ]
    return tuple([interface for interface in interfaces if interface.name])


def _from_network_profile(profile: bytes) -> tuple[NetworkInterface, ...]:
    return tuple(
        [
            NetworkInterface(clean(resource_id.rpartition("/")[2]))
            for resource_id in network_interface_ids(profile)
        ]
    )


def network_interface_ids(profile: bytes) -> list[str]:
    """The resource ids of the network interfaces in a VM's `networkProfile`."""
    if not profile:
        return []
    try:
        wire, _ = decode_item(profile, NetworkProfileWire)
    except InvalidJson:
        return []
    return [
        interface.id for interface in wire.network_interfaces or () if interface and interface.id
    ]


def _network_interface(wire: NetworkConfigurationWire) -> NetworkInterface:
    ip_configurations = wire.properties.ip_configurations if wire.properties else None
    subnets = dict.fromkeys(
        subnet_name(ip_configuration.properties.subnet.id)
        for ip_configuration in ip_configurations or ()
        if ip_configuration
        and ip_configuration.properties
        and ip_configuration.properties.subnet
        and ip_configuration.properties.subnet.id
    )
    return NetworkInterface(clean(wire.name or ""), ", ".join(subnets))


def subnet_name(resource_id: str) -> str:
    """`vnet0/web` from a subnet's resource id."""
    start = resource_id.lower().find(_SUBNET)
    if start < 0:
        return clean(resource_id.rpartition("/")[2])
    network, _, rest = resource_id[start + len(_SUBNET) :].partition("/")
    return clean(f"{network}/{rest.rpartition('/')[2]}")
