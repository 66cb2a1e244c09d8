"""How well words that somebody types name a command: its title before its id, that before the rest.

Pure; letters that only happen to come in the same order count least, and never in a tooltip.
"""

import re
from collections.abc import Callable

Fuzzy = Callable[[str], float]
"""Scores a text by the letters typed; 0 where they do not come in it in this order."""
_LEAST = 4
"""Letters that a word and a title must share at their beginning, where the rest is mistyped."""


def rank(typed: str, title: str, command_id: str, tooltip: str, fuzzy: Fuzzy) -> float:
    """Higher is better; 0 where the command is not meant."""
    wanted = _words(typed)
    if not wanted:
        return 0
    named = _words(title)
    if " ".join(named).startswith(" ".join(wanted)):
        return 6 - len(named) / 100
    if _begin(wanted, named):
        return 5 - len(named) / 100
    if _begin(wanted, [*named, *_words(command_id)]):
        return 4
    if typed.lower().strip() in title.lower():
        return 3.5
    if _begin(wanted, [*named, *_words(command_id), *_words(tooltip)]):
        return 3
    if all(any(_nearly(each, name) for name in named) for each in wanted):
        return 2
    like = max(fuzzy(title), fuzzy(command_id))
    return like / (1 + like)


def _words(said: str) -> list[str]:
    return re.findall(r"[^\W_]+", said.lower())


def _begin(wanted: list[str], names: list[str]) -> bool:
    """Does each wanted word begin one of the names?"""
    return bool(names) and all(any(name.startswith(w) for name in names) for w in wanted)


def _nearly(wanted: str, name: str) -> bool:
    shared = next((n for n, (a, b) in enumerate(zip(wanted, name, strict=False)) if a != b),
                  min(len(wanted), len(name)))  # fmt: skip
    return shared >= max(_LEAST, len(wanted) - 1)
