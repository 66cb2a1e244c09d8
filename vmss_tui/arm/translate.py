"""Wire to fleet: instances. Every "absent" becomes explicit here, every text is cleaned here.

Names that will stand in requests are checked, and refused if odd. A state that Azure may add
tomorrow is kept verbatim among the oddities and counts as unknown.
"""

from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from vmss_tui.arm.decoding import Unreadable, decode_item
from vmss_tui.arm.network import cards
from vmss_tui.arm.wire import (
    AgentWire,
    ExtensionsWire,
    HealthWire,
    ImageWire,
    InstanceWire,
    MemberWire,
    PartWire,
    ProtectionWire,
    StatusWire,
    StorageWire,
    ViewWire,
)
from vmss_tui.fleet.image import Image, image_from_reference, vhd
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    Part,
    PowerState,
    ProvisioningState,
    Status,
)
from vmss_tui.fleet.scale_set_id import check_instance_id
from vmss_tui.text import clean, redact

_MOVING = (ProvisioningState.DELETING, ProvisioningState.CREATING, ProvisioningState.UPDATING)
_State = TypeVar("_State", bound=StrEnum)
_Statuses = tuple[StatusWire | None, ...] | None


def instance(wire: InstanceWire) -> Instance:
    """One instance of any list; raises `BadName` where its id cannot stand in a request."""
    member = wire.properties or _NO_MEMBER
    view = member.instance_view or _NO_VIEW
    statuses, settled, power_code = _seen(view.statuses)
    provisioning, odd = _provisioning(member.provisioning_state, settled.code if settled else None)
    power, odd_power = _power(power_code)
    health, health_at, odd_health = _health(view.vm_health)
    extensions, odd_extensions = _extensions(bytes(view.extensions))
    protection = member.protection_policy or _NO_PROTECTION
    size = wire.sku.name if wire.sku else None
    if size is None and member.hardware_profile:
        size = member.hardware_profile.vm_size
    fault_domain = view.platform_fault_domain
    if fault_domain is None:
        fault_domain = member.platform_fault_domain
    return Instance(
        instance_id=check_instance_id(_id_of(wire)),
        name=clean(wire.name or ""),
        provisioning=provisioning,
        power=power,
        health=health,
        health_at=health_at,
        latest_model_applied=member.latest_model_applied,
        zone=_zone(wire.zones),
        placement_group=_text(view.placement_group_id) or None,
        update_domain=view.platform_update_domain,
        fault_domain=fault_domain,
        image=_image(member.storage_profile),
        vm_size=_text(size) or None,
        protected_from_scale_in=protection.protect_from_scale_in is True,
        protected_from_actions=protection.protect_from_scale_set_actions is True,
        computer_name=None if view.computer_name is None else clean(view.computer_name),
        os_name=_text(view.os_name),
        os_version=_text(view.os_version),
        created_at=moment(member.time_created),
        vm_id=clean(member.vm_id or ""),
        changed_at=settled.at if settled else None,
        cards=cards(member.network_profile_configuration, member.network_profile),
        agent=_agent(view.vm_agent),
        extensions=extensions,
        disks=_parts(view.disks),
        statuses=statuses,
        oddities=odd + odd_power + odd_health + odd_extensions,
    )


_NO_MEMBER, _NO_VIEW, _NO_PROTECTION = MemberWire(), ViewWire(), ProtectionWire()


@lru_cache(maxsize=4096)
def moment(text: str | None) -> datetime | None:
    """Azure's times: seven digits of fractions, an offset or none (then UTC). None if odd."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


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
    for state in (*_MOVING, ProvisioningState.FAILED, ProvisioningState.UNKNOWN):
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
    return health, moment(status.time), odd


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
        return vhd(clean(blob.uri))
    return None


@lru_cache(maxsize=1024)
def _reference(wire: ImageWire) -> Image | None:
    """Instances share few images, so each is read once."""
    found: dict[str, str | None] = msgspec.to_builtins(wire)
    return image_from_reference({key: clean(text) for key, text in found.items() if text})


@lru_cache(maxsize=1024)
def _agent(wire: AgentWire | None) -> Part | None:
    if wire is None:
        return None
    return Part("agent", _text(wire.vm_agent_version) or "", _seen(wire.statuses)[0])


@lru_cache(maxsize=1024)
def _extensions(raw: bytes) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Extensions, and what was odd in them: to be told, and no reason to doubt the instance."""
    if not raw:
        return (), ()
    try:
        found, dropped = decode_item(b'{"extensions":' + raw + b"}", ExtensionsWire)
    except Unreadable as error:
        return (), (f"extensions: {clean(str(error))}",)
    return _parts(found.extensions), tuple([f"wrong type {clean(path)}" for path in dropped])


def _parts(wires: tuple[PartWire | None, ...] | None) -> tuple[Part, ...]:
    return tuple([_part(wire) for wire in wires or () if wire])


def _part(wire: PartWire) -> Part:
    return Part(
        clean(wire.name or ""), _text(wire.type_handler_version) or "", _seen(wire.statuses)[0]
    )


@lru_cache(maxsize=2048)
def _seen(wires: _Statuses) -> tuple[tuple[Status, ...], Status | None, str | None]:
    """Statuses, the provisioning one among them, and the power code; Azure promises no order.

    They repeat between instances and between readings, so one object serves all.
    """
    found = tuple([_status(wire) for wire in wires or () if wire is not None])
    settled = next((s for s in found if s.code.lower().startswith("provisioningstate/")), None)
    power = next((s for s in found if s.code.lower().startswith("powerstate/")), None)
    return found, settled, power.code if power else None


def _status(wire: StatusWire) -> Status:
    return Status(
        _text(wire.code) or "",
        _text(wire.level) or "",
        _text(wire.display_status) or "",
        _said(wire.message) or "",
        moment(wire.time),
    )


@lru_cache(maxsize=4096)
def _said(message: str | None) -> str | None:
    """A guest may say anything, a token too: what it says is kept in journals and reports."""
    return None if message is None else clean(redact(message))


@lru_cache(maxsize=4096)
def _text(text: str | None) -> str | None:
    return None if text is None else clean(text)
