"""Typed structs of an instance's network configuration. Shapes: the recorded exchange
`vms-list-5-uniform-mixed-updating-succeeded`; names as in "Virtual Machine Scale Set VMs - List".
"""

from vmss_tui.arm.wire.compute import Wire


class ReferenceWire(Wire):
    """`ApiEntityReference`, of a subnet or a network interface."""

    id: str | None = None


class IpConfigurationPropertiesWire(Wire):
    """`VirtualMachineScaleSetIPConfigurationProperties`, for its subnet."""

    subnet: ReferenceWire | None = None


class IpConfigurationWire(Wire):
    """`VirtualMachineScaleSetIPConfiguration`."""

    properties: IpConfigurationPropertiesWire | None = None


class NetworkConfigurationPropertiesWire(Wire):
    """`VirtualMachineScaleSetNetworkConfigurationProperties`."""

    ip_configurations: list[IpConfigurationWire | None] | None = None


class NetworkConfigurationWire(Wire):
    """`VirtualMachineScaleSetNetworkConfiguration`."""

    name: str | None = None
    properties: NetworkConfigurationPropertiesWire | None = None


class NetworkConfigurationsWire(Wire):
    """`networkProfileConfiguration` of a Uniform instance."""

    network_interface_configurations: list[NetworkConfigurationWire | None] | None = None


class NetworkProfileWire(Wire):
    """`NetworkProfile`."""

    network_interfaces: list[ReferenceWire | None] | None = None
