"""Wire to fleet: the statuses of an instance, and of its agent, extensions and disks.

They repeat between instances and between readings, so each is translated once.
"""

from datetime import UTC, datetime
from functools import lru_cache

from vmss_tui.arm.wire.compute import AgentWire, ExtensionsWire, ComponentWire, StatusWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.scale_set import ComponentStatus, Status
from vmss_tui.text import clean, redact

_Statuses = tuple[StatusWire | None, ...] | None


@lru_cache(maxsize=1024)
def translate_agent(wire: AgentWire | None) -> ComponentStatus | None:
    """Azure's agent in the guest."""
    if wire is None:
        return None
    return ComponentStatus("agent", clean_text(wire.vm_agent_version) or "", translate_statuses(wire.statuses)[0])


@lru_cache(maxsize=1024)
def translate_extensions(raw: bytes) -> tuple[tuple[ComponentStatus, ...], tuple[str, ...]]:
    """Extensions, and what was odd in them: to be told, and no reason to doubt the instance."""
    if not raw:
        return (), ()
    try:
        wire, dropped = decode_item(b'{"extensions":' + raw + b"}", ExtensionsWire)
    except InvalidJson as error:
        return (), (f"extensions: {clean(str(error))}",)
    return translate_components(wire.extensions), tuple([f"wrong type {clean(path)}" for path in dropped])


def translate_components(wires: tuple[ComponentWire | None, ...] | None) -> tuple[ComponentStatus, ...]:
    """Extensions or disks, in Azure's order."""
    return tuple([_component(wire) for wire in wires or () if wire])


def _component(wire: ComponentWire) -> ComponentStatus:
    return ComponentStatus(
        clean(wire.name or ""), clean_text(wire.type_handler_version) or "", translate_statuses(wire.statuses)[0]
    )


@lru_cache(maxsize=2048)
def translate_statuses(wires: _Statuses) -> tuple[tuple[Status, ...], Status | None, str | None]:
    """Statuses, the provisioning one among them, and the power code; Azure promises no order.

    They repeat between instances and between readings, so one object serves all.
    """
    statuses = tuple([_status(wire) for wire in wires or () if wire is not None])
    provisioning = next((status for status in statuses if status.code.lower().startswith("provisioningstate/")), None)
    power = next((status for status in statuses if status.code.lower().startswith("powerstate/")), None)
    return statuses, provisioning, power.code if power else None


def _status(wire: StatusWire) -> Status:
    return Status(
        clean_text(wire.code) or "",
        clean_text(wire.level) or "",
        clean_text(wire.display_status) or "",
        _clean_message(wire.message) or "",
        parse_time(wire.time),
    )


@lru_cache(maxsize=4096)
def _clean_message(message: str | None) -> str | None:
    """A guest may say anything, a token too: what it says is kept in journals and reports."""
    return None if message is None else clean(redact(message))


@lru_cache(maxsize=4096)
def parse_time(text: str | None) -> datetime | None:
    """Azure's times: seven digits of fractions, an offset or none (then UTC). None if odd."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def clean_text(untrusted: str | None) -> str | None:
    """A word that many share, cleaned once."""
    return None if untrusted is None else clean(untrusted)
