"""Describes changes of a model by others, since a plan was made or a run pinned the model. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from vmss_tui.fleet.model_edit.digest import digest_leaves, edited_paths
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.shell import quote_words
from vmss_tui.text import cell, redact_arguments

_READABLE = ("size", "plan", "zones", "profile.storageProfile.imageReference.")
_HARMLESS = frozenset(
    {
        "profile.evictionPolicy",
        "profile.licenseType",
        "profile.priority",
        "profile.osProfile.adminUsername",
        "profile.osProfile.computerNamePrefix",
        "profile.osProfile.allowExtensionOperations",
        "profile.osProfile.linuxConfiguration.disablePasswordAuthentication",
        "profile.osProfile.linuxConfiguration.provisionVMAgent",
        "profile.osProfile.windowsConfiguration.enableAutomaticUpdates",
        "profile.osProfile.windowsConfiguration.provisionVMAgent",
        "profile.osProfile.windowsConfiguration.timeZone",
        "profile.securityProfile.encryptionAtHost",
        "profile.securityProfile.securityType",
        "profile.storageProfile.osDisk.caching",
        "profile.storageProfile.osDisk.createOption",
        "profile.storageProfile.osDisk.diskSizeGB",
        "profile.storageProfile.osDisk.managedDisk.storageAccountType",
    }
)
"""Other paths whose values are shown: no password, key, custom data, setting or URL."""
_MAX_VALUE = 200
"""Characters of a value that are kept."""
_HASH_PREFIX = "#"
_MAX_NAMED = 3
"""Number of differences that a description names."""


def model_parts(tree: Mapping[str, Any]) -> dict[str, str]:
    """The model by path: image, size, plan, zones and other harmless values as text; for all other
    paths a short hash, because they may contain secrets."""
    return {cell(path, 120): _shown_value(path, value) for path, value in digest_leaves(tree)}


def _shown_value(path: str, value: object) -> str:
    if path in _HARMLESS:
        return cell(value if isinstance(value, str) else json.dumps(value), _MAX_VALUE)
    return cell(str(value), _MAX_VALUE) if path.startswith(_READABLE) else _hash_value(value)


def describe_changes(
    before: Mapping[str, str], tree: Mapping[str, Any], body: Mapping[str, Any]
) -> str:
    """The differences without those of the PATCH `body`: `size: A → B; licenseType`.

    Empty where `before` is (in old journals).
    """
    changes = [_describe_change(*change) for change in _changes(before, tree, body)]
    return shorten_list(changes, _MAX_NAMED, separator="; ", rest=" and {more} more")


def restore_command(
    before: Mapping[str, str], tree: Mapping[str, Any], scale_set: ScaleSetId
) -> str:
    """The `az` command that puts back what `describe_changes` names; empty where a value is not
    known in full. Source: "az vmss update", whose `--set` takes paths of the flattened resource."""
    changes = _changes(before, tree, {})
    is_known = all(
        old and len(old) < _MAX_VALUE and not old.startswith(_HASH_PREFIX) and _az_path(path)
        for path, old, _ in changes
    )
    if not changes or not is_known:
        return ""
    values = (f"{_az_path(path)}={old}" for path, old, _ in changes)
    target = ("-g", scale_set.resource_group, "-n", scale_set.name)
    return quote_words(("az", "vmss", "update", *target, "--set", *redact_arguments([*values])))


def _az_path(path: str) -> str:
    """Empty for what one value cannot put back: zones, a plan, sizes of an instance mix."""
    name = {"size": "sku.name"}.get(path, "")
    return f"virtualMachineProfile.{path[8:]}" if path.startswith("profile.") else name


def _changes(
    before: Mapping[str, str], tree: Mapping[str, Any], body: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """(path, old, new) of what differs, without what the PATCH `body` writes.

    An earlier version kept a hash of a value that is text now: such a value is compared by it."""
    current, own_paths = model_parts(tree), edited_paths(body)
    hashes = {cell(path, 120): _hash_value(value) for path, value in digest_leaves(tree)}
    return [
        (path, before.get(path, ""), current.get(path, ""))
        for path in sorted(before.keys() | current.keys() if before else ())
        if before.get(path) not in (current.get(path), hashes.get(path))
        and not path.startswith(own_paths)
    ]


def _hash_value(value: object) -> str:
    encoded = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return _HASH_PREFIX + hashlib.sha256(encoded.encode()).hexdigest()[:8]


def _describe_change(path: str, old: str, new: str) -> str:
    name = path.removeprefix("profile.").removeprefix("storageProfile.")
    if _HASH_PREFIX in (old[:1], new[:1]):
        return name
    return f"{name}: {old or '–'} → {new or '–'}"
