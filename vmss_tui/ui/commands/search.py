"""Entries of the command palette, and which of them match what is typed. Knows no widget."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

FuzzyScore = Callable[[str], float]
"""Scores a text by the typed letters; 0 where the text does not contain them in this order."""
_WORD = re.compile(r"[^\W_]++")
_MIN_SHARED_LETTERS = 4
"""Letters that a mistyped word must share with the beginning of a word of the title."""
MAX_NAMES = 12
"""Names of one kind that are shown at once."""


class PaletteName(NamedTuple):
    """Something that the palette can go to: a scale set, an instance or a run."""

    kind: str
    """Heading, such as `Scale sets`."""
    name: str
    note: str
    go: Callable[[], object]


class PaletteEntry(NamedTuple):
    """A line of the palette."""

    group: str
    title: str
    keys: str
    note: str
    """What it does; where it is unavailable, the reason."""
    run: Callable[[], object]
    available: bool = True
    command_id: str = ""
    synonyms: tuple[str, ...] = ()


def matching_entries(
    query: str, commands: Iterable[PaletteEntry], names: Iterable[PaletteEntry], fuzzy: FuzzyScore
) -> list[PaletteEntry]:
    """Entries that match, group by group: the group of the best one first, and in each group the
    best one first."""
    scored = [
        (rank(query, entry.title, entry.command_id, entry.note, fuzzy, entry.synonyms), entry)
        for entry in commands
    ]
    scored += [(rank_name(query, entry.title), entry) for entry in names]
    groups: dict[str, list[tuple[float, PaletteEntry]]] = {}
    for score, entry in scored:
        if score > 0:
            groups.setdefault(entry.group, []).append((score, entry))
    for members in groups.values():
        members.sort(key=lambda member: -member[0])
    in_order = sorted(groups.values(), key=lambda members: -members[0][0])
    return [
        entry
        for members in in_order
        for _, entry in (members if members[0][1].command_id else members[:MAX_NAMES])
    ]


def rank_name(query: str, name: str) -> float:
    """The score of a name: 5.9 for the whole name, less for its beginning, less for a part."""
    typed, lowered = query.lower().strip(), name.lower()
    if not typed or typed not in lowered:
        return 0
    if typed == lowered:
        return 7
    return (5.5 if lowered.startswith(typed) else 3.2) - len(lowered) / 1000


def rank(
    query: str,
    title: str,
    command_id: str,
    tooltip: str,
    fuzzy: FuzzyScore,
    synonyms: Sequence[str] = (),
) -> float:
    """The score of a command for a query, higher is better; 0 where it does not match."""
    query_words = _split_words(query)
    if not query_words:
        return 0
    title_words = _split_words(title)
    if " ".join(title_words).startswith(" ".join(query_words)):
        return 6 - len(title_words) / 100
    synonym_score = _rank_synonyms(query_words, synonyms)
    if synonym_score > 5:
        return synonym_score
    if _are_prefixes(query_words, title_words):
        return 5 - len(title_words) / 100
    if synonym_score:
        return synonym_score
    if _are_prefixes(query_words, [*title_words, *_split_words(command_id)]):
        return 4
    if query.lower().strip() in title.lower():
        return 3.5
    if _are_prefixes(
        query_words, [*title_words, *_split_words(command_id), *_split_words(tooltip)]
    ):
        return 3
    if all(any(_is_similar(word, name) for name in title_words) for word in query_words):
        return 2
    score = max(fuzzy(title), fuzzy(command_id))
    return score / (1 + score)


def _rank_synonyms(query_words: list[str], synonyms: Sequence[str]) -> float:
    """5.5 for a whole synonym, 4.3 for the beginning of one; of several the first are better."""
    typed = " ".join(query_words)
    for place, synonym in enumerate(synonyms):
        if " ".join(_split_words(synonym)) == typed:
            return 5.5 - place / 100
    starts = any(" ".join(_split_words(synonym)).startswith(typed) for synonym in synonyms)
    return 4.3 if starts else 0


def _split_words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _are_prefixes(query_words: list[str], names: list[str]) -> bool:
    """Whether each word of the query is a prefix of one of the names."""
    return bool(names) and all(any(name.startswith(word) for name in names) for word in query_words)


def _is_similar(word: str, name: str) -> bool:
    shared_length = next((n for n, (a, b) in enumerate(zip(word, name, strict=False)) if a != b),
                  min(len(word), len(name)))  # fmt: skip
    return shared_length >= max(_MIN_SHARED_LETTERS, len(word) - 1)
