"""Reads the addresses of one instance from Microsoft.Network; lists of instances lack them.

The network interfaces of a Uniform instance are one list ("Network Interfaces - List Virtual
Machine Scale Set VM Network Interfaces"); a Flexible VM has the ids of its interfaces, each a
resource of its own. A public address is a resource, too: one more request each.
"""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from vmss_tui.arm.resources.listings import for_each_item
from vmss_tui.arm.translate.network import network_interface_ids, subnet_name
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import InstanceWire, Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.arm.wire.network import ReferenceWire
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId
from vmss_tui.gateway import GatewayError, InvalidResponse, NetworkAddress
from vmss_tui.gateway.failures import concerns_one_resource
from vmss_tui.text import cell, clean

_W = TypeVar("_W", bound=Wire)


class _IpConfigurationPropertiesWire(Wire):
    """`NetworkInterfaceIPConfigurationPropertiesFormat`."""

    private: str | None = msgspec.field(default=None, name="privateIPAddress")
    public: ReferenceWire | None = msgspec.field(default=None, name="publicIPAddress")
    subnet: ReferenceWire | None = None


class _IpConfigurationWire(Wire):
    """`NetworkInterfaceIPConfiguration`."""

    properties: _IpConfigurationPropertiesWire | None = None


class _NetworkInterfacePropertiesWire(Wire):
    """`NetworkInterfacePropertiesFormat`."""

    ip_configurations: list[_IpConfigurationWire | None] | None = None


class _NetworkInterfaceWire(Wire):
    """`NetworkInterface`."""

    name: str | None = None
    properties: _NetworkInterfacePropertiesWire | None = None


class _PublicAddressPropertiesWire(Wire):
    """`PublicIPAddressPropertiesFormat`."""

    ip_address: str | None = None


class _PublicAddressWire(Wire):
    """`PublicIPAddress`."""

    properties: _PublicAddressPropertiesWire | None = None


def read_addresses(
    sender: RequestSender, urls: ArmUrls, scale_set: ScaleSetId, instance_id: str, *, flexible: bool
) -> tuple[NetworkAddress, ...]:
    """All addresses of an instance, by network interface; empty where it has none."""
    read_interfaces = _flexible_interfaces if flexible else _uniform_interfaces
    addresses: list[NetworkAddress] = []
    for interface in read_interfaces(sender, urls, scale_set, instance_id):
        if isinstance(interface, NetworkAddress):
            addresses.append(interface)
            continue
        properties = interface.properties or _NetworkInterfacePropertiesWire()
        addresses += [
            _address(sender, urls, interface, ip_configuration.properties)
            for ip_configuration in properties.ip_configurations or ()
            if ip_configuration and ip_configuration.properties
        ]
    return tuple(addresses)


def _uniform_interfaces(
    sender: RequestSender, urls: ArmUrls, scale_set: ScaleSetId, instance_id: str
) -> Iterator[_NetworkInterfaceWire | NetworkAddress]:
    interfaces: list[_NetworkInterfaceWire] = []
    url = urls.network_interfaces(scale_set, instance_id)
    for_each_item(
        sender,
        urls,
        url,
        lambda item: interfaces.append(decode_item(item, _NetworkInterfaceWire)[0]),
    )
    yield from interfaces


def _flexible_interfaces(
    sender: RequestSender, urls: ArmUrls, scale_set: ScaleSetId, instance_id: str
) -> Iterator[_NetworkInterfaceWire | NetworkAddress]:
    """Each interface; one of several that cannot be read as an address that says why."""
    machine = _read_resource(
        sender, urls.instance(scale_set, instance_id, flexible=True), InstanceWire
    )
    profile = machine.properties.network_profile if machine.properties else msgspec.Raw()
    resource_ids = network_interface_ids(bytes(profile))
    for resource_id in resource_ids:
        try:
            yield _read_resource(sender, _network_url(urls, resource_id), _NetworkInterfaceWire)
        except GatewayError as error:
            if len(resource_ids) == 1 or not concerns_one_resource(error):
                raise
            remark = f"the NIC was not read: {error.message}"
            yield NetworkAddress(clean(resource_id.rpartition("/")[2]), remark=remark)


def _address(
    sender: RequestSender,
    urls: ArmUrls,
    interface: _NetworkInterfaceWire,
    configuration: _IpConfigurationPropertiesWire,
) -> NetworkAddress:
    subnet, public = configuration.subnet, configuration.public
    public_address = remark = ""
    if public and public.id:
        try:
            properties = _read_resource(
                sender, _network_url(urls, public.id), _PublicAddressWire
            ).properties
            public_address = clean(properties.ip_address or "") if properties else ""
        except GatewayError as error:
            if not concerns_one_resource(error):
                raise
            remark = f"its public address was not read: {error.message}"
    return NetworkAddress(
        network_interface=clean(interface.name or ""),
        private_ip=clean(configuration.private or ""),
        public_ip=public_address,
        subnet=subnet_name(subnet.id) if subnet and subnet.id else "",
        remark=remark,
    )


def _network_url(urls: ArmUrls, resource_id: str) -> str:
    try:
        return urls.network_resource(resource_id)
    except BadName as error:
        raise InvalidResponse(
            f"Azure names a resource that is not a network interface: {error}"
        ) from error


def _read_resource(sender: RequestSender, url: str, shape: type[_W]) -> _W:
    try:
        return decode_item(sender.read(url).body, shape)[0]
    except InvalidJson as error:
        raise InvalidResponse(f"The response is not from Azure: {cell(str(error))}") from error
