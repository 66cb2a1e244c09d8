"""Translates instances. Absent fields become explicit defaults, and every text is cleaned.

Ids that are used in requests are checked. A state that is not known here is kept as text in
`unrecognized` and counts as unknown.
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from vmss_tui.arm.translate.network import translate_network_interfaces
from vmss_tui.arm.translate.statuses import (
    clean_text,
    parse_time,
    translate_agent,
    translate_components,
    translate_extensions,
    translate_statuses,
)
from vmss_tui.arm.translate.upgrade_metrics import translate_upgrade_metrics
from vmss_tui.arm.wire.compute import (
    HealthWire,
    ImageWire,
    InstancePropertiesWire,
    InstanceViewWire,
    InstanceWire,
    MaintenanceWire,
    OsDiskWire,
    ProtectionWire,
    StatusWire,
    StorageWire,
)
from vmss_tui.fleet.image import Image, image_from_reference, vhd_image
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    PowerState,
    ProvisioningState,
)
from vmss_tui.fleet.scale_set_id import check_instance_id
from vmss_tui.text import clean

_TRANSITIONAL = (ProvisioningState.DELETING, ProvisioningState.CREATING, ProvisioningState.UPDATING)
_State = TypeVar("_State", bound=StrEnum)


def translate_instance(wire: InstanceWire) -> Instance:
    """An instance of any list; raises `BadName` if its id cannot be used in a request."""
    properties = wire.properties or _EMPTY_PROPERTIES
    view = properties.instance_view or _EMPTY_VIEW
    statuses, provisioning_status, power_code = translate_statuses(view.statuses)
    provisioning, unknown_provisioning = _provisioning(
        properties.provisioning_state, provisioning_status.code if provisioning_status else None
    )
    if provisioning is ProvisioningState.FAILED and _is_deletion_retried(properties):
        provisioning = ProvisioningState.DELETING
    power, unknown_power = _power(power_code)
    health, health_at, unknown_health = _health(view.vm_health)
    raw_extensions = bytes(view.extensions)
    extensions, extension_problems = translate_extensions(raw_extensions)
    metrics = translate_upgrade_metrics(raw_extensions)
    protection = properties.protection_policy or _EMPTY_PROTECTION
    size = wire.sku.name if wire.sku else None
    if size is None and properties.hardware_profile:
        size = properties.hardware_profile.vm_size
    storage = properties.storage_profile
    disk = storage.os_disk if storage and storage.os_disk else _EMPTY_DISK
    fault_domain = view.platform_fault_domain
    if fault_domain is None:
        fault_domain = properties.platform_fault_domain
    return Instance(
        instance_id=check_instance_id(_instance_id(wire)),
        name=clean(wire.name or ""),
        provisioning=provisioning,
        power=power,
        health=health,
        health_at=health_at,
        latest_model_applied=properties.latest_model_applied,
        zone=_zone(wire.zones),
        placement_group=clean_text(view.placement_group_id) or None,
        update_domain=view.platform_update_domain,
        fault_domain=fault_domain,
        image=_image(storage),
        vm_size=clean_text(size) or None,
        upgrade_phase=metrics.phase,
        skip_upgrade=metrics.skip,
        os_type=clean_text(disk.os_type) or "",
        os_disk_attached=(disk.create_option or "").lower() == "attach",
        protected_from_scale_in=protection.protect_from_scale_in is True,
        protected_from_actions=protection.protect_from_scale_set_actions is True,
        computer_name=None if view.computer_name is None else clean(view.computer_name),
        os_name=clean_text(view.os_name),
        os_version=clean_text(view.os_version),
        created_at=parse_time(properties.time_created),
        vm_id=clean(properties.vm_id or ""),
        changed_at=provisioning_status.at if provisioning_status else None,
        network_interfaces=translate_network_interfaces(
            properties.network_profile_configuration, properties.network_profile
        ),
        agent=translate_agent(view.vm_agent),
        extensions=extensions,
        disks=translate_components(view.disks),
        statuses=statuses,
        maintenance_window=_maintenance_window(view.maintenance_redeploy_status),
        unrecognized=unknown_provisioning + unknown_power + unknown_health + extension_problems,
    )


_EMPTY_PROPERTIES = InstancePropertiesWire()
_EMPTY_VIEW = InstanceViewWire()
_EMPTY_DISK = OsDiskWire()
_EMPTY_PROTECTION = ProtectionWire()


def _is_deletion_retried(properties: InstancePropertiesWire) -> bool:
    """Whether Azure is between two tries of a deletion ("Resilient create and delete"): the
    instance looks failed then. The documentation also writes the status with a blank."""
    status = properties.resilient_deletion
    return status is not None and status.replace(" ", "").lower() == "inprogress"


def _maintenance_window(
    wire: MaintenanceWire | None,
) -> tuple[datetime, datetime] | msgspec.UnsetType:
    """Start and end of maintenance that Azure plans; unset where there is none, or it was done."""
    if wire is None or wire.last_operation_result_code == "MaintenanceCompleted":
        return msgspec.UNSET
    start = parse_time(wire.maintenance_window_start_time)
    end = parse_time(wire.maintenance_window_end_time)
    return msgspec.UNSET if start is None or end is None else (start, end)


def clean_json(value: Any) -> Any:
    """A copy of any JSON with every text in it cleaned, including keys."""
    if isinstance(value, dict):
        return {clean(key): clean_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [clean_json(child) for child in value]
    return clean(value) if isinstance(value, str) else value


def parse_provisioning(state: str | None) -> ProvisioningState:
    """The state in a `provisioningState` field."""
    return _parse_state(ProvisioningState, state, ProvisioningState.UNKNOWN)[0]


def _instance_id(wire: InstanceWire) -> str:
    """Flexible VMs have no instanceId: their id is their name, the last part of the resource id."""
    if wire.instance_id:
        return wire.instance_id
    return (wire.id or wire.name or "").rpartition("/")[2]


@lru_cache(maxsize=1024)
def _provisioning(
    reported: str | None, in_view: str | None
) -> tuple[ProvisioningState, tuple[str, ...]]:
    """Combines the instance's own state with its view's. Either may lag behind, so a transitional
    state takes precedence, then a failure."""
    parsed = [
        _parse_state(ProvisioningState, code, ProvisioningState.UNKNOWN)
        for code in (reported, in_view)
        if code
    ]
    states = [state for state, _ in parsed]
    unknown = tuple(text for _, texts in parsed for text in texts)
    for state in (*_TRANSITIONAL, ProvisioningState.FAILED, ProvisioningState.UNKNOWN):
        if state in states:
            return state, unknown
    return (states[0] if states else ProvisioningState.UNKNOWN), unknown


def _parse_state(
    kind: type[_State], code: str | None, default: _State
) -> tuple[_State, tuple[str, ...]]:
    """Parses `PowerState/running`, `ProvisioningState/failed/Code` or a bare state, in any case.

    Returns the state, and a text for `unrecognized` where it is not known.
    """
    if not code:
        return default, ()
    state: _State | None = _states_by_name(kind).get(_state_name(code))
    return (state, ()) if state is not None else (default, (f"{kind.__name__} {clean(code)}",))


@lru_cache
def _states_by_name(kind: type[StrEnum]) -> dict[str, Any]:
    return {state.value.lower(): state for state in kind}


def _state_name(code: str) -> str:
    parts = code.lower().split("/")
    return parts[1] if len(parts) > 1 else parts[0]


@lru_cache(maxsize=1024)
def _power(code: str | None) -> tuple[PowerState, tuple[str, ...]]:
    return _parse_state(PowerState, code, PowerState.UNKNOWN)


@lru_cache(maxsize=1024)
def _health(
    wire: HealthWire | None,
) -> tuple[Health | None, datetime | None, tuple[str, ...]]:
    """Without a report the health is None; an empty report is a reported Unknown, so unhealthy."""
    if wire is None:
        return None, None, ()
    status = wire.status or StatusWire()
    health, unknown = _parse_state(Health, status.code, Health.UNKNOWN)
    return health, parse_time(status.time), unknown


def _zone(zones: list[str | None] | None) -> str | None:
    """The first zone; Flexible list entries may contain `[null]`."""
    return next((clean(zone) for zone in zones or () if zone), None)


def _image(storage: StorageWire | None) -> Image | None:
    if storage is None:
        return None
    if storage.image_reference:
        return _image_from_wire(storage.image_reference)
    blob = storage.os_disk.image if storage.os_disk else None
    if blob and blob.uri:
        return vhd_image(clean(blob.uri))
    return None


@lru_cache(maxsize=1024)
def _image_from_wire(wire: ImageWire) -> Image | None:
    """Cached, because instances share few images."""
    reference: dict[str, str | None] = msgspec.to_builtins(wire)
    return image_from_reference({key: clean(text) for key, text in reference.items() if text})
