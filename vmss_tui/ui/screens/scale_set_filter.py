"""The filter of the list of scale sets: `behind problem live tag:role=web name`. Pure.

A scale set must match every word. `!` negates a word; `*` and `?` match any text. A word without a
key that is no keyword is searched in names.
"""

from collections.abc import Callable, Collection, Sequence
from fnmatch import fnmatchcase

from vmss_tui.errors import VmssError
from vmss_tui.ui.screens.scale_set_rows import ScaleSetRow

_KEYWORDS: dict[str, Callable[[ScaleSetRow], bool]] = {
    "behind": lambda row: row.is_behind,
    "problem": lambda row: row.problems > 0 or bool(row.scale_set.alarming_state),
    "live": lambda row: row.is_live,
}
_SELECTED = "selected"
_VALUES: dict[str, Callable[[ScaleSetRow], Sequence[str]]] = {
    "name": lambda row: (row.scale_set.name,),
    "group": lambda row: (row.scale_set.id.resource_group,),
    "region": lambda row: (row.scale_set.place,),
    "subscription": lambda row: (row.subscription, row.scale_set.id.subscription_id),
    "policy": lambda row: (str(row.scale_set.policy_mode),),
    "image": lambda row: (
        (row.image_version, row.scale_set.image.title) if row.scale_set.image else ()
    ),
    "size": lambda row: (row.scale_set.vm_size or "",),
    "tag": lambda row: tuple(
        text for key, value in row.scale_set.tags for text in (key, f"{key}={value}")
    ),
}
_WHOLE_VALUES = ("tag", "policy")
"""Keys whose values must match as a whole; of others a part is enough."""
FILTER_WORDS = (*_KEYWORDS, _SELECTED, *(f"{key}:" for key in _VALUES))


class BadListFilter(VmssError, ValueError):
    """An invalid word; the message names it and the valid ones."""


def filter_rows(
    text: str, rows: Collection[ScaleSetRow], selected_keys: Collection[str]
) -> list[ScaleSetRow]:
    """The rows that match every word, in their order; raises `BadListFilter`."""
    terms = [_term(word, selected_keys) for word in text.lower().split()]
    return [row for row in rows if all(matches(row) for matches in terms)]


def needs_counts(text: str) -> bool:
    """Whether the filter contains a word that only counted scale sets can match."""
    return any(word.removeprefix("!") in ("behind", "problem") for word in text.lower().split())


def _term(word: str, selected_keys: Collection[str]) -> Callable[[ScaleSetRow], bool]:
    negated = word.startswith("!")
    matches = _positive_term(word.removeprefix("!"), selected_keys)
    return (lambda row: not matches(row)) if negated else matches


def _positive_term(word: str, selected_keys: Collection[str]) -> Callable[[ScaleSetRow], bool]:
    if word == _SELECTED:
        return lambda row: row.scale_set.id.key in selected_keys
    if word in _KEYWORDS:
        return _KEYWORDS[word]
    key, colon, value = word.partition(":")
    if not colon:
        return lambda row: _matches_names(row, word)
    if key not in _VALUES:
        raise BadListFilter(f"no filter {key!a}: use {', '.join(FILTER_WORDS)}")
    pattern = (value or "*") if key in _WHOLE_VALUES else f"*{value}*"
    return lambda row: any(fnmatchcase(text.lower(), pattern) for text in _VALUES[key](row))


def _matches_names(row: ScaleSetRow, word: str) -> bool:
    scale_set = row.scale_set
    names = (scale_set.name, scale_set.id.resource_group, row.subscription, scale_set.place)
    return any(fnmatchcase(name.lower(), f"*{word}*") for name in names)
