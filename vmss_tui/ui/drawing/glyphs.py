"""Glyphs, tones and clock formats. Knows no widget and no scale set.

A cell shows a fact twice, by glyph and by colour, so that it is readable without colours; the
colours are in `ui.drawing.themes`.
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
    """The colour of a cell, named by its meaning; each is a theme variable `tone-…`."""

    GOOD = "good"
    OUTDATED = "outdated"
    MOVING = "moving"
    OFF = "off"
    GONE = "gone"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"
    UNKNOWN = "unknown"


def rich_style(variables: Mapping[str, str], name: str) -> Style:
    """The colour of a theme variable as a Rich style, for tables and logs."""
    return Style(color=Color.parse(variables[name]).rich_color)


def tone_style(tone: Tone) -> str:
    """The tone as a content style; failures have a background of their own."""
    return (
        "bold $tone-failed on $tone-failed-background" if tone is Tone.FAILED else f"$tone-{tone}"
    )


class CellStyle(NamedTuple):
    """How a cell shows one value: its name in the legend, a glyph of each glyph set, a tone."""

    name: str
    glyph: str
    ascii: str
    tone: Tone
    shade: int = 0
    """From 1 on, the shade of a planned batch, which is the ground instead of the tone's."""

    def character(self, glyphs: Glyphs) -> str:
        """The character of the given glyph set."""
        return self.ascii if glyphs is Glyphs.ASCII else self.glyph

    @property
    def is_plain(self) -> bool:
        """Whether a cell shows it by its ground alone, without a glyph."""
        return self.glyph == PLAIN_GLYPH

    @property
    def is_quiet(self) -> bool:
        """Whether its glyph may give way to the sign of the selection."""
        return self.glyph in (PLAIN_GLYPH, "·")


PLAIN_GLYPH = "●"
"""The glyph, outside of cells, of what is as it should be."""


class Appearance(NamedTuple):
    """Appearance settings. `zone` is the time zone of clocks; None is that of this machine."""

    theme: str = "vmss-dark"
    glyphs: Glyphs = Glyphs.UNICODE
    zone: tzinfo | None = None

    def clock(self, at: datetime | None) -> str:
        """`12:04:31`, or dashes for None."""
        return at.astimezone(self.zone).strftime("%H:%M:%S") if at else "--:--:--"

    def day_and_clock(self, at: datetime) -> str:
        """`14 Nov 12:04`, for times that may be days ago."""
        return at.astimezone(self.zone).strftime("%d %b %H:%M")

    def short_time(self, at: datetime, now: datetime) -> str:
        """`12:04` for a time of today, `Tue` for one of the last six days, else `14 Oct`."""
        here, today = at.astimezone(self.zone), now.astimezone(self.zone).date()
        if here.date() == today:
            return here.strftime("%H:%M")
        return here.strftime("%a" if 0 <= (today - here.date()).days < 7 else "%d %b")

    def clock_from_iso(self, stamp: str) -> str:
        """The clock of an ISO 8601 time stamp, as in the journal; unparsable text is unchanged."""
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            return stamp
        return self.clock(at if at.tzinfo else at.replace(tzinfo=UTC))

    def sign(self, name: str) -> str:
        """A named sign from `SIGNS`, in the configured glyph set."""
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
    "paused": ("‖", "="),
    "back": ("◀", "<"),
    "unhealthy": ("✚", "+"),
    "selected": ("✓", "x"),
    "complete": ("✓", "*"),
    "marked": ("◆", "*"),
    "approval": ("‖", "|"),
    "check": ("✓", "*"),
    "dot": ("·", "-"),
    "half": ("◐", "~"),
    "rising": ("▲", "^"),
    "falling": ("▼", "v"),
}
