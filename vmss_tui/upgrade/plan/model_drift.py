"""What somebody else has changed of a model since a plan was made or a run has pinned it. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from vmss_tui.fleet.model_digest import digest_leaves, edited_paths
from vmss_tui.text import cell

_READABLE = ("size", "plan", "zones", "profile.storageProfile.imageReference.")
_VEIL = "#"
_TOLD = 3
"""Differences named; the model's own diff has the rest."""


def parts(tree: Mapping[str, Any]) -> dict[str, str]:
    """The model path by path, to say later what has moved: image, size, plan and zones as they are,
    of everything else a short hash, because anything else may hold a secret."""
    return {
        cell(path, 120): cell(str(value), 200) if path.startswith(_READABLE) else _veiled(value)
        for path, value in digest_leaves(tree)
    }


def moved(before: Mapping[str, str], tree: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """What differs by now, beside what the PATCH `body` writes: `size: A → B; licenseType`.

    Empty where nothing can be told: `before` is empty in old journals.
    """
    now = parts(tree)
    mine = edited_paths(body)
    told = [
        _told(path, before.get(path, ""), now.get(path, ""))
        for path in sorted(before.keys() | now.keys())
        if before.get(path) != now.get(path) and not path.startswith(mine)
    ]
    more = f" and {len(told) - _TOLD} more" * (len(told) > _TOLD)
    return ("; ".join(told[:_TOLD]) + more) * bool(before)


def _veiled(value: object) -> str:
    said = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return _VEIL + hashlib.sha256(said.encode()).hexdigest()[:8]


def _told(path: str, old: str, new: str) -> str:
    name = path.removeprefix("profile.").removeprefix("storageProfile.")
    if _VEIL in (old[:1], new[:1]):
        return name
    return f"{name}: {old or '–'} → {new or '–'}"
