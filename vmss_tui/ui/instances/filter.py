"""The filter language: `ud:2 state:failed zone:1 image:22.04.* !health:healthy`.

Terms are combined with "and", values of one key (`ud:1 ud:2`) with "or" unless negated by `!`;
`*` and `?` are wildcards. A word without a key is searched in ids, names and states.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from vmss_tui.errors import VmssError
from vmss_tui.fleet.domains import placement_groups
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.fleet.states import State
from vmss_tui.text import cell

_MODEL = {True: "latest", False: "outdated", None: "unknown"}
_STATES = {State.CURRENT: "latest", State.STALE: "outdated"}
"""Values of `state:` that differ from those of the program's JSON."""
_OLD_VALUES = {"current": "latest", "stale": "outdated"}
"""Values of earlier versions, which are still understood in `state:` and `model:`."""
_VALUES: dict[str, Callable[[Instance], str]] = {
    "ud": lambda i: _number_text(i.update_domain),
    "fd": lambda i: _number_text(i.fault_domain),
    "zone": lambda i: i.zone or "none",
    "pg": lambda i: i.placement_group or "none",
    "state": lambda i: _STATES.get(i.state, i.state),
    "power": lambda i: i.power,
    "health": lambda i: i.health or "none",
    "provisioning": lambda i: i.provisioning,
    "image": lambda i: i.image.running_version if i.image else "none",
    "model": lambda i: _MODEL[i.latest_model_applied],
    "id": lambda i: i.instance_id,
    "name": lambda i: i.name or "none",
    "size": lambda i: i.vm_size or "none",
}
_KNOWN_VALUES: dict[str, tuple[str, ...]] = {
    "state": tuple(_STATES.get(state, state) for state in State),
    "power": tuple(PowerState),
    "health": (*Health, "none"),
    "provisioning": tuple(ProvisioningState),
    "model": tuple(_MODEL.values()),
}
"""The keys with a fixed set of values."""
_NUMERIC_KEYS = {"ud", "fd"}
_FIXED_KEYS = {"ud", "fd", "zone", "pg"}
"""Keys whose values do not change over time: a value that no instance has will never match."""
_COMPARED_KEY = re.compile(r"[a-z]++(?=[=<>])")
_RANGE = re.compile(r"\d++-\d++")
_SHOWN_VALUES = 12


class BadFilter(VmssError, ValueError):
    """An invalid term; the message names it and a valid form."""


class _Term(Struct, frozen=True):
    key: str
    pattern: str
    negated: bool
    text: str

    def matches(self, instance: Instance) -> bool:
        return self._matches_pattern(instance) is not self.negated

    def _matches_pattern(self, instance: Instance) -> bool:
        if not self.key:
            texts = (instance.instance_id, instance.name, _VALUES["state"](instance))
            return any(fnmatchcase(text.lower(), f"*{self.pattern}*") for text in texts)
        return fnmatchcase(_VALUES[self.key](instance).lower(), self.pattern)


class Filter(Struct, frozen=True):
    """A parsed filter; an empty one matches every instance."""

    text: str = ""
    terms: tuple[tuple[_Term, ...], ...] = ()
    """An instance must match one term of each inner tuple."""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, instance: Instance) -> bool:
        """Whether the instance matches every term, or one of several alternatives."""
        return all(
            any(term.matches(instance) for term in alternatives) for alternatives in self.terms
        )


def parse_filter(text: str, instances: Iterable[Instance] = ()) -> Filter:
    """Parses a filter; raises `BadFilter`. `instances` give the placement groups their numbers."""
    terms: dict[object, list[_Term]] = {}
    for index, word in enumerate(text.lower().split()):
        term = _parse_term(word, instances)
        is_required = term.negated or not term.key
        terms.setdefault(index if is_required else term.key, []).append(term)
    return Filter(text.strip(), tuple(map(tuple, terms.values())))


