"""The errors for keys that a strategy file cannot have."""

import re
from pathlib import Path

from vmss_tui.config.entry import ConfigError, Entry, KeyPath, key_text, place_text
from vmss_tui.config.key_errors import closest_name, suggestion
from vmss_tui.config.strategy_values import ITEM, POLICY_KEYS, STRATEGY_SCHEMA

STAGE_RULE = "must be a list with one item for each stage, such as `- name: canary`"
_FIELD_KEYS = {field: key for key, (field, _) in POLICY_KEYS.items()}
_FIELDS = re.compile(rf"\b(?:{'|'.join(_FIELD_KEYS)})\b")


def unknown_key(path: Path, key_path: KeyPath, schema_path: KeyPath, entry: Entry) -> ConfigError:
    """The error for a value at a key path that is not in the schema.

    `schema_path` is the key path with `ITEM` in place of the number of an item.
    """
    place = place_text(path, entry.line)
    for length in range(1, len(schema_path) + 1):
        prefix, name = schema_path[:length], key_text(key_path[:length])
        if prefix in STRATEGY_SCHEMA:
            return ConfigError(f"{place}: {name} is one value, without keys of its own")
        if not _keys_below(prefix):
            return ConfigError(f"{place}: {name} {_unknown_key_message(prefix)}")
    name = key_text(key_path)
    if key_path == ("stages",):
        return ConfigError(f"{place}: {name} {STAGE_RULE}")
    keys = ", ".join(_keys_below(schema_path))
    return ConfigError(f"{place}: {name} is a section: indent its keys ({keys})")


def with_policy_keys(rule: str) -> str:
    """The rule of a `PolicyError` with the keys of the file in place of the policy's fields."""
    return _FIELDS.sub(lambda match: _FIELD_KEYS[match[0]], rule)


def _unknown_key_message(schema_path: KeyPath) -> str:
    parent, key = schema_path[:-1], schema_path[-1]
    keys = _keys_below(parent)
    if parent == ("stages",):
        return f"cannot be: stages {STAGE_RULE}"
    if not parent:
        hint = suggestion(key, keys) or _place_of(key)
        return f"is not a key of a strategy{hint}: the keys are {', '.join(keys)}"
    hint = suggestion(key, keys)
    if parent == ("policy",) and key in _FIELD_KEYS:
        hint = f" (did you mean {_FIELD_KEYS[key]}?)"
    owner = "a stage" if ITEM in parent else f"section {parent[0]}"
    return f"is not a key{hint}: {owner} has {', '.join(keys)}"


def _keys_below(prefix: KeyPath) -> list[str]:
    """The keys that may follow a key path, in the order of the schema."""
    depth = len(prefix)
    return [
        *dict.fromkeys(
            path[depth] for path in STRATEGY_SCHEMA if path[:depth] == prefix and len(path) > depth
        )
    ]


def _place_of(key: str) -> str:
    """The section that has a key of this name."""
    places = {path[-1]: path[0] for path in reversed([*STRATEGY_SCHEMA]) if len(path) > 1}
    close = closest_name(key, places)
    return f" (did you mean {close} in {places[close]}?)" if close else ""
