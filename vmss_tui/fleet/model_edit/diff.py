"""Differences between two readings of a model, by path, with secrets elided.

A path is dotted JSON (`properties.virtualMachineProfile…`), a value is its JSON text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from vmss_tui.fleet.scale_set import ScaleSet

_VOLATILE_PATH = re.compile(r"(^|\.)(etag|provisioningState|timeCreated|createdTime|time)$")
_SECRET_PATH = re.compile(
    r"(password|secret|protectedSettings|customData|userData|keyData|\bsas\b)", re.IGNORECASE
)

_SIGNATURE = re.compile(r"(?<=[?&]sig=)[^&\s\"]+", re.IGNORECASE)
"""The signature in the URL of a blob, which grants access to it."""

_Leaf = tuple[str, Any, Any]


class DiffLine(Struct, frozen=True):
    """A JSON path whose value differs; None where the value is absent on that side."""

    path: str
    old: str | None
    new: str | None


def is_applied(scale_set: ScaleSet, body: Mapping[str, Any]) -> bool:
    """Whether the model already has every value of the PATCH.

    Azure may return names and ids in another spelling, so case is ignored.
    """
    return all(
        isinstance(current, str)
        and isinstance(requested, str)
        and current.lower() == requested.lower()
        for _, current, requested in changed_leaves(scale_set.raw, body)
    )


def undo_body(scale_set: ScaleSet, body: Mapping[str, Any]) -> dict[str, Any]:
    """The PATCH that restores, from `scale_set`, the values that `body` would change.

    An image reference is restored whole, because its forms have no key in common. A value that was
    absent cannot be restored by a PATCH and is left out.
    """
    return _pick(scale_set.raw, body)


def differences(old: ScaleSet, new: ScaleSet) -> tuple[DiffLine, ...]:
    """What changed between two readings, without fields that change without an edit."""
    before, after = dict(_leaves(old.raw)), dict(_leaves(new.raw))
    return tuple(
        DiffLine(path, leaf_text(path, before.get(path)), leaf_text(path, after.get(path)))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and not _VOLATILE_PATH.search(path)
    )


def changed_leaves(old: object, patch: Mapping[str, Any], path: str = "") -> Iterator[_Leaf]:
    """(path, old, new) for every leaf of `patch` that differs from `old`."""
    for key, new in patch.items():
        key_path = f"{path}.{key}" if path else key
        current = old.get(key) if isinstance(old, Mapping) else None
        if isinstance(new, Mapping):
            yield from changed_leaves(current, new, key_path)
        elif current != new:
            yield key_path, current, new


def removed_leaves(old: object, patch: Mapping[str, Any], path: str = "") -> Iterator[_Leaf]:
    """(path, old, None) for fields of an image reference that the form in `patch` replaces."""
    for key, new in patch.items():
        key_path = f"{path}.{key}" if path else key
        current = old.get(key) if isinstance(old, Mapping) else None
        if not isinstance(new, Mapping) or not isinstance(current, Mapping):
            continue
        yield from removed_leaves(current, new, key_path)
        if key == "imageReference":
            lost = current.keys() - new.keys() - {"exactVersion"}
            yield from ((f"{key_path}.{name}", current[name], None) for name in sorted(lost))
        elif key == "storageProfile":
            replaced = _replaced_form(current, new)
            yield from ((f"{key_path}.{path}", value, None) for path, value in replaced)


def _replaced_form(current: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Fields of the other form: a blob as the disk's image and an image reference exclude each
    other."""
    reference, disk = current.get("imageReference"), current.get("osDisk")
    blob = disk.get("image") if isinstance(disk, Mapping) else None
    if "imageReference" in new and isinstance(blob, Mapping):
        return [("osDisk.image.uri", blob.get("uri"))]
    if "osDisk" in new and isinstance(reference, Mapping):
        names = reference.keys() - {"exactVersion"}
        return [(f"imageReference.{name}", reference[name]) for name in sorted(names)]
    return []


def _pick(source: object, shape: Mapping[str, Any]) -> dict[str, Any]:
    fields = source if isinstance(source, Mapping) else {}
    picked: dict[str, Any] = {}
    for key, value in shape.items():
        current = fields.get(key)
        if key == "imageReference" and isinstance(current, Mapping):
            picked[key] = {name: current[name] for name in current if name != "exactVersion"}
        elif key == "storageProfile" and isinstance(current, Mapping):
            picked[key] = _pick_storage(current, value)
        elif isinstance(value, Mapping):
            if inner := _pick(current, value):
                picked[key] = inner
        elif current is not None:
            picked[key] = current
    return picked


def _pick_storage(profile: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """The image in its present form, even if `shape` has the other form."""
    other = "osDisk" if "imageReference" in shape else "imageReference"
    if not _pick(profile, shape) and other in profile:
        shape = {"osDisk": {"image": {"uri": ""}}} if other == "osDisk" else {other: {}}
    return _pick(profile, shape)


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{at}]")
    else:
        yield path, value


def leaf_text(path: str, value: object) -> str | None:
    """A leaf as text: JSON with strings unquoted and secrets hidden; None where absent."""
    if value is None:
        return None
    if _SECRET_PATH.search(path):
        return "(secret)"
    leaf = value if isinstance(value, str) else json.dumps(value)
    return _SIGNATURE.sub("(secret)", leaf)
