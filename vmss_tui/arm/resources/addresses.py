"""The addresses of one instance, which no list of instances holds: Microsoft.Network has them.

A Uniform instance's cards are one list below it ("Network Interfaces - List Virtual Machine Scale
Set VM Network Interfaces"); a Flexible machine names its cards, each a resource of its own. A card
only refers to a public address: that is one request more.
"""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from vmss_tui.arm.resources.listings import each_item
from vmss_tui.arm.translate.network import card_ids, subnet_name
from vmss_tui.arm.transport.send import RequestSender
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.compute import InstanceWire, Wire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.arm.wire.network import ReferenceWire
from vmss_tui.fleet.scale_set import NetworkAddress
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId
from vmss_tui.gateway import InvalidResponse, Refused
from vmss_tui.text import cell, clean

_W = TypeVar("_W", bound=Wire)


class _PropertiesWire(Wire):
    """`NetworkInterfaceIPConfigurationPropertiesFormat`."""

    private: str | None = msgspec.field(default=None, name="privateIPAddress")
    public: ReferenceWire | None = msgspec.field(default=None, name="publicIPAddress")
    subnet: ReferenceWire | None = None


class _ConfigurationWire(Wire):
    """`NetworkInterfaceIPConfiguration`."""

    properties: _PropertiesWire | None = None


class _CardPropertiesWire(Wire):
    """`NetworkInterfacePropertiesFormat`."""

    ip_configurations: list[_ConfigurationWire | None] | None = None


class _CardWire(Wire):
    """`NetworkInterface`."""

    name: str | None = None
    properties: _CardPropertiesWire | None = None


class _PublicPropertiesWire(Wire):
    """`PublicIPAddressPropertiesFormat`."""

    ip_address: str | None = None


class _PublicWire(Wire):
    """`PublicIPAddress`."""

    properties: _PublicPropertiesWire | None = None


def read(
    sender: RequestSender, paths: ArmUrls, scale_set: ScaleSetId, instance_id: str, *, flexible: bool
) -> tuple[NetworkAddress, ...]:
    """Every address of an instance, card by card; empty where it has no card."""
    of_machine = _attached if flexible else _below
    return tuple(
        _address(sender, paths, card, each.properties)
        for card in of_machine(sender, paths, scale_set, instance_id)
        for each in (card.properties.ip_configurations if card.properties else None) or ()
        if each and each.properties
    )


def _below(
    sender: RequestSender, paths: ArmUrls, scale_set: ScaleSetId, instance_id: str
) -> Iterator[_CardWire]:
    found: list[_CardWire] = []
    url = paths.network_interfaces(scale_set, instance_id)
    each_item(sender, paths, url, lambda item: found.append(decode_item(item, _CardWire)[0]))
    yield from found


def _attached(
    sender: RequestSender, paths: ArmUrls, scale_set: ScaleSetId, instance_id: str
) -> Iterator[_CardWire]:
    machine = _one(sender, paths.instance(scale_set, instance_id, flexible=True), InstanceWire)
    profile = machine.properties.network_profile if machine.properties else msgspec.Raw()
    for resource_id in card_ids(bytes(profile)):
        yield _one(sender, _url(paths, resource_id), _CardWire)


def _address(
    sender: RequestSender, paths: ArmUrls, card: _CardWire, configuration: _PropertiesWire
) -> NetworkAddress:
    subnet, public = configuration.subnet, configuration.public
    public_address = remark = ""
    if public and public.id:
        try:
            found = _one(sender, _url(paths, public.id), _PublicWire).properties
            public_address = clean(found.ip_address or "") if found else ""
        except (Refused, InvalidResponse) as error:
            remark = f"its public address was not read: {error.message}"
    return NetworkAddress(
        network_interface=clean(card.name or ""),
        private_ip=clean(configuration.private or ""),
        public_ip=public_address,
        subnet=subnet_name(subnet.id) if subnet and subnet.id else "",
        remark=remark,
    )


def _url(paths: ArmUrls, resource_id: str) -> str:
    try:
        return paths.network_resource(resource_id)
    except BadName as error:
        raise InvalidResponse(f"Azure names what is no network resource: {error}") from error


def _one(sender: RequestSender, url: str, shape: type[_W]) -> _W:
    try:
        return decode_item(sender.read(url).body, shape)[0]
    except InvalidJson as error:
        raise InvalidResponse(f"The answer is not Azure's: {cell(str(error))}") from error
