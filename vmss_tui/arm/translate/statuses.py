"""Translates statuses of an instance, and of its agent, extensions and disks.

They repeat between instances and between reads, so the translations are cached.
"""

from datetime import UTC, datetime
from functools import lru_cache

from vmss_tui.arm.wire.compute import AgentWire, ComponentWire, ExtensionsWire, StatusWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.scale_set import ComponentStatus, Status
from vmss_tui.text import clean, redact_start

MAX_MESSAGE_LENGTH = 10_000
"""Characters of a status message that are kept; a guest can send any number."""
_Statuses = tuple[StatusWire | None, ...] | None


@lru_cache(maxsize=1024)
def translate_agent(wire: AgentWire | None) -> ComponentStatus | None:
    """The VM agent's status."""
    if wire is None:
        return None
    return ComponentStatus(
        "agent", clean_text(wire.vm_agent_version) or "", translate_statuses(wire.statuses)[0]
    )


@lru_cache(maxsize=1024)
def translate_extensions(raw: bytes) -> tuple[tuple[ComponentStatus, ...], tuple[str, ...]]:
    """Extensions, and problems in them, which do not make the instance itself doubtful."""
    if not raw:
        return (), ()
    try:
        wire, dropped = decode_item(b'{"extensions":' + raw + b"}", ExtensionsWire)
    except InvalidJson as error:
        return (), (f"extensions: {clean(str(error))}",)
    return translate_components(wire.extensions), tuple(
        [f"wrong type {clean(path)}" for path in dropped]
    )


def translate_components(
    wires: tuple[ComponentWire | None, ...] | None,
) -> tuple[ComponentStatus, ...]:
    """Extensions or disks, in Azure's order."""
    return tuple([_component(wire) for wire in wires or () if wire])


def _component(wire: ComponentWire) -> ComponentStatus:
    return ComponentStatus(
        clean(wire.name or ""),
        clean_text(wire.type_handler_version) or "",
        translate_statuses(wire.statuses)[0],
    )


@lru_cache(maxsize=2048)
def translate_statuses(wires: _Statuses) -> tuple[tuple[Status, ...], Status | None, str | None]:
    """All statuses, the provisioning status among them, and the power code, in any order."""
    statuses = tuple([_status(wire) for wire in wires or () if wire is not None])
    provisioning = next(
        (status for status in statuses if status.code.lower().startswith("provisioningstate/")),
        None,
    )
    power = next(
        (status for status in statuses if status.code.lower().startswith("powerstate/")), None
    )
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
    """Also redacts: a guest's message may contain a token, and journals and reports keep it."""
    return None if message is None else clean(redact_start(message, MAX_MESSAGE_LENGTH))


@lru_cache(maxsize=4096)
def parse_time(text: str | None) -> datetime | None:
    """A time of Azure: up to seven digits of fraction, UTC without an offset. None if invalid."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_time(moment: datetime) -> str:
    """A time for a query, in UTC to the second: `2026-01-15T22:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def clean_text(untrusted: str | None) -> str | None:
    """`text.clean`, cached for texts that many instances share."""
    return None if untrusted is None else clean(untrusted)
