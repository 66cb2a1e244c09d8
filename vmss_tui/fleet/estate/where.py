"""The filter of scale sets, for the dashboard's list, `list --where` and campaigns. Pure.

`tag:role=web region:northeurope image:22.04.* !live behind` — a scale set must match every term:

- `key:value`: with `*` (any text) or `?` (any character) in it, the value must match as a whole;
  without, a part is enough, except of tags and of values from a fixed list.
- `key=value`: the whole value, for example `region=eastus`, which `eastus2` is not.
- `key:one,two`: one of several values; a tag may contain a comma, so there is no such list.
- `key:"two words"`: a value with spaces.
- a keyword such as `behind` (or `outdated`, which is the same); another word is searched in names;
  `*` is every scale set.
- `!` before a term negates it.

Upper and lower case are equal. Matching takes a time in proportion to pattern and text, without
regular expressions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from vmss_tui.errors import ExitCode, VmssError
from vmss_tui.fleet.estate.row import EstateRow
from vmss_tui.fleet.states import Orchestration, PolicyMode

Predicate = Callable[[EstateRow], bool]

KEYWORDS: Mapping[str, Predicate] = {
    "behind": lambda row: row.is_behind,
    "problem": lambda row: row.is_problem,
    "live": lambda row: row.is_live,
    "owned": lambda row: bool(row.owner),
}
_COUNTED = ("behind", "problem", "running")
"""Keywords and keys that only a counted scale set can match."""
_VALUES: Mapping[str, Callable[[EstateRow], Sequence[str]]] = {
    "name": lambda row: (row.name,),
    "group": lambda row: (row.id.resource_group,),
    "region": lambda row: (row.region, row.place),
    "subscription": lambda row: (row.subscription, row.id.subscription_id),
    "orchestration": lambda row: (str(row.orchestration),),
    "policy": lambda row: (str(row.policy_mode),),
    "image": lambda row: (row.image_version, row.image.title) if row.image else (),
    "running": lambda row: tuple(row.versions),
    "size": lambda row: (row.vm_size,),
    "tag": lambda row: tuple(text for key, value in row.tags for text in (key, f"{key}={value}")),
}
_OTHER_NAMES = {"sub": "subscription"}
_OTHER_KEYWORDS = {"outdated": "behind"}
_KNOWN_VALUES: Mapping[str, Sequence[str]] = {
    "orchestration": tuple(Orchestration),
    "policy": tuple(PolicyMode),
}
_WHOLE_VALUES = ("tag", *_KNOWN_VALUES)
_MAX_LENGTH = 2_000
"""Characters of a filter."""


class BadWhere(VmssError, ValueError):
    """A filter that cannot be read; the message says what would be right.

    `position` is the character at which the term begins, counted from 1.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class FilterTerm(Struct, frozen=True):
    """One term of a filter."""

    name: str
    """The keyword or key; empty for a word that is searched in names."""
    matches: Predicate


class Where(Struct, frozen=True):
    """A filter that was read. An empty one matches every scale set."""

    text: str = ""
    terms: tuple[FilterTerm, ...] = ()

    def matches(self, row: EstateRow) -> bool:
        """Whether the scale set matches every term."""
        return all(term.matches(row) for term in self.terms)

    def may_match(self, row: EstateRow) -> bool:
        """Whether it matches every term that can be decided before its instances are counted."""
        return all(term.matches(row) for term in self.terms if term.name not in _COUNTED)

    @property
    def needs_counts(self) -> bool:
        """Whether a term can be decided only of counted scale sets."""
        return any(term.name in _COUNTED for term in self.terms)

    @property
    def needs_versions(self) -> bool:
        """Whether a term compares images with the catalogue (`EstateRow.newer`)."""
        return any(term.name == "behind" for term in self.terms)


def parse_where(text: str, more_words: Mapping[str, Predicate] | None = None) -> Where:
    """Reads a filter; raises `BadWhere`.

    `more_words` are further keywords that only the caller can decide, such as `selected`.
    """
    if len(text) > _MAX_LENGTH:
        raise BadWhere(f"a filter has at most {_MAX_LENGTH:,} characters", _MAX_LENGTH + 1)
    keywords = {**KEYWORDS, **(more_words or {})}
    terms = (_term(word, position, keywords) for position, word in _split(text))
    return Where(text.strip(), tuple(term for term in terms if term is not None))


