"""One instance with its instance view as ARM returns it: one request, for several tabs.

Lists of instances do not contain sub-statuses of extensions, and those of Flexible sets contain no
instance view. Fields: page "Virtual Machine Scale Set VMs - Get", instance view.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from vmss_tui.fleet.scale_set import Status
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.diagnostics import Diagnostics
from vmss_tui.text import clean, redact_json

_MAX_JSON_LENGTH = 200_000
"""Characters of JSON that are shown."""
_MAX_MESSAGE_LENGTH = 10_000


class Handler(msgspec.Struct, frozen=True):
    """An extension, or the VM agent, with everything that it reports."""

    name: str
    kind: str = ""
    """`Microsoft.Azure.Extensions.CustomScript`; empty where not reported."""
    version: str = ""
    statuses: tuple[Status, ...] = ()
    substatuses: tuple[Status, ...] = ()


class InstanceDocument(msgspec.Struct, frozen=True):
    """What one request says about an instance."""

    json: str
    """Without secrets, indented, cleaned."""
    handlers: tuple[Handler, ...] = ()
    """The VM agent first, then the extensions."""
    statuses: tuple[Status, ...] = ()
    has_screenshot: bool = False
    """Azure has a screenshot of the console; it is not read."""


def read_instance_document(
    diagnostics: Diagnostics, scale_set: ScaleSetId, instance_id: str
) -> InstanceDocument:
    """Reads one instance: one request. Raises what reads of a gateway raise."""
    tree = redact_json(diagnostics.read_instance_view(scale_set, instance_id))
    pretty = msgspec.json.format(msgspec.json.encode(tree), indent=2).decode()
    hidden = len(pretty) - _MAX_JSON_LENGTH
    note = f"\n… {hidden} more characters are not shown" if hidden > 0 else ""
    view = _instance_view(tree)
    return InstanceDocument(
        clean(pretty[:_MAX_JSON_LENGTH]) + note,
        tuple(_handlers(view)),
        _statuses(view.get("statuses")),
        bool(_mapping(view.get("bootDiagnostics")).get("consoleScreenshotBlobUri")),
    )


def _instance_view(tree: Any) -> Mapping[str, Any]:
    """The view in `properties` of a VM, or the whole answer of `…/instanceView`."""
    properties = _mapping(_mapping(tree).get("properties"))
    return _mapping(properties.get("instanceView")) or properties or _mapping(tree)


def _handlers(view: Mapping[str, Any]) -> Iterator[Handler]:
    agent = _mapping(view.get("vmAgent"))
    if agent:
        version = _text(agent.get("vmAgentVersion"))
        yield Handler("VM agent", "", version, _statuses(agent.get("statuses")))
    for entry in map(_mapping, _sequence(view.get("extensions"))):
        yield Handler(
            _text(entry.get("name")),
            _text(entry.get("type")),
            _text(entry.get("typeHandlerVersion")),
            _statuses(entry.get("statuses")),
            _statuses(entry.get("substatuses")),
        )


def _statuses(value: Any) -> tuple[Status, ...]:
    return tuple(
        Status(
            _text(entry.get("code")),
            _text(entry.get("level")),
            _text(entry.get("displayStatus")),
            _text(entry.get("message")),
            _time(entry.get("time")),
        )
        for entry in map(_mapping, _sequence(value))
        if entry
    )


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo else None


def _text(value: Any) -> str:
    return clean(value[:_MAX_MESSAGE_LENGTH]) if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
