"""What a YAML file says, value by value with line numbers. Knows no settings.

Stricter than YAML: one document of mappings, lists and plain values; no anchors, aliases or
tags, no key twice, nothing deep or big. So nothing in the file can surprise or grow.
"""

import re
from pathlib import Path

import yaml

from vmss_tui import text
from vmss_tui.config.entry import BadConfig, Entry, KeyPath, Scalar, dotted, shown

LARGEST = 65_536
DEEPEST = 8
_LONGEST_NUMBER = 256
"""Bits: Python itself refuses to write down numbers of many thousands of digits."""
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


def read(path: Path) -> dict[KeyPath, Entry]:
    """Every value of the file by its path of keys; raises `BadConfig`.

    A section that is there but empty is left out: it says nothing.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadConfig(f"{shown(path)} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise BadConfig(f"{shown(path)} is larger than {LARGEST // 1024} KiB: this is no settings")
    try:
        source = data.decode("utf-8-sig")
        _refuse_surprises(path, source)
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise BadConfig(f"{shown(path)} is not UTF-8 text (byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from error
    except yaml.YAMLError as error:
        raise BadConfig(f"{shown(path)} is not YAML: {text.cell(str(error))}") from error
    found: dict[KeyPath, Entry] = {}
    if root is not None:
        _walk(path, root, (), found)
    return found


def _refuse_surprises(path: Path, source: str) -> None:
    depth = 0
    for token in yaml.scan(source, Loader=yaml.SafeLoader):
        line = token.start_mark.line + 1
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
            raise BadConfig(
                f"{shown(path, line)}: anchors, aliases and tags (& * !) are not used here: "
                "write the value itself, in quotes if it begins with such a sign"
            )
        depth += isinstance(token, _OPENING)
        depth -= isinstance(token, _CLOSING)
        if depth > DEEPEST:
            raise BadConfig(f"{shown(path, line)}: nested deeper than any setting is")


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> BadConfig:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = error.problem or "not understood"
    if "'\\t'" in problem:
        return BadConfig(f"{shown(path, line)}: a tab stands where spaces must indent")
    return BadConfig(f"{shown(path, line)} is not YAML: {text.cell(problem)}")


def _walk(path: Path, node: yaml.Node, at: KeyPath, found: dict[KeyPath, Entry]) -> None:
    line = node.start_mark.line + 1
    match node:
        case yaml.MappingNode(value=pairs):
            seen: dict[str, int] = {}
            for key_node, value in pairs:
                here = key_node.start_mark.line + 1
                key = str(_scalar(path, key_node))
                if key in seen:
                    raise BadConfig(
                        f"{shown(path, here)}: {dotted((*at, key))} stands twice, first in line "
                        f"{seen[key]}: keep one"
                    )
                seen[key] = here
                _refuse_secret(path, here, (*at, key))
                _walk(path, value, (*at, key), found)
        case yaml.SequenceNode(value=items):
            if not at:
                raise BadConfig(f"{shown(path, line)}: {_EXPECTED}")
            if any(not isinstance(item, yaml.ScalarNode) for item in items):
                raise BadConfig(f"{shown(path, line)}: {dotted(at)} must be a list of plain values")
            found[at] = Entry(line, tuple(_scalar(path, item) for item in items))
        case _:
            value = _scalar(path, node)
            if at and (len(at) > 1 or value is not None):
                found[at] = Entry(line, value)
            elif not at and value is not None:
                raise BadConfig(f"{shown(path, line)}: {_EXPECTED}")


def _scalar(path: Path, node: yaml.Node) -> Scalar:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise BadConfig(f"{shown(path, line)}: a key must be a plain word")
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise BadConfig(f"{shown(path, line)}: {text.cell(str(error))}") from error
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        raise BadConfig(f"{shown(path, line)}: a number longer than any setting is")
    return value if isinstance(value, str | int | float | bool | None) else str(node.value)


def _refuse_secret(path: Path, line: int, at: KeyPath) -> None:
    """The value is never quoted."""
    if at[0] != "keys" and _SECRET.search(at[-1]):
        raise BadConfig(
            f"{shown(path, line)}: {dotted(at)} looks like a secret, and secrets do not belong "
            "in a file: sign in with az, a managed identity or environment variables, and take "
            "the secret out (it should be replaced, too)"
        )
