"""The sentences for wrong keys and values, which files of every kind share."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from vmss_tui.config.entry import ConfigError, Entry, KeyPath, key_text, place_text

LIKENESS = 0.75
"""The least likeness of a name to a known one, of at most 1, for it to be suggested."""


def invalid_value(path: Path, key_path: KeyPath, entry: Entry, rule: str) -> ConfigError:
    """`FILE line N: KEY is VALUE: it RULE`; `rule` begins with "must"."""
    return ConfigError(
        f"{place_text(path, entry.line)}: {key_text(key_path)} is {entry.quoted}: it {rule}"
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """` (did you mean NAME?)`, or nothing where no known name is similar."""
    close = closest_name(name, known)
    return f" (did you mean {close}?)" if close else ""


def closest_name(name: str, known: Iterable[str]) -> str:
    """The known name that is most similar; empty where none is."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=LIKENESS)), "")