def no_match_reason(instance_filter: Filter, instances: Collection[Instance]) -> tuple[str, bool]:
    """Why a single term matches no instance, and whether it never will; `("", False)` where each
    term matches some."""
    for alternatives in instance_filter.terms:
        term = alternatives[0]
        if term.negated or any(
            alternative.matches(i) for alternative in alternatives for i in instances
        ):
            continue
        if not term.key:
            return f"no id, name or state has {term.text!a} in it", False
        requested = " or ".join(alternative.text for alternative in alternatives)
        values = sorted({_VALUES[term.key](i) for i in instances}, key=lambda v: (len(v), v))
        cells = [cell(value, 40) for value in values]
        listed_values = shorten_list(cells, _SHOWN_VALUES, separator=", ")
        return f"no instance has {term.key} {requested!a}: there is {listed_values}", (
            term.key in _FIXED_KEYS
        )
    return "", False


def without_last_word(text: str) -> str:
    """The text without the last word, which is being typed."""
    return text[: len(text) - len(_last_word(text))]


def completions(text: str, instances: Iterable[Instance]) -> list[tuple[str, int]]:
    """Completions of the last word: keys (with count 0), or values with the number of instances
    that have each, most frequent first."""
    word = _last_word(text).removeprefix("!").lower()
    key, colon, prefix = word.partition(":")
    if not colon:
        return [(f"{name}:", 0) for name in _VALUES if name.startswith(word)]
    if key not in _VALUES:
        return []
    counts = Counter(cell(_VALUES[key](instance), 60) for instance in instances)
    matches = [item for item in counts.items() if item[0].lower().startswith(prefix)]
    return sorted(matches, key=lambda item: (-item[1], item[0]))


def complete_last_word(text: str, completions: Sequence[tuple[str, int]]) -> str:
    """The text with its last word replaced by the first completion, if there is one."""
    word = _last_word(text)
    if not word.strip("!") or not completions:
        return text
    head = word[: len(word) - len(word.removeprefix("!").partition(":")[2])] if ":" in word else (
        "!" if word.startswith("!") else "")  # fmt: skip
    return text[: len(text) - len(word)] + head + completions[0][0]


def _last_word(text: str) -> str:
    return text.rpartition(" ")[2]


def _parse_term(word: str, instances: Iterable[Instance]) -> _Term:
    negated = word.startswith("!")
    key, colon, value = word.removeprefix("!").partition(":")
    if not colon:
        key, value = "", key
    elif key not in _VALUES:
        raise BadFilter(f"no filter {key!a}: use {', '.join(_VALUES)}")
    if not value:
        raise BadFilter(f"{word!a} looks for nothing: write {key or 'ud'}:VALUE")
    if key in ("state", "model"):
        value = _OLD_VALUES.get(value, value)
    _check_value(word, key, value)
    if key == "pg":
        return _Term(key, f"{_placement_group_prefix(value, instances)}*", negated, value)
    return _Term(key, value, negated, value)


def _check_value(word: str, key: str, value: str) -> None:
    """Raises `BadFilter` for a value that no instance can have."""
    if not key:
        comparison = _COMPARED_KEY.match(value)
        if comparison:
            key_hint = comparison[0] if comparison[0] in _VALUES else "ud"
            raise BadFilter(f"{word!a} is not understood: write {key_hint}:VALUE")
        return
    has_no_wildcard = not set(value) & set("*?[")
    if set(value) & set("<>=,") or (key in _NUMERIC_KEYS | {"id"} and _RANGE.fullmatch(value)):
        alternatives = f"{key}:1 {key}:2"
        raise BadFilter(
            f"{word!a}: no comparisons, ranges or lists; write {alternatives} or {key}:1*"
        )
    if key in _NUMERIC_KEYS and has_no_wildcard and not value.isdecimal() and value != "none":
        raise BadFilter(f"{word!a} is no {key}: a number, or none")
    known_values = _KNOWN_VALUES.get(key)
    if known_values and not any(
        fnmatchcase(known_value.lower(), value) for known_value in known_values
    ):
        raise BadFilter(f"no {key} {value!a}: use {', '.join(known_values)}")


def _placement_group_prefix(value: str, instances: Iterable[Instance]) -> str:
    """The id of the placement group with this number on screen; any other value unchanged."""
    groups = placement_groups(instances) if value.isdecimal() and len(value) < 4 else ()
    number = int(value) if groups else 0
    return (groups[number - 1] or "none").lower() if 0 < number <= len(groups) else value


def _number_text(value: int | None) -> str:
    return "none" if value is None else str(value)
