"""Reads a YAML file as single values with line numbers. Knows no settings.

The items of a list of mappings are numbered from 1 in the key path: `("stages", "2", "name")`.

Stricter than YAML: one document of mappings, lists and plain values; no anchors, aliases or
tags, no duplicate keys, limited depth and size.
"""

import os
import re
from collections.abc import Collection
from pathlib import Path

import yaml

from vmss_tui import text
from vmss_tui.config.entry import ConfigError, Entry, KeyPath, Scalar, key_text, place_text
from vmss_tui.config.file_access import settings_refusal

MAX_FILE_SIZE = 65_536
MAX_DEPTH = 8
_MAX_NUMBER_BITS = 256
"""Python refuses to format numbers of many thousands of digits."""
_EXPECTED = "sections with settings are expected here"
_SECRET = re.compile(
    r"secret|passw|token|credentials?_?(key|value)|(api|access|account|private|shared)_?key"
    r"|connection_?string|certificate|^key$|^sas|pat$",
    re.IGNORECASE,
)
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def read_entries(
    path: Path, kind: str = "settings", lists: Collection[KeyPath] = ()
) -> dict[KeyPath, Entry]:
    """All values of the file by their key paths, without empty sections; raises `ConfigError`.

    `kind` is what messages call the file. `lists` may be lists of mappings; other lists are of
    plain values.
    """
    try:
        with path.open("rb") as file:
            refusal = settings_refusal(path, os.fstat(file.fileno()))
            data = b"" if refusal else file.read(MAX_FILE_SIZE + 1)
    except OSError as error:
        raise ConfigError(f"{place_text(path)} cannot be read: {error.strerror}") from error
    if refusal:
        raise ConfigError(f"{text.cell(refusal, 1000)} (the {kind} file is not read)")
    if len(data) > MAX_FILE_SIZE:
        raise ConfigError(
            f"{place_text(path)} is larger than {MAX_FILE_SIZE // 1024} KiB: this is not a "
            f"{kind} file"
        )
    try:
        source = data.decode("utf-8-sig")
        _check_syntax(path, source)
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place_text(path)} is not UTF-8 text (byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(path, error) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{place_text(path)} is not YAML: {text.cell(str(error))}") from error
    entries: dict[KeyPath, Entry] = {}
    if root is not None:
        _Collector(path, lists, entries).collect(root, ())
    return entries


def _check_syntax(path: Path, source: str) -> None:
    depth = 0
    for token in yaml.scan(source, Loader=yaml.SafeLoader):
        line = token.start_mark.line + 1
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
            raise ConfigError(
                f"{place_text(path, line)}: anchors, aliases and tags (& * !) are not used here: "
                "write the value itself, in quotes if it begins with such a character"
            )
        depth += isinstance(token, _OPENING)
        depth -= isinstance(token, _CLOSING)
        if depth > MAX_DEPTH:
            raise ConfigError(f"{place_text(path, line)}: nested deeper than any setting")


def _yaml_error(path: Path, error: yaml.MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = error.problem or "not understood"
    if "'\\t'" in problem:
        return ConfigError(f"{place_text(path, line)}: indent with spaces, not with a tab")
    return ConfigError(f"{place_text(path, line)} is not YAML: {text.cell(problem)}")


class _Collector:
    """Puts the values of a file's nodes into `entries`."""

    def __init__(
        self, path: Path, lists: Collection[KeyPath], entries: dict[KeyPath, Entry]
    ) -> None:
        self._path, self._lists, self._entries = path, lists, entries

    def collect(self, node: yaml.Node, key_path: KeyPath) -> None:
        """Enters the values at and below `node`; raises `ConfigError`."""
        line = node.start_mark.line + 1
        match node:
            case yaml.MappingNode(value=pairs):
                self._collect_mapping(pairs, key_path)
            case yaml.SequenceNode(value=items):
                self._collect_list(items, key_path, line)
            case _:
                value = _scalar(self._path, node)
                if key_path and (len(key_path) > 1 or value is not None):
                    self._entries[key_path] = Entry(line, value)
                elif not key_path and value is not None:
                    raise ConfigError(f"{place_text(self._path, line)}: {_EXPECTED}")

    def _collect_mapping(self, pairs: list[tuple[yaml.Node, yaml.Node]], key_path: KeyPath) -> None:
        first_lines: dict[str, int] = {}
        for key_node, value in pairs:
            line = key_node.start_mark.line + 1
            key = str(_scalar(self._path, key_node))
            if key in first_lines:
                raise ConfigError(
                    f"{place_text(self._path, line)}: {key_text((*key_path, key))} is given "
                    f"twice, first in line {first_lines[key]}: keep one"
                )
            first_lines[key] = line
            _check_no_secret(self._path, line, (*key_path, key))
            self.collect(value, (*key_path, key))

    def _collect_list(self, items: list[yaml.Node], key_path: KeyPath, line: int) -> None:
        place = place_text(self._path, line)
        if not key_path:
            raise ConfigError(f"{place}: {_EXPECTED}")
        if key_path in self._lists and items:
            for number, item in enumerate(items, 1):
                self._collect_item(item, (*key_path, str(number)))
            return
        if any(not isinstance(item, yaml.ScalarNode) for item in items):
            raise ConfigError(f"{place}: {key_text(key_path)} must be a list of plain values")
        values = tuple(_scalar(self._path, item) for item in items)
        self._entries[key_path] = Entry(line, values)

    def _collect_item(self, item: yaml.Node, key_path: KeyPath) -> None:
        line = item.start_mark.line + 1
        if not isinstance(item, yaml.MappingNode):
            raise ConfigError(
                f"{place_text(self._path, line)}: {key_text(key_path[:-1])} must be a list whose "
                "items have keys of their own, such as `- name: canary`"
            )
        self._entries[key_path] = Entry(line, None)
        self.collect(item, key_path)


def _scalar(path: Path, node: yaml.Node) -> Scalar:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"{place_text(path, line)}: a key must be a plain word")
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{place_text(path, line)}: {text.cell(str(error))}") from error
    if isinstance(value, int) and value.bit_length() > _MAX_NUMBER_BITS:
        raise ConfigError(f"{place_text(path, line)}: a number longer than any setting")
    return value if isinstance(value, str | int | float | bool | None) else str(node.value)


def _check_no_secret(path: Path, line: int, key_path: KeyPath) -> None:
    """Refuses keys that look like secrets; the error never contains the value."""
    if key_path[0] != "keys" and _SECRET.search(key_path[-1]):
        raise ConfigError(
            f"{place_text(path, line)}: {key_text(key_path)} looks like a secret, and secrets do "
            "not belong in a file: sign in with az, a managed identity or environment variables, "
            "and remove the secret (it should be replaced, too)"
        )
