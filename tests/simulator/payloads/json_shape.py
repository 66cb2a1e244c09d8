"""Compares the shapes of JSON values: keys and types, not the values themselves."""

from collections.abc import Iterator
from typing import Any


def shape_differences(recorded: Any, simulated: Any, path: str = "") -> Iterator[str]:
    """Describes each missing or new key, and each value of another type, of `simulated`."""
    if isinstance(recorded, dict) and isinstance(simulated, dict):
        for key in sorted(recorded.keys() - simulated.keys() - {"_truncated_note"}):
            yield f"{path}.{key} is missing"
        for key in sorted(simulated.keys() - recorded.keys()):
            yield f"{path}.{key} is new"
        for key in sorted(recorded.keys() & simulated.keys()):
            yield from shape_differences(recorded[key], simulated[key], f"{path}.{key}")
    elif isinstance(recorded, list) and isinstance(simulated, list):
        if recorded and simulated:
            items = merged_items(recorded), merged_items(simulated)
            yield from shape_differences(*items, f"{path}[]")
        elif path == ".value" and bool(recorded) != bool(simulated):
            yield f"{path} has {len(simulated)} items, should have {len(recorded)}"
    elif type(recorded) is not type(simulated):
        yield f"{path} is {type(simulated).__name__}, should be {type(recorded).__name__}"


def merged_items(items: list[Any]) -> Any:
    """One object with the keys of all items of a list; the first item if it is no object."""
    if not isinstance(items[0], dict):
        return items[0]
    merged: dict[str, Any] = {}
    for item in items:
        for key, value in item.items():
            earlier = merged.get(key)
            both_objects = isinstance(earlier, dict) and isinstance(value, dict)
            merged[key] = merged_items([earlier, value]) if both_objects else value
    return merged


def state_values(body: Any) -> list[Any]:
    """The values of a body that report a state or an error code."""
    if not isinstance(body, dict):
        return []
    properties = body.get("properties") or {}
    values = [body.get("status"), (body.get("error") or {}).get("code")]
    if "virtualMachineProfile" in properties or "osDisk" in str(properties):
        values.append(properties.get("provisioningState"))
    values.append((properties.get("runningStatus") or {}).get("code"))
    return values
