"""Names of keys: as written in the settings, as Textual sends them, and as shown in sentences.

Knows no command: callers pass the replaced keys as a mapping from default to configured key.
"""

import re
from collections.abc import Mapping

from textual.keys import Keys, key_to_character

from vmss_tui.ui.terminal.textual_private import character_key_name

_UNSENT_NAMES = {"return", "ctrl-at", "ctrl+i", "ctrl+m"}
"""Names that Textual never sends: it sends `enter` and `tab` instead."""
_KEY_NAMES = frozenset(key.value for key in Keys if not key.value.startswith("<")) - _UNSENT_NAMES
_KEY_BEFORE_WORDS = re.compile(r"(?:^|(?<=, )|(?<=and ))\S(?= )")
_KEY_IN_PARENTHESES = re.compile(r"(?<=\()\S(?=\))")


def key_name(key: str) -> str | None:
    """The name under which Textual sends a key, such as `f5` for `F5`; None if it sends none."""
    if len(key) == 1:
        return character_key_name(key) if key.isprintable() and not key.isspace() else None
    name = key.lower()
    if name in _KEY_NAMES:
        return name
    character = key_to_character(name)
    return name if character is not None and character_key_name(character) == name else None


def key_names(keys: str) -> str:
    """`key_name` for several keys separated by commas; an unknown key is left unchanged."""
    return ",".join(key_name(name) or name for name in map(str.strip, keys.split(",")) if name)


def key_label(key: str) -> str:
    """The label of a key: the character for a printable one (`?` for `question_mark`)."""
    character = key_to_character(key)
    return key if character is None or character.isspace() else character


def replace_keys_in_hint(hint: str, moved: Mapping[str, str]) -> str:
    """Replaces reconfigured keys in a hint, where each key precedes what it does."""
    return _KEY_BEFORE_WORDS.sub(lambda match: moved.get(match[0], match[0]), hint)


def replace_keys_in_reason(reason: str, moved: Mapping[str, str]) -> str:
    """Replaces reconfigured keys in a sentence that names keys in parentheses."""
    return _KEY_IN_PARENTHESES.sub(lambda match: moved.get(match[0], match[0]), reason)
