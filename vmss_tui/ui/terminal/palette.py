"""Colours of a terminal that has 256: the nearest of them for each colour of a theme.

Rich converts each part of a colour by itself, which makes dark blue of a dark grey. The first 16
colours are left out: terminals let their users change them.
"""

from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_Rgb = tuple[int, int, int]
_LEVELS = (0, 95, 135, 175, 215, 255)
_FIRST_CUBE, _FIRST_GREY = 16, 232
_GREYS = 24
_WEIGHTS = (30, 59, 11)
"""Share of red, green and blue in brightness, in percent."""
_NEARLY_BLACK = 55_000
"""Weighted squares of parts up to which a colour is black: the ground, and the dark text of cells.
They are sent with most cells, and black has the shortest code."""


def _palette() -> dict[int, _Rgb]:
    """Number of a colour -> red, green, blue, as xterm has them."""
    cube = [(r, g, b) for r in _LEVELS for g in _LEVELS for b in _LEVELS]
    greys = [(8 + 10 * step,) * 3 for step in range(_GREYS)]
    return dict(enumerate(cube, _FIRST_CUBE)) | dict(enumerate(greys, _FIRST_GREY))


_PALETTE = _palette()


@lru_cache(maxsize=1024)
def nearest_number(red: int, green: int, blue: int) -> int:
    """The number of the nearest of the 240 colours that no user changes; parts are 0 to 255."""

    def distance(number: int) -> int:
        r, g, b = _PALETTE[number]
        parts = (r - red, g - green, b - blue)
        return sum(weight * part**2 for weight, part in zip(_WEIGHTS, parts, strict=True))

    black = distance(_FIRST_CUBE)
    return _FIRST_CUBE if black <= _NEARLY_BLACK else min(_PALETTE, key=distance)


def _nearest(colour: RichColor | None) -> RichColor | None:
    if colour is None or colour.triplet is None:
        return None
    number = nearest_number(*colour.triplet)
    return RichColor(f"color({number})", ColorType.EIGHT_BIT, number=number)


@lru_cache(maxsize=4096)
def _with_nearest(style: Style) -> Style:
    return style + Style(color=_nearest(style.color), bgcolor=_nearest(style.bgcolor))


class PaletteFilter(LineFilter):
    """Replaces the colours of a theme by the nearest that the terminal has."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in colours of the palette."""
        return [
            Segment(text, _with_nearest(style), control) if style else Segment(text, style, control)
            for text, style, control in segments
        ]
