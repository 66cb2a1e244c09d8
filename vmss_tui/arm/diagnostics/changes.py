"""Reads the changes of a scale set from Resource Graph's table `resourcechanges`.

Rows are kept for 14 days and appear within minutes; without the right to read the set there is no
error but no row. All values are texts ("Get resource changes"; `doc-resourcechanges-row`).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from vmss_tui.arm.diagnostics.callers import change_kind, client_name
from vmss_tui.arm.diagnostics.wire import (
    ChangeAttributesWire,
    ChangedValueWire,
    ChangePropertiesWire,
    ChangeRowWire,
)
from vmss_tui.arm.resources.graph_client import GraphClient
from vmss_tui.arm.translate.statuses import format_time, parse_time
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId
from vmss_tui.gateway.diagnostics import PropertyChange, ResourceChange
from vmss_tui.text import REDACTED, cell, is_secret, redact_start

MAX_ROWS = 50
_MAX_PROPERTIES = 200
_MAX_VALUE = 500


def read_changes(
    graph: GraphClient, scale_set: ScaleSetId, since: datetime
) -> Sequence[ResourceChange]:
    """See `Diagnostics.read_changes`; at most `MAX_ROWS`."""
    set_id = scale_set.resource_id.lower()
    if "'" in set_id or "\\" in set_id:
        raise BadName(f"{scale_set.short} cannot be named in a query")
    query = (
        "resourcechanges | extend changeTime=todatetime(properties.changeAttributes.timestamp) "
        f"| where tolower(tostring(properties.targetResourceId)) == '{set_id}' "
        f"and changeTime >= datetime({format_time(since)}) | project id, changeTime, properties "
        f"| order by changeTime desc | limit {MAX_ROWS}"
    )
    changes = []
    for row in graph.query_page(query, [scale_set.subscription_id]).rows[:MAX_ROWS]:
        try:
            wire, _ = decode_item(row, ChangeRowWire)
        except InvalidJson:
            continue
        change = _translate(wire.properties or ChangePropertiesWire())
        if change is not None:
            changes.append(change)
    return sorted(changes, key=lambda change: change.at, reverse=True)


def _translate(wire: ChangePropertiesWire) -> ResourceChange | None:
    attributes = wire.change_attributes or ChangeAttributesWire()
    at, caller = parse_time(attributes.timestamp), cell(attributes.changed_by or "")
    if at is None:
        return None
    properties = list((wire.changes or {}).items())[:_MAX_PROPERTIES]
    return ResourceChange(
        at=at,
        changed_by="" if caller.lower() in ("unspecified", "system") else caller,
        caller_kind=change_kind(attributes.changed_by_type or "", caller),
        client=client_name(attributes.client_type),
        operation=cell(attributes.operation or ""),
        correlation_id=cell(attributes.correlation_id or ""),
        properties=tuple(
            PropertyChange(
                cell(path), _value(path, change.previous_value), _value(path, change.new_value)
            )
            for path, change in properties
            if isinstance(change, ChangedValueWire)
        ),
    )


def _value(path: str, value: Any) -> str:
    if value is None or value == "null":
        return ""
    if is_secret(path.rpartition(".")[2]):
        return REDACTED
    text = value if isinstance(value, str) else json.dumps(value)
    return cell(redact_start(text, 8 * _MAX_VALUE), _MAX_VALUE)
