"""Wire to fleet: the statuses of an instance, and of its agent, extensions and disks.

They repeat between instances and between readings, so each is translated once.
"""

from datetime import UTC, datetime
from functools import lru_cache

from vmss_tui.arm.wire.compute import AgentWire, ExtensionsWire, PartWire, StatusWire
from vmss_tui.arm.wire.decode import Unreadable, decode_item
from vmss_tui.fleet.scale_set import ComponentStatus, Status
from vmss_tui.text import clean, redact

_Statuses = tuple[StatusWire | None, ...] | None


@lru_cache(maxsize=1024)
def agent(wire: AgentWire | None) -> ComponentStatus | None:
    """Azure's agent in the guest."""
    if wire is None:
        return None
    return ComponentStatus("agent", text(wire.vm_agent_version) or "", seen(wire.statuses)[0])


@lru_cache(maxsize=1024)
def extensions(raw: bytes) -> tuple[tuple[ComponentStatus, ...], tuple[str, ...]]:
    """Extensions, and what was odd in them: to be told, and no reason to doubt the instance."""
    if not raw:
        return (), ()
    try:
        found, dropped = decode_item(b'{"extensions":' + raw + b"}", ExtensionsWire)
    except Unreadable as error:
        return (), (f"extensions: {clean(str(error))}",)
    return parts(found.extensions), tuple([f"wrong type {clean(path)}" for path in dropped])


def parts(wires: tuple[PartWire | None, ...] | None) -> tuple[ComponentStatus, ...]:
    """Extensions or disks, in Azure's order."""
    return tuple([_part(wire) for wire in wires or () if wire])


def _part(wire: PartWire) -> ComponentStatus:
    return ComponentStatus(
        clean(wire.name or ""), text(wire.type_handler_version) or "", seen(wire.statuses)[0]
    )


@lru_cache(maxsize=2048)
def seen(wires: _Statuses) -> tuple[tuple[Status, ...], Status | None, str | None]:
    """Statuses, the provisioning one among them, and the power code; Azure promises no order.

    They repeat between instances and between readings, so one object serves all.
    """
    found = tuple([_status(wire) for wire in wires or () if wire is not None])
    settled = next((s for s in found if s.code.lower().startswith("provisioningstate/")), None)
    power = next((s for s in found if s.code.lower().startswith("powerstate/")), None)
    return found, settled, power.code if power else None


def _status(wire: StatusWire) -> Status:
    return Status(
        text(wire.code) or "",
        text(wire.level) or "",
        text(wire.display_status) or "",
        _said(wire.message) or "",
        moment(wire.time),
    )


@lru_cache(maxsize=4096)
def _said(message: str | None) -> str | None:
    """A guest may say anything, a token too: what it says is kept in journals and reports."""
    return None if message is None else clean(redact(message))


@lru_cache(maxsize=4096)
def moment(said: str | None) -> datetime | None:
    """Azure's times: seven digits of fractions, an offset or none (then UTC). None if odd."""
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def text(said: str | None) -> str | None:
    """A word that many share, cleaned once."""
    return None if said is None else clean(said)
