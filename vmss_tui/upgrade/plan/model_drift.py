"""Describes changes of a model by others, since a plan was made or a run pinned the model. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from vmss_tui.fleet.model_edit.digest import digest_leaves, edited_paths
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.text import cell

_READABLE = ("size", "plan", "zones", "profile.storageProfile.imageReference.")
_HASH_PREFIX = "#"
_MAX_NAMED = 3
"""Number of differences that a description names."""


def model_parts(tree: Mapping[str, Any]) -> dict[str, str]:
    """The model by path: image, size, plan and zones as text; for all other paths a short hash,
    because they may contain secrets."""
    return {
        cell(path, 120): cell(str(value), 200) if path.startswith(_READABLE) else _hash_value(value)
        for path, value in digest_leaves(tree)
    }


def describe_changes(
    before: Mapping[str, str], tree: Mapping[str, Any], body: Mapping[str, Any]
) -> str:
    """The differences without those of the PATCH `body`: `size: A → B; licenseType`.

    Empty where `before` is (in old journals).
    """
    current = model_parts(tree)
    own_paths = edited_paths(body)
    changes = [
        _describe_change(path, before.get(path, ""), current.get(path, ""))
        for path in sorted(before.keys() | current.keys())
        if before.get(path) != current.get(path) and not path.startswith(own_paths)
    ]
    if not before:
        return ""
    return shorten_list(changes, _MAX_NAMED, separator="; ", rest=" and {more} more")


def _hash_value(value: object) -> str:
    encoded = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return _HASH_PREFIX + hashlib.sha256(encoded.encode()).hexdigest()[:8]


def _describe_change(path: str, old: str, new: str) -> str:
    name = path.removeprefix("profile.").removeprefix("storageProfile.")
    if _HASH_PREFIX in (old[:1], new[:1]):
        return name
    return f"{name}: {old or '–'} → {new or '–'}"
