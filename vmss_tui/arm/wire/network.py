"""Typed structs of what an instance carries of its network. Shapes: the recorded exchange
`vms-list-5-uniform-mixed-updating-succeeded`; names as in "Virtual Machine Scale Set VMs - List".
"""

from vmss_tui.arm.wire.compute import Wire


class ReferenceWire(Wire):
    """`ApiEntityReference`: a subnet's, a network card's."""

    id: str | None = None


class AddressPropertiesWire(Wire):
    """`VirtualMachineScaleSetIPConfigurationProperties`, for where an address is from."""

    subnet: ReferenceWire | None = None


class AddressWire(Wire):
    """`VirtualMachineScaleSetIPConfiguration`."""

    properties: AddressPropertiesWire | None = None


class ConfigurationPropertiesWire(Wire):
    """`VirtualMachineScaleSetNetworkConfigurationProperties`."""

    ip_configurations: list[AddressWire | None] | None = None


class ConfigurationWire(Wire):
    """`VirtualMachineScaleSetNetworkConfiguration`."""

    name: str | None = None
    properties: ConfigurationPropertiesWire | None = None


class ConfigurationsWire(Wire):
    """`networkProfileConfiguration` of a Uniform instance."""

    network_interface_configurations: list[ConfigurationWire | None] | None = None


class CardsWire(Wire):
    """`NetworkProfile`."""

    network_interfaces: list[ReferenceWire | None] | None = None
