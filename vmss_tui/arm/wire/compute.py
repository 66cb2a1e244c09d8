"""Typed structs of Azure's compute JSON, with the fields that are used.

Every field may be absent or null; `decode.decode_item` drops one of a wrong type. Shapes:
recorded exchanges (`vms-list-…`, `vm-instanceView-…`, `vmss-get-…`); names as in
"Virtual Machine Scale Set VMs - List".
"""

from typing import Any

import msgspec

Json = dict[str, Any]


class Wire(msgspec.Struct, rename="camel", gc=False):
    """Base class: camelCase keys, unknown keys ignored."""


class FrozenWire(msgspec.Struct, rename="camel", gc=False, frozen=True):
    """Base class of values that repeat between instances: hashable, so translations are cached."""


class StatusWire(FrozenWire, frozen=True):
    """`InstanceViewStatus`."""

    code: str | None = None
    level: str | None = None
    display_status: str | None = None
    message: str | None = None
    time: str | None = None


class HealthWire(FrozenWire, frozen=True):
    """`VirtualMachineHealthStatus`."""

    status: StatusWire | None = None


class ComponentWire(FrozenWire, frozen=True):
    """An extension or a disk in an instance view."""

    name: str | None = None
    type_handler_version: str | None = None
    statuses: tuple[StatusWire | None, ...] | None = None
    substatuses: tuple[StatusWire | None, ...] | None = None
    """Where the health extension puts what the application reports."""


class AgentWire(FrozenWire, frozen=True):
    """`VirtualMachineAgentInstanceView`."""

    vm_agent_version: str | None = None
    statuses: tuple[StatusWire | None, ...] | None = None


class MaintenanceWire(FrozenWire, frozen=True):
    """`MaintenanceRedeployStatus`; it stays after the maintenance has ended."""

    maintenance_window_start_time: str | None = None
    maintenance_window_end_time: str | None = None
    last_operation_result_code: str | None = None


class InstanceViewWire(Wire):
    """`VirtualMachineScaleSetVMInstanceView`; the view of a Flexible VM has the same names."""

    placement_group_id: str | None = None
    platform_update_domain: int | None = None
    platform_fault_domain: int | None = None
    computer_name: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    vm_agent: AgentWire | None = None
    vm_health: HealthWire | None = None
    maintenance_redeploy_status: MaintenanceWire | None = None
    extensions: msgspec.Raw = msgspec.Raw()
    """`ExtensionsWire.extensions`; the same bytes on most instances, so the decoding is cached."""
    disks: tuple[ComponentWire | None, ...] | None = None
    statuses: tuple[StatusWire | None, ...] | None = None


class ExtensionsWire(Wire):
    """The extensions of an instance view."""

    extensions: tuple[ComponentWire | None, ...] | None = None


class VhdWire(Wire):
    """A disk's VHD."""

    uri: str | None = None


class OsDiskWire(Wire):
    """`OSDisk`."""

    image: VhdWire | None = None
    """Of an unmanaged disk."""
    os_type: str | None = None
    create_option: str | None = None


class ImageWire(FrozenWire, frozen=True):
    """`ImageReference`, in any form that `fleet.image` parses."""

    publisher: str | None = None
    offer: str | None = None
    sku: str | None = None
    version: str | None = None
    exact_version: str | None = None
    id: str | None = None
    shared_gallery_image_id: str | None = None
    community_gallery_image_id: str | None = None


class StorageWire(Wire):
    """`StorageProfile`."""

    image_reference: ImageWire | None = None
    os_disk: OsDiskWire | None = None


class HardwareWire(Wire):
    """`HardwareProfile`."""

    vm_size: str | None = None


class ProtectionWire(Wire):
    """`VirtualMachineScaleSetVMProtectionPolicy`."""

    protect_from_scale_in: bool | None = None
    protect_from_scale_set_actions: bool | None = None


class ScaleSetReferenceWire(Wire):
    """A Flexible VM's reference to its scale set."""

    id: str | None = None


class InstancePropertiesWire(Wire):
    """The properties of an instance."""

    latest_model_applied: bool | None = None
    provisioning_state: str | None = None
    hardware_profile: HardwareWire | None = None
    storage_profile: StorageWire | None = None
    protection_policy: ProtectionWire | None = None
    platform_fault_domain: int | None = None
    """Of a Flexible VM that is pinned to one."""
    virtual_machine_scale_set: ScaleSetReferenceWire | None = None
    time_created: str | None = None
    vm_id: str | None = None
    resilient_deletion: str | None = msgspec.field(default=None, name="resilientVMDeletionStatus")
    """`InProgress` while Azure tries a deletion again."""
    network_profile_configuration: msgspec.Raw = msgspec.Raw()
    """`NetworkConfigurationsWire`, decoded by `translate.network`."""
    network_profile: msgspec.Raw = msgspec.Raw()
    """`NetworkProfileWire`."""
    instance_view: InstanceViewWire | None = None


class SkuWire(Wire):
    """`Sku`."""

    name: str | None = None


class InstanceWire(Wire):
    """An entry of a list: a Uniform VM, a Flexible VM, or a Flexible VM's list entry."""

    id: str | None = None
    name: str | None = None
    instance_id: str | None = None
    sku: SkuWire | None = None
    zones: list[str | None] | None = None
    properties: InstancePropertiesWire | None = None


class PageWire(Wire):
    """A page of any list; items are decoded one by one."""

    value: list[msgspec.Raw] | None = None
    next_link: str | None = None


class InstancePageWire(Wire):
    """A page of instances, decoded at once where no field has a wrong type."""

    value: list[InstanceWire]
    next_link: str | None = None


class ErrorDetailWire(Wire):
    """An entry of an error's `details`."""

    code: str | None = None
    message: str | None = None


class ErrorWire(Wire):
    """Azure's error; `message` may be several sentences."""

    code: str | None = None
    message: str | None = None
    target: str | None = None
    details: list[ErrorDetailWire | None] | None = None
    """Resource Graph gives the reason here alone."""


class EnvelopeWire(Wire):
    """An error with the envelope, or without it, as in throttling by the compute service."""

    error: ErrorWire | None = None
    code: str | None = None
    message: str | None = None
    target: str | None = None


class OperationWire(Wire):
    """The response to a poll of an operation."""

    status: str | None = None
    error: ErrorWire | None = None


class SubscriptionWire(Wire):
    """An entry of `GET /subscriptions`."""

    subscription_id: str | None = None
    display_name: str | None = None
    tenant_id: str | None = None
