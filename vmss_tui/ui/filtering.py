"""The filter's small language: `ud:2 state:failed zone:1 image:22.04.* !health:healthy`.

Terms are and-ed; `!` negates one; `*` and `?` stand for any text. A word without a key is
looked for in ids, names and states.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vmss_tui.fleet.scale_set import Instance
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
_PREFIXES = {"pg"}


class BadFilter(ValueError):
    """A term that means nothing; the message says which and what would."""


@dataclass(frozen=True, slots=True)
class _Term:
    key: str
    pattern: str
    negated: bool

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
    terms: tuple[_Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, instance: Instance) -> bool:
        """Does every term hold?"""
        return all(term.matches(instance) for term in self.terms)


def parse_filter(text: str) -> Filter:
    """Reads a filter; raises `BadFilter`."""
    return Filter(text.strip(), tuple(_term(word) for word in text.lower().split()))


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


def _term(word: str) -> _Term:
    negated = word.startswith("!")
    key, colon, value = word.removeprefix("!").partition(":")
    if not colon:
        key, value = "", key
    elif key not in _KEYS:
        raise BadFilter(f"no filter {key!a}: use {', '.join(_KEYS)}")
    if not value:
        raise BadFilter(f"{word!a} looks for nothing: write {key or 'ud'}:VALUE")
    return _Term(key, f"{value}*" if key in _PREFIXES else value, negated)


def _number(value: int | None) -> str:
    return "none" if value is None else str(value)