def _split(text: str) -> Iterator[tuple[int, str]]:
    """The terms, each with the character at which it begins; raises for an open quote."""
    start: int | None = None
    is_quoted = False
    for at, character in enumerate(text):
        if character.isspace() and not is_quoted:
            if start is not None:
                yield start + 1, text[start:at]
            start = None
            continue
        start = at if start is None else start
        is_quoted ^= character == '"'
    if start is not None:
        if is_quoted:
            raise BadWhere(f"{text[start:]!a} has no closing quote", start + 1)
        yield start + 1, text[start:]


def _term(word: str, position: int, keywords: Mapping[str, Predicate]) -> FilterTerm | None:
    """None for `*`, which every scale set matches."""
    negated = word.startswith("!")
    content = word.removeprefix("!").lower()
    content = _OTHER_KEYWORDS.get(content, content)
    if content == "*" and not negated:
        return None
    if not content:
        raise BadWhere("'!' negates nothing: write !behind or !region:eastus", position)
    if content in keywords:
        name, predicate = content, keywords[content]
    else:
        name, predicate = _value_term(content, position, keywords)
    return FilterTerm(name, (lambda row: not predicate(row)) if negated else predicate)


def _value_term(
    word: str, position: int, keywords: Mapping[str, Predicate]
) -> tuple[str, Predicate]:
    """Key and predicate."""
    ends = [at for at in (word.find(":"), word.find("=")) if at >= 0]
    if word.startswith('"') or not ends:
        return "", _name_term(word.replace('"', ""))
    key, sign = word[: min(ends)], word[min(ends)]
    value = word[min(ends) + 1 :].replace('"', "")
    key = _OTHER_NAMES.get(key, key)
    values = _VALUES.get(key)
    if values is None:
        keys = (f"{known_key}:" for known_key in _VALUES)
        known = ", ".join((*keywords, *_OTHER_KEYWORDS, *keys))
        raise BadWhere(f"no filter {key!a}: use {known}", position)
    parts = [value] if key == "tag" else value.split(",")
    patterns = [part for part in parts if part]
    _check_values(key, patterns, position)
    is_whole = sign == "=" or key in _WHOLE_VALUES
    globs = [Glob(pattern, is_whole=is_whole) for pattern in patterns or ["*"]]
    return key, lambda row: any(glob.matches(text) for text in values(row) for glob in globs)


def _check_values(key: str, patterns: Iterable[str], position: int) -> None:
    """Raises for a value that no scale set can have."""
    known = _KNOWN_VALUES.get(key)
    for pattern in patterns:
        if known and not any(Glob(pattern, is_whole=True).matches(value) for value in known):
            raise BadWhere(f"no {key} {pattern!a}: use {', '.join(known)}", position)


def _name_term(word: str) -> Predicate:
    glob = Glob(f"*{word}*", is_whole=True)
    return lambda row: any(
        glob.matches(text)
        for text in (row.name, row.id.resource_group, row.subscription, row.place)
    )


class Glob:
    """A pattern of text with `*` (any text) and `?` (any character), without regard to case."""

    __slots__ = ("_parts",)

    def __init__(self, pattern: str, *, is_whole: bool) -> None:
        """`is_whole`: without `*` and `?`, too, the pattern must match the whole text."""
        has_wildcard = "*" in pattern or "?" in pattern
        self._parts = (pattern if is_whole or has_wildcard else f"*{pattern}*").lower().split("*")

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the text."""
        text = text.lower()
        first, *rest = self._parts
        if not rest:
            return len(first) == len(text) and _is_at(text, first, 0)
        *middle, last = rest
        end = len(text) - len(last)
        if len(first) > end or not _is_at(text, first, 0) or not _is_at(text, last, end):
            return False
        position = len(first)
        for part in middle:
            position = _find(text, part, position, end)
            if position < 0:
                return False
            position += len(part)
        return True


def _find(text: str, part: str, start: int, end: int) -> int:
    """The first place of the part between `start` and `end`; -1 where there is none."""
    if "?" not in part:
        return text.find(part, start, end)
    places = range(start, end - len(part) + 1)
    return next((at for at in places if _is_at(text, part, at)), -1)


def _is_at(text: str, part: str, start: int) -> bool:
    if "?" not in part:
        return text.startswith(part, start)
    pairs = zip(part, text[start : start + len(part)], strict=True)
    return all(one in ("?", other) for one, other in pairs)
