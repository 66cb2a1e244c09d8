"""How facts look: glyphs, tones and themes. Knows no widget and no scale set.

A cell says the same thing twice, by glyph and by colour. The palette follows Okabe and Ito's, on a
blue-orange axis; its distances for colour-blind eyes are tested. Without colours the glyphs remain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from rich.style import Style
from textual.color import Color
from textual.theme import Theme


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


@dataclass(frozen=True, slots=True)
class Swatch:
    """One thing a cell can say: its name for the legend, a glyph per set, a tone."""

    name: str
    glyph: str
    ascii: str
    tone: Tone

    def drawn(self, glyphs: Glyphs) -> str:
        """The glyph of the chosen set."""
        return self.ascii if glyphs is Glyphs.ASCII else self.glyph


@dataclass(frozen=True, slots=True)
class Look:
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

_DARK = {
    "tone-good": "#56b4e9",
    "tone-stale": "#e69f00",
    "tone-moving": "#f0e442",
    "tone-off": "#9aa4b2",
    "tone-gone": "#667080",
    "tone-sick": "#bf7fca",
    "tone-failed": "#ffffff",
    "tone-failed-ground": "#c8500a",
    "tone-unknown": "#b4c0e2",
    "ground-mark": "#1f4a6e",
    "ground-batch": "#4a431c",
    "quiet": "#7d8794",
    "line": "#2c343f",
}
_LIGHT = {
    "tone-good": "#005f9e",
    "tone-stale": "#b5630e",
    "tone-moving": "#5b5a11",
    "tone-off": "#5a6472",
    "tone-gone": "#84879f",
    "tone-sick": "#c32773",
    "tone-failed": "#ffffff",
    "tone-failed-ground": "#b8440a",
    "tone-unknown": "#48447c",
    "ground-mark": "#b9d8f0",
    "ground-batch": "#efe6a8",
    "quiet": "#66707d",
    "line": "#c9d0d8",
}
_SIXTEEN = {
    "tone-good": "ansi_bright_blue",
    "tone-stale": "ansi_yellow",
    "tone-moving": "ansi_bright_yellow",
    "tone-off": "ansi_white",
    "tone-gone": "ansi_bright_black",
    "tone-sick": "ansi_bright_magenta",
    "tone-failed": "ansi_bright_white",
    "tone-failed-ground": "ansi_red",
    "tone-unknown": "ansi_magenta",
    "ground-mark": "ansi_blue",
    "ground-batch": "ansi_bright_black",
    "quiet": "ansi_white",
    "line": "ansi_bright_black",
    "ansi-background": "ansi_black",
    "ansi-foreground": "ansi_white",
    "border-blurred": "ansi_bright_black",
    "block-cursor-foreground": "ansi_black",
    "block-cursor-background": "ansi_white",
    "input-cursor-background": "ansi_bright_white",
    "input-cursor-foreground": "ansi_black",
    "input-cursor-text-style": "none",
    "input-selection-background": "ansi_blue",
    "input-selection-foreground": "ansi_bright_white",
    "screen-selection-background": "ansi_blue",
    "screen-selection-foreground": "ansi_bright_white",
}
_MONO = dict.fromkeys(_SIXTEEN, "ansi_default") | {
    "block-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
}
"""Glyphs, bold, underlined and reversed say everything; for printouts and for eyes that want it."""
THEMES = (
    Theme(
        name="vmss-dark",
        primary="#56b4e9",
        secondary="#2a6f9e",
        accent="#e69f00",
        warning="#e69f00",
        error="#e0691f",
        success="#56b4e9",
        foreground="#d9e0e8",
        background="#0f1419",
        surface="#161c23",
        panel="#1d252e",
        variables=_DARK,
    ),
    Theme(
        name="vmss-light",
        primary="#005f9e",
        secondary="#4b90bf",
        accent="#a35b00",
        warning="#a35b00",
        error="#b8440a",
        success="#005f9e",
        foreground="#1b2430",
        background="#f7f8fa",
        surface="#eceff3",
        panel="#e0e5ea",
        dark=False,
        variables=_LIGHT,
    ),
    Theme(
        name="vmss-16",
        primary="ansi_bright_blue",
        secondary="ansi_blue",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_bright_red",
        success="ansi_bright_blue",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        ansi=True,
        variables=_SIXTEEN,
    ),
    Theme(
        name="vmss-mono",
        primary="ansi_default",
        secondary="ansi_default",
        accent="ansi_default",
        warning="ansi_default",
        error="ansi_default",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        ansi=True,
        variables=_MONO,
    ),
)
AUTO = "auto"
"""The theme that goes by what the terminal can do."""


def variable_defaults() -> dict[str, str]:
    """Our theme variables, for any theme that does not set them."""
    return dict(_DARK)


def fitting_theme(wanted: str, colours: int, *, no_color: bool) -> str:
    """The theme that was wanted; where it goes by the terminal, the one for its colours."""
    if wanted != AUTO:
        return wanted
    if no_color:
        return "vmss-mono"
    return "vmss-16" if colours <= 16 else "vmss-dark"


def next_theme(name: str) -> str:
    """The theme after `name`, round and round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
