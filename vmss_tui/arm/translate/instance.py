"""Wire to fleet: instances. Every "absent" becomes explicit here, every text is cleaned here.

Names that will stand in requests are checked, and refused if odd. A state that Azure may add
tomorrow is kept verbatim in `unrecognized` and counts as unknown.
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from vmss_tui.arm.translate.network import cards
from vmss_tui.arm.translate.statuses import translate_agent, translate_extensions, parse_time, translate_components, translate_statuses, clean_text
from vmss_tui.arm.wire.compute import (
    HealthWire,
    ImageWire,
    InstanceWire,
    InstancePropertiesWire,
    ProtectionWire,
    StatusWire,
    StorageWire,
    InstanceViewWire,
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
    """One instance of any list; raises `BadName` where its id cannot stand in a request."""
    properties = wire.properties or _EMPTY_PROPERTIES
    view = properties.instance_view or _NO_VIEW
    statuses, provisioning_status, power_code = translate_statuses(view.statuses)
    provisioning, unknown_provisioning = _provisioning(properties.provisioning_state, provisioning_status.code if provisioning_status else None)
    power, unknown_power = _power(power_code)
    health, health_at, unknown_health = _health(view.vm_health)
    extensions, extension_problems = translate_extensions(bytes(view.extensions))
    protection = properties.protection_policy or _NO_PROTECTION
    size = wire.sku.name if wire.sku else None
    if size is None and properties.hardware_profile:
        size = properties.hardware_profile.vm_size
    fault_domain = view.platform_fault_domain
    if fault_domain is None:
        fault_domain = properties.platform_fault_domain
    return Instance(
        instance_id=check_instance_id(_id_of(wire)),
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
        image=_image(properties.storage_profile),
        vm_size=clean_text(size) or None,
        protected_from_scale_in=protection.protect_from_scale_in is True,
        protected_from_actions=protection.protect_from_scale_set_actions is True,
        computer_name=None if view.computer_name is None else clean(view.computer_name),
        os_name=clean_text(view.os_name),
        os_version=clean_text(view.os_version),
        created_at=parse_time(properties.time_created),
        vm_id=clean(properties.vm_id or ""),
        changed_at=provisioning_status.at if provisioning_status else None,
        network_interfaces=cards(properties.network_profile_configuration, properties.network_profile),
        agent=translate_agent(view.vm_agent),
        extensions=extensions,
        disks=translate_components(view.disks),
        statuses=statuses,
        unrecognized=unknown_provisioning + unknown_power + unknown_health + extension_problems,
    )


_EMPTY_PROPERTIES, _NO_VIEW, _NO_PROTECTION = InstancePropertiesWire(), InstanceViewWire(), ProtectionWire()


def cleaned(value: Any) -> Any:
    """Any JSON with every text in it cleaned, keys too."""
    if isinstance(value, dict):
        return {clean(key): cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return clean(value) if isinstance(value, str) else value


def provisioning_of(word: str | None) -> ProvisioningState:
    """A bare `provisioningState`."""
    return _known(ProvisioningState, word, ProvisioningState.UNKNOWN)[0]


def _id_of(wire: InstanceWire) -> str:
    """Flexible machines carry no instanceId and are addressed by name, the end of their id."""
    if wire.instance_id:
        return wire.instance_id
    return (wire.id or wire.name or "").rpartition("/")[2]


@lru_cache(maxsize=1024)
def _provisioning(own: str | None, seen: str | None) -> tuple[ProvisioningState, tuple[str, ...]]:
    """The instance's own word and its view's. Either may lag, so motion wins, then failure."""
    found = [
        _known(ProvisioningState, word, ProvisioningState.UNKNOWN) for word in (own, seen) if word
    ]
    states = [state for state, _ in found]
    odd = tuple(words for _, all_words in found for words in all_words)
    for state in (*_TRANSITIONAL, ProvisioningState.FAILED, ProvisioningState.UNKNOWN):
        if state in states:
            return state, odd
    return (states[0] if states else ProvisioningState.UNKNOWN), odd


def _known(
    kind: type[_State], word: str | None, otherwise: _State
) -> tuple[_State, tuple[str, ...]]:
    """`PowerState/running`, `ProvisioningState/failed/Code` or a bare word, in any case.

    With it what is to be kept of a word that is not known.
    """
    if not word:
        return otherwise, ()
    found: _State | None = _members(kind).get(_last_word(word))
    return (found, ()) if found is not None else (otherwise, (f"{kind.__name__} {clean(word)}",))


@lru_cache
def _members(kind: type[StrEnum]) -> dict[str, Any]:
    return {state.value.lower(): state for state in kind}


def _last_word(code: str) -> str:
    parts = code.lower().split("/")
    return parts[1] if len(parts) > 1 else parts[0]


@lru_cache(maxsize=1024)
def _power(code: str | None) -> tuple[PowerState, tuple[str, ...]]:
    return _known(PowerState, code, PowerState.UNKNOWN)


@lru_cache(maxsize=1024)
def _health(
    wire: HealthWire | None,
) -> tuple[Health | None, datetime | None, tuple[str, ...]]:
    """No report is None; a report that says nothing is a reported Unknown, which is not well."""
    if wire is None:
        return None, None, ()
    status = wire.status or StatusWire()
    health, odd = _known(Health, status.code, Health.UNKNOWN)
    return health, parse_time(status.time), odd


def _zone(zones: list[str | None] | None) -> str | None:
    """Flexible stubs carry a literal `[null]`."""
    return next((clean(zone) for zone in zones or () if zone), None)


def _image(storage: StorageWire | None) -> Image | None:
    if storage is None:
        return None
    if storage.image_reference:
        return _reference(storage.image_reference)
    blob = storage.os_disk.image if storage.os_disk else None
    if blob and blob.uri:
        return vhd_image(clean(blob.uri))
    return None


@lru_cache(maxsize=1024)
def _reference(wire: ImageWire) -> Image | None:
    """Instances share few images, so each is read once."""
    found: dict[str, str | None] = msgspec.to_builtins(wire)
    return image_from_reference({key: clean(text) for key, text in found.items() if text})
