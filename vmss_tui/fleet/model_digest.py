"""What instances are built from, as one word that differs when it does. Pure.

Without what moves by itself, and with resource ids in lower case, because Azure's answers spell
one id in several ways. Capacity, etag, tags and policy are no part of it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

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
    mine = written(body)
    return _hashed({path: value for path, value in leaves(tree) if not path.startswith(mine)})


def written(body: Mapping[str, Any]) -> tuple[str, ...]:
    """How the paths begin that a PATCH of image or size writes."""
    storage = "storageProfile" in _map(_map(body, "properties"), "virtualMachineProfile")
    return ("size",) * ("sku" in body) + _IMAGE_AND_DISK * storage


def leaves(tree: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """(dotted path, value) of everything in the digest; settings of an extension are one value."""
    return _leaves(_built_from(tree))


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
