"""Where two readings of a model differ, path by path, with secrets elided.

A path is dotted JSON (`properties.virtualMachineProfile…`), a value its JSON text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vmss_tui.fleet.scale_set import ScaleSet

_MOVES_BY_ITSELF = re.compile(r"(^|\.)(etag|provisioningState|timeCreated|createdTime|time)$")
_SECRET_PATH = re.compile(
    r"(password|secret|protectedSettings|customData|userData|keyData|\bsas\b)", re.IGNORECASE
)

_SIGNATURE = re.compile(r"(?<=[?&]sig=)[^&\s\"]+", re.IGNORECASE)
"""What makes the link to a blob a key to it."""

_Leaf = tuple[str, Any, Any]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One JSON path whose value differs; None where it is absent on that side."""

    path: str
    old: str | None
    new: str | None


def is_applied(scale_set: ScaleSet, body: Mapping[str, Any]) -> bool:
    """Does the model read already say everything that the PATCH wanted?

    Azure gives names and ids back in a spelling of its own, so their case does not matter.
    """
    return all(
        isinstance(found, str) and isinstance(wanted, str) and found.lower() == wanted.lower()
        for _, found, wanted in pointwise(scale_set.raw, body)
    )


def undo_body(scale_set: ScaleSet, body: Mapping[str, Any]) -> dict[str, Any]:
    """The PATCH that puts back what `body` would change, as `scale_set` has it now.

    An image reference is put back whole: its forms have no key in common. What was absent
    cannot be put back by a PATCH and is left out.
    """
    return _taken(scale_set.raw, body)


def differences(old: ScaleSet, new: ScaleSet) -> tuple[DiffLine, ...]:
    """What another writer changed between two readings, without what moves by itself."""
    before, after = dict(_leaves(old.raw)), dict(_leaves(new.raw))
    return tuple(
        DiffLine(path, shown(path, before.get(path)), shown(path, after.get(path)))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and not _MOVES_BY_ITSELF.search(path)
    )


def pointwise(old: object, wanted: Mapping[str, Any], path: str = "") -> Iterator[_Leaf]:
    """(path, old, new) for every leaf of `wanted` that `old` does not already say."""
    for key, new in wanted.items():
        here = f"{path}.{key}" if path else key
        found = old.get(key) if isinstance(old, Mapping) else None
        if isinstance(new, Mapping):
            yield from pointwise(found, new, here)
        elif found != new:
            yield here, found, new


def dropped(old: object, wanted: Mapping[str, Any], path: str = "") -> Iterator[_Leaf]:
    """(path, old, None) for what an image reference loses by being written in another form."""
    for key, new in wanted.items():
        here = f"{path}.{key}" if path else key
        found = old.get(key) if isinstance(old, Mapping) else None
        if not isinstance(new, Mapping) or not isinstance(found, Mapping):
            continue
        yield from dropped(found, new, here)
        if key == "imageReference":
            lost = found.keys() - new.keys() - {"exactVersion"}
            yield from ((f"{here}.{name}", found[name], None) for name in sorted(lost))
        elif key == "storageProfile":
            other = _other_form(found, new)
            yield from ((f"{here}.{path}", value, None) for path, value in other)


def _other_form(found: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A blob as the disk's image and an image reference exclude each other."""
    reference, disk = found.get("imageReference"), found.get("osDisk")
    blob = disk.get("image") if isinstance(disk, Mapping) else None
    if "imageReference" in new and isinstance(blob, Mapping):
        return [("osDisk.image.uri", blob.get("uri"))]
    if "osDisk" in new and isinstance(reference, Mapping):
        kept = reference.keys() - {"exactVersion"}
        return [(f"imageReference.{name}", reference[name]) for name in sorted(kept)]
    return []


def _taken(source: object, shape: Mapping[str, Any]) -> dict[str, Any]:
    found = source if isinstance(source, Mapping) else {}
    taken: dict[str, Any] = {}
    for key, value in shape.items():
        mine = found.get(key)
        if key == "imageReference" and isinstance(mine, Mapping):
            taken[key] = {name: mine[name] for name in mine if name != "exactVersion"}
        elif key == "storageProfile" and isinstance(mine, Mapping):
            taken[key] = _storage_taken(mine, value)
        elif isinstance(value, Mapping):
            if inner := _taken(mine, value):
                taken[key] = inner
        elif mine is not None:
            taken[key] = mine
    return taken


def _storage_taken(mine: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """The image in whichever form it has now, whatever form it would get."""
    other = "osDisk" if "imageReference" in shape else "imageReference"
    if not _taken(mine, shape) and other in mine:
        shape = {"osDisk": {"image": {"uri": ""}}} if other == "osDisk" else {other: {}}
    return _taken(mine, shape)


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{at}]")
    else:
        yield path, value


def shown(path: str, value: object) -> str | None:
    """A leaf as text: JSON, strings bare, secrets by name only, None where it is absent."""
    if value is None:
        return None
    if _SECRET_PATH.search(path):
        return "(secret)"
    said = value if isinstance(value, str) else json.dumps(value)
    return _SIGNATURE.sub("(secret)", said)
