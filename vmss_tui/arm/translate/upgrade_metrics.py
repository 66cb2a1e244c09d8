"""Translates what an application says of its own upgrade, in its answer to the health extension.

Source: "Custom metrics for rolling upgrades" (Virtual Machine Scale Sets): a substatus whose
message is JSON in a string. Microsoft's samples write `RollingUpgrade` with a capital and booleans
as strings, so that names are compared without case.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from vmss_tui.arm.wire.compute import ExtensionsWire
from vmss_tui.arm.wire.decode import InvalidJson, decode_item, decode_json

_CODE = "componentstatus/custommetrics"


class UpgradeMetrics(NamedTuple):
    """What the application reports."""

    phase: int | None = None
    skip: bool = False


@lru_cache(maxsize=1024)
def translate_upgrade_metrics(raw: bytes) -> UpgradeMetrics:
    """The metrics in the extensions of an instance view; the defaults where there are none."""
    if b"CustomMetrics" not in raw:
        return UpgradeMetrics()
    try:
        wire, _ = decode_item(b'{"extensions":' + raw + b"}", ExtensionsWire)
    except InvalidJson:
        return UpgradeMetrics()
    for component in wire.extensions or ():
        for status in (component.substatuses or ()) if component else ():
            if status and (status.code or "").lower().startswith(_CODE):
                return _parse_message(status.message or "")
    return UpgradeMetrics()


def _parse_message(message: str) -> UpgradeMetrics:
    try:
        tree = decode_json(message.encode())
    except InvalidJson:
        return UpgradeMetrics()
    metrics = _by_name(_by_name(tree).get("rollingupgrade"))
    phase = str(metrics.get("phaseorderingnumber"))
    return UpgradeMetrics(
        int(phase) if phase.isascii() and phase.isdecimal() else None,
        str(metrics.get("skipupgrade")).lower() == "true",
    )


def _by_name(value: Any) -> dict[str, Any]:
    return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}
