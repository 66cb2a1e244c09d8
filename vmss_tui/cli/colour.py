"""Colour by meaning for the command line, in the 16 colours that the terminal's user has chosen.

Only on a terminal; never with NO_COLOR or TERM=dumb. The text is the same without colour.
"""

import os
from enum import StrEnum
from typing import IO

_RESET = "\x1b[0m"


class TextColour(StrEnum):
    """What a part of a line is about; the value is its SGR parameter."""

    GOOD = "94"
    MOVING = "93"
    UNHEALTHY = "95"
    FAILED = "1;91"
    OUTDATED = "33"
    OFF = "37"
    UNKNOWN = "96"
    QUIET = "2"
    STRONG = "1"

    @property
    def style(self) -> str:
        """The same as a style of rich."""
        return _STYLES[self]


_STYLES = {
    TextColour.GOOD: "bright_blue",
    TextColour.MOVING: "bright_yellow",
    TextColour.UNHEALTHY: "bright_magenta",
    TextColour.FAILED: "bold bright_red",
    TextColour.OUTDATED: "yellow",
    TextColour.OFF: "white",
    TextColour.UNKNOWN: "bright_cyan",
    TextColour.QUIET: "dim",
    TextColour.STRONG: "bold",
}


class Coloured(str):
    """A part of a line with a meaning."""

    __slots__ = ("meaning",)

    meaning: TextColour | None

    def __new__(cls, text: str, meaning: TextColour | None) -> "Coloured":
        """The text; without a meaning it is printed plain."""
        part = super().__new__(cls, text)
        part.meaning = meaning
        return part


def has_colour(stream: IO[str]) -> bool:
    """Whether colour may be written to this stream."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "") in ("", "dumb"):
        return False
    return stream.isatty()


def paint(text: str, meaning: TextColour | None) -> str:
    """The text with the sequences of its colour; for a stream that has colour."""
    return f"\x1b[{meaning}m{text}{_RESET}" if meaning and text else text
