"""A hash of what instances are created from: the model's profile, size, plan and zones. Pure.

Fields that change without an edit are left out, and resource ids are lower-cased because Azure's
responses spell one id in several ways. Capacity, etag, tags and policies are not part of it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

_VOLATILE_KEYS = frozenset({"timeCreated", "provisioningState", "etag"})
_IMAGE_AND_DISK = (
    "profile.storageProfile.imageReference",
    "profile.storageProfile.osDisk",
)


def model_digest(tree: Mapping[str, Any]) -> str:
    """SHA-256 over profile, size, plan and zones of a scale set's ARM JSON."""
    return _hash_tree(_digest_tree(tree))


def digest_outside_edit(tree: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """The digest without what the PATCH `body` writes: equal before and after that PATCH unless
    another writer changed the model too. An image edit leaves out the whole OS disk, because its
    size may change with the image.
    """
    edited = edited_paths(body)
    return _hash_tree(
        {path: value for path, value in digest_leaves(tree) if not path.startswith(edited)}
    )


def edited_paths(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Prefixes of the paths that a PATCH of image or size writes."""
    storage = "storageProfile" in _map(_map(body, "properties"), "virtualMachineProfile")
    return ("size",) * ("sku" in body) + _IMAGE_AND_DISK * storage


def digest_leaves(tree: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """(dotted path, value) of all that is hashed; an extension's settings are one value."""
    return _leaves(_digest_tree(tree))


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value and not path.endswith(".settings"):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    elif value is not None:
        yield path, value


def _digest_tree(tree: Mapping[str, Any]) -> dict[str, Any]:
    zones = tree.get("zones")
    sizes = _map(_map(tree, "properties"), "skuProfile").get("vmSizes")
    mix = {"sizes": sizes} if isinstance(sizes, list) else {}
    return {
        **mix,
        "profile": _normalize(_map(tree, "properties").get("virtualMachineProfile")),
        "size": _map(tree, "sku").get("name"),
        "plan": tree.get("plan"),
        "zones": sorted(str(zone) for zone in zones) if isinstance(zones, list) else [],
    }


def _hash_tree(tree: Mapping[str, Any]) -> str:
    canonical = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _normalize(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: inner if key == "settings" else _normalize(inner)
            for key, inner in value.items()
            if key not in _VOLATILE_KEYS
        }
    if isinstance(value, list):
        return [_normalize(inner) for inner in value]
    if isinstance(value, str) and value[:15].lower() == "/subscriptions/":
        return value.lower()
    return value


def _map(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = tree.get(key)
    return value if isinstance(value, Mapping) else {}
