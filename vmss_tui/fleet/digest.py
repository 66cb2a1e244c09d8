"""What instances are built from, as one word that differs when it does. Pure.

Without what moves by itself, and with resource ids in lower case, because Azure's answers spell
one id in several ways. Capacity, etag, tags and policy are no part of it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from vmss_tui.text import cell

_MOVES_BY_ITSELF = frozenset({"timeCreated", "provisioningState", "etag"})
_IMAGE_AND_DISK = (
    "profile.storageProfile.imageReference",
    "profile.storageProfile.osDisk",
)


def digest(tree: Mapping[str, Any]) -> str:
    """sha256 of a model's profile, size, plan and zones, as ARM's JSON has them."""
    return _hashed(_built_from(tree))


def digest_beside(tree: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """The same without what the PATCH `body` writes: equal before and after it, unless somebody
    else wrote too. With an image the whole OS disk is left out, whose size may follow the image.
    """
    written = _written(body)
    leaves = _leaves(_built_from(tree))
    return _hashed({path: value for path, value in leaves if not path.startswith(written)})


def _written(body: Mapping[str, Any]) -> tuple[str, ...]:
    """How the paths begin that a PATCH of image or size writes."""
    storage = "storageProfile" in _map(_map(body, "properties"), "virtualMachineProfile")
    return ("size",) * ("sku" in body) + _IMAGE_AND_DISK * storage


def parts(tree: Mapping[str, Any]) -> dict[str, str]:
    """The same path by path, to say later what has moved: image, size, plan and zones as they are,
    of everything else a short hash, because anything else may hold a secret."""
    return {
        cell(path, 120): cell(str(value), 200) if path.startswith(_READABLE) else _veiled(value)
        for path, value in _leaves(_built_from(tree))
    }


def moved(before: Mapping[str, str], tree: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """What differs by now, beside what the PATCH `body` writes: `size: A → B; licenseType`.

    Empty where nothing can be told: `before` is empty in old journals.
    """
    now = parts(tree)
    written = _written(body)
    told = [
        _told(path, before.get(path, ""), now.get(path, ""))
        for path in sorted(before.keys() | now.keys())
        if before.get(path) != now.get(path) and not path.startswith(written)
    ]
    more = f" and {len(told) - _TOLD} more" * (len(told) > _TOLD)
    return ("; ".join(told[:_TOLD]) + more) * bool(before)


_READABLE = ("size", "plan", "zones", "profile.storageProfile.imageReference.")
_VEIL = "#"
_TOLD = 3
"""Differences named; the model's own diff has the rest."""


def _veiled(value: object) -> str:
    said = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return _VEIL + hashlib.sha256(said.encode()).hexdigest()[:8]


def _told(path: str, old: str, new: str) -> str:
    name = path.removeprefix("profile.").removeprefix("storageProfile.")
    if _VEIL in (old[:1], new[:1]):
        return name
    return f"{name}: {old or '–'} → {new or '–'}"


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value and not path.endswith(".settings"):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{at}]")
    elif value is not None:
        yield path, value


def _built_from(tree: Mapping[str, Any]) -> dict[str, Any]:
    zones = tree.get("zones")
    return {
        "profile": _settled(_map(tree, "properties").get("virtualMachineProfile")),
        "size": _map(tree, "sku").get("name"),
        "plan": tree.get("plan"),
        "zones": sorted(str(zone) for zone in zones) if isinstance(zones, list) else [],
    }


def _hashed(found: Mapping[str, Any]) -> str:
    canonical = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: inner if key == "settings" else _settled(inner)
            for key, inner in value.items()
            if key not in _MOVES_BY_ITSELF
        }
    if isinstance(value, list):
        return [_settled(inner) for inner in value]
    if isinstance(value, str) and value[:15].lower() == "/subscriptions/":
        return value.lower()
    return value


def _map(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = tree.get(key)
    return found if isinstance(found, Mapping) else {}
