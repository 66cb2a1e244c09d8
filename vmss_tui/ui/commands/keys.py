"""Names of keys: as a person writes them in the settings, as Textual sends them, and in sentences.

Knows no command: who moves one says which key it had and which it has.
"""

import re
from collections.abc import Mapping

from textual.keys import Keys, _character_to_key, key_to_character

_ALIASES = {"return", "ctrl-at", "ctrl+i", "ctrl+m"}
"""Names that no press arrives under: enter and tab do."""
_NAMES = frozenset(key.value for key in Keys if not key.value.startswith("<")) - _ALIASES
_BEGINS = re.compile(r"(?:^|(?<=, )|(?<=and ))\S(?= )")
_ASIDE = re.compile(r"(?<=\()\S(?=\))")


def bound(key: str) -> str | None:
    """The name under which a key arrives, such as `f5` for `F5`; None where none ever does."""
    if len(key) == 1:
        return _character_to_key(key) if key.isprintable() and not key.isspace() else None
    name = key.lower()
    if name in _NAMES:
        return name
    sign = key_to_character(name)
    return name if sign is not None and _character_to_key(sign) == name else None


def bound_all(keys: str) -> str:
    """The same of several with commas between; what is no key stays as it is."""
    return ",".join(bound(each) or each for each in map(str.strip, keys.split(",")) if each)


def spoken(key: str) -> str:
    """A sign for itself: `?` for `question_mark`."""
    sign = key_to_character(key)
    return key if sign is None or sign.isspace() else sign


def in_hint(words: str, moved: Mapping[str, str]) -> str:
    """A list of things to try, each with its key first, with the keys that were moved."""
    return _BEGINS.sub(lambda found: moved.get(found[0], found[0]), words)


def in_refusal(words: str, moved: Mapping[str, str]) -> str:
    """A sentence that names keys in brackets, with the keys that were moved."""
    return _ASIDE.sub(lambda found: moved.get(found[0], found[0]), words)
