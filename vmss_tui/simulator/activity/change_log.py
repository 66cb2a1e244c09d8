"""Resource Graph's changes of scale sets: which property was what before, and who changed it.

Rows: doc-resourcechanges-row. Values are texts; the creation and the deletion of a resource have no
properties.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vmss_tui.simulator.activity.principals import Principal
from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.simulated_time import timestamp

DELAY = 60.0
"""Simulated seconds until a change is found; documented: usually within five minutes."""
MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one resource."""

    number: int
    at: float
    principal: Principal
    operation: str
    correlation_id: str
    target_id: str
    kind: str
    """Create, Update or Delete."""
    properties: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Path → previous and new value."""


@dataclass(slots=True)
class ChangeLog:
    """All changes, oldest first."""

    delay: float = DELAY
    changes: list[Change] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Adds a change; the oldest ones are dropped in the end."""
        self.changes.append(change)
        if len(self.changes) > MOST_CHANGES:
            del self.changes[: MOST_CHANGES // 10]


def property_changes(before: Any, after: Any) -> dict[str, tuple[str, str]]:
    """Path → previous and new value of everything that differs between two bodies."""
    return dict(_differences(before, after, ""))


def _differences(before: Any, after: Any, path: str) -> Iterator[tuple[str, tuple[str, str]]]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _differences(
                before.get(key), after.get(key), f"{path}.{key}" if path else str(key)
            )
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (
                values[index] if index < len(values) else None for values in (before, after)
            )
            yield from _differences(old, new, f"{path}[{index}]")
    elif isinstance(before, dict | list) and after is None:
        yield from _differences(before, type(before)(), path)
    elif isinstance(after, dict | list) and before is None:
        yield from _differences(type(after)(), after, path)
    else:
        yield path, (_text(before), _text(after))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def change_row(change: Change, subscription: str, group: str, snapshot: str) -> Json:
    """A row of `resourcechanges`; `snapshot` is the id of the resource's state after it."""
    kind = "/".join(change.target_id.lower().split("/")[6:8])
    properties: Json = {
        "targetResourceId": change.target_id,
        "targetResourceType": kind,
        "changeType": change.kind,
        "changeAttributes": {
            "previousResourceSnapshotId": f"{snapshot}_{change.number - 1}",
            "newResourceSnapshotId": f"{snapshot}_{change.number}",
            "correlationId": change.correlation_id,
            "changedByType": change.principal.kind,
            "changesCount": len(change.properties),
            "clientType": change.principal.client,
            "changedBy": "System" if change.principal.kind == "System" else change.principal.caller,
            "operation": change.operation.lower(),
            "timestamp": f"{timestamp(change.at)[:23]}+00:00",
        },
        "changes": {
            path: {"newValue": new, "previousValue": old}
            for path, (old, new) in change.properties.items()
        },
    }
    name = f"{snapshot}-{change.number}"
    return {
        "id": f"{change.target_id}/providers/Microsoft.Resources/changes/{name}",
        "name": name,
        "type": "microsoft.resources/changes",
        "resourceGroup": group.lower(),
        "subscriptionId": subscription,
        "properties": properties,
    }
