"""The filter's small language: `ud:2 state:failed zone:1 image:22.04.* !health:healthy`.

Terms are and-ed; `!` negates one; `*` and `?` stand for any text. A word without a key is
looked for in ids, names and states.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vmss_tui.fleet.scale_set import Instance

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
