"""The filter's small language: `ud:2 state:failed zone:1 image:22.04.* !health:healthy`.

Terms are and-ed, but values of one key are alternatives (`ud:1 ud:2`) unless negated by `!`; `*`
and `?` stand for any text. A word without a key is looked for in ids, names and states.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vmss_tui.errors import VmssError
from vmss_tui.fleet.domains import placement_groups
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.fleet.states import State
from vmss_tui.text import cell

_MODEL = {True: "current", False: "stale", None: "unknown"}
_KEYS: dict[str, Callable[[Instance], str]] = {
    "ud": lambda i: _number(i.update_domain),
    "fd": lambda i: _number(i.fault_domain),
    "zone": lambda i: i.zone or "none",
    "pg": lambda i: i.placement_group or "none",
    "state": lambda i: i.state,
    "power": lambda i: i.power,
    "health": lambda i: i.health or "none",
    "provisioning": lambda i: i.provisioning,
    "image": lambda i: i.image.running_version if i.image else "none",
    "model": lambda i: _MODEL[i.latest_model_applied],
    "id": lambda i: i.instance_id,
    "name": lambda i: i.name or "none",
    "size": lambda i: i.vm_size or "none",
}
_WORDS: dict[str, tuple[str, ...]] = {
    "state": tuple(State),
    "power": tuple(PowerState),
    "health": (*Health, "none"),
    "provisioning": tuple(ProvisioningState),
    "model": tuple(_MODEL.values()),
}
"""Keys whose values are known before anything is read."""
_NUMBERS = {"ud", "fd"}
_PLACES = {"ud", "fd", "zone", "pg"}
"""A set has them or has not: a filter for one that it has not would wait for ever."""
_SHOWN_VALUES = 12


class BadFilter(VmssError, ValueError):
    """A term that means nothing; the message says which and what would."""


@dataclass(frozen=True, slots=True)
class _Term:
    key: str
    pattern: str
    negated: bool
    written: str

    def matches(self, instance: Instance) -> bool:
        return self._found(instance) is not self.negated

    def _found(self, instance: Instance) -> bool:
        if not self.key:
            words = (instance.instance_id, instance.name, str(instance.state))
            return any(fnmatchcase(word.lower(), f"*{self.pattern}*") for word in words)
        return fnmatchcase(_KEYS[self.key](instance).lower(), self.pattern)


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; an empty one lets everything through."""

    text: str = ""
    terms: tuple[tuple[_Term, ...], ...] = ()
    """Each of them must hold; of the terms in one, any."""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, instance: Instance) -> bool:
        """Does every term hold, or one of those that are alternatives?"""
        return all(any(term.matches(instance) for term in some) for some in self.terms)


def parse_filter(text: str, instances: Iterable[Instance] = ()) -> Filter:
    """Reads a filter; raises `BadFilter`. `instances` are those whose placement groups the
    screen has numbered."""
    found: dict[object, list[_Term]] = {}
    for place, word in enumerate(text.lower().split()):
        term = _term(word, instances)
        alone = term.negated or not term.key
        found.setdefault(place if alone else term.key, []).append(term)
    return Filter(text.strip(), tuple(map(tuple, found.values())))


def missing(wanted: Filter, instances: Collection[Instance]) -> tuple[str, bool]:
    """Why nothing passes, in words, where one term alone lets nothing through, and whether it
    never will; else empty."""
    for some in wanted.terms:
        term = some[0]
        if term.negated or any(one.matches(i) for one in some for i in instances):
            continue
        if not term.key:
            return f"no id, name or state has {term.written!a} in it", False
        asked = " or ".join(one.written for one in some)
        there = sorted({_KEYS[term.key](i) for i in instances}, key=lambda v: (len(v), v))
        more = " …" if len(there) > _SHOWN_VALUES else ""
        listed = ", ".join(cell(value, 40) for value in there[:_SHOWN_VALUES])
        return f"no instance has {term.key} {asked!a}: there is {listed}{more}", (
            term.key in _PLACES
        )
    return "", False


def unfinished(text: str) -> str:
    """The text without the word that is being typed."""
    return text[: len(text) - len(_last(text))]


def choices(text: str, instances: Iterable[Instance]) -> list[tuple[str, int]]:
    """What the last word may go on as: keys (count 0), or the values that there are with how many
    instances have each, the most first."""
    word = _last(text).removeprefix("!").lower()
    key, colon, begun = word.partition(":")
    if not colon:
        return [(f"{known}:", 0) for known in _KEYS if known.startswith(word)]
    if key not in _KEYS:
        return []
    counts = Counter(cell(_KEYS[key](instance), 60) for instance in instances)
    found = [item for item in counts.items() if item[0].lower().startswith(begun)]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def completed(text: str, found: Sequence[tuple[str, int]]) -> str:
    """The text with its last word gone on as the first choice; as it is where there is none."""
    word = _last(text)
    if not word.strip("!") or not found:
        return text
    head = word[: len(word) - len(word.removeprefix("!").partition(":")[2])] if ":" in word else (
        "!" if word.startswith("!") else "")  # fmt: skip
    return text[: len(text) - len(word)] + head + found[0][0]


def _last(text: str) -> str:
    return text.rpartition(" ")[2]


def _term(word: str, instances: Iterable[Instance]) -> _Term:
    negated = word.startswith("!")
    key, colon, value = word.removeprefix("!").partition(":")
    if not colon:
        key, value = "", key
    elif key not in _KEYS:
        raise BadFilter(f"no filter {key!a}: use {', '.join(_KEYS)}")
    if not value:
        raise BadFilter(f"{word!a} looks for nothing: write {key or 'ud'}:VALUE")
    _refuse(word, key, value)
    if key == "pg":
        return _Term(key, f"{_numbered(value, instances)}*", negated, value)
    return _Term(key, value, negated, value)


def _refuse(word: str, key: str, value: str) -> None:
    """Raises `BadFilter` for what no instance can ever have."""
    if not key:
        head = re.match(r"[a-z]+(?=[=<>])", value)
        if head:
            known = head[0] if head[0] in _KEYS else "ud"
            raise BadFilter(f"{word!a} is not understood: write {known}:VALUE")
        return
    plain = not set(value) & set("*?[")
    if set(value) & set("<>=,") or (key in _NUMBERS | {"id"} and re.fullmatch(r"\d+-\d+", value)):
        alike = f"{key}:1 {key}:2"
        raise BadFilter(f"{word!a}: no comparisons, ranges or lists; write {alike} or {key}:1*")
    if key in _NUMBERS and plain and not value.isdecimal() and value != "none":
        raise BadFilter(f"{word!a} is no {key}: a number, or none")
    known_values = _WORDS.get(key)
    if known_values and not any(fnmatchcase(each.lower(), value) for each in known_values):
        raise BadFilter(f"no {key} {value!a}: use {', '.join(known_values)}")


def _numbered(value: str, instances: Iterable[Instance]) -> str:
    """The placement group that the screen gives this number; else the beginning of its id."""
    groups = placement_groups(instances) if value.isdecimal() and len(value) < 4 else ()
    at = int(value) if groups else 0
    return (groups[at - 1] or "none").lower() if 0 < at <= len(groups) else value


def _number(value: int | None) -> str:
    return "none" if value is None else str(value)
