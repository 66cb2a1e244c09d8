"""How facts look: glyphs, tones and clocks. Knows no widget and no scale set.

A cell says the same thing twice, by glyph and by colour; see `ui.themes` for the colours. Without
colours the glyphs remain.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from rich.style import Style
from textual.color import Color


class Glyphs(StrEnum):
    """Which characters may be drawn."""

    UNICODE = "unicode"
    ASCII = "ascii"


class Tone(StrEnum):
    """The colour of a cell, by what it means; each is a theme variable `tone-…`."""

    GOOD = "good"
    STALE = "stale"
    MOVING = "moving"
    OFF = "off"
    GONE = "gone"
    SICK = "sick"
    FAILED = "failed"
    UNKNOWN = "unknown"


def rich_style(variables: Mapping[str, str], name: str) -> Style:
    """A theme variable's colour, for tables and logs, which draw with Rich."""
    return Style(color=Color.parse(variables[name]).rich_color)


def tone_style(tone: Tone) -> str:
    """The tone as a content style; failures stand on a ground of their own."""
    return "bold $tone-failed on $tone-failed-ground" if tone is Tone.FAILED else f"$tone-{tone}"


class CellStyle(NamedTuple):
    """One thing a cell can say: its name for the legend, a glyph per set, a tone."""

    name: str
    glyph: str
    ascii: str
    tone: Tone

    def drawn(self, glyphs: Glyphs) -> str:
        """The glyph of the chosen set."""
        return self.ascii if glyphs is Glyphs.ASCII else self.glyph


class Appearance(NamedTuple):
    """What settings say about looks. `zone` is for the clocks drawn; None is this machine's."""

    theme: str = "vmss-dark"
    glyphs: Glyphs = Glyphs.UNICODE
    zone: tzinfo | None = None

    def clock(self, at: datetime | None) -> str:
        """`12:04:31`, or dashes before the first reading."""
        return at.astimezone(self.zone).strftime("%H:%M:%S") if at else "--:--:--"

    def day_and_clock(self, at: datetime) -> str:
        """`14 Nov 12:04`, for what may be long ago."""
        return at.astimezone(self.zone).strftime("%d %b %H:%M")

    def clock_of(self, stamp: str) -> str:
        """The clock of an ISO 8601 text, as the journal keeps it."""
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            return stamp
        return self.clock(at if at.tzinfo else at.replace(tzinfo=UTC))

    def sign(self, name: str) -> str:
        """A named sign of the chrome, in the chosen glyph set."""
        return SIGNS[name][self.glyphs is Glyphs.ASCII]


SIGNS = {
    "under": ("▸", ">"),
    "cursor": ("▌", ">"),
    "problem": ("✖", "!"),
    "full": ("█", "#"),
    "moving": ("▓", "~"),
    "empty": ("░", "."),
    "done": ("━", "="),
    "left": ("─", "-"),
    "to": ("→", "->"),
    "live": ("▶", ">"),
    "marked": ("◆", "*"),
    "rising": ("▲", "^"),
    "falling": ("▼", "v"),
}
