"""Styles of drawn parts, made of the variables of the theme.

Textual applies its style sheet again to every component class of a widget whenever the widget, its
focus or its screen changes. A widget with tens of kinds of parts takes its styles from here, and
computes them again only with another theme.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color


class PartStyle(NamedTuple):
    """How a part is drawn, in names of theme variables without `$`."""

    ink: str = ""
    """Of the text; the widget's where it is empty."""
    ground: str = ""
    """Of the background; the widget's where it is empty."""
    is_bold: bool = False


def part_styles(
    parts: Mapping[str, PartStyle], variables: Mapping[str, str], base: Style
) -> dict[str, Style]:
    """The style of each part, by its name. `base` is the style of the widget; `variables` are
    those of the theme (`App.theme_variables`)."""
    return {name: _style(part, variables, base) for name, part in parts.items()}


def _style(part: PartStyle, variables: Mapping[str, str], base: Style) -> Style:
    ink = Color.parse(variables[part.ink]).rich_color if part.ink else base.color
    ground = Color.parse(variables[part.ground]).rich_color if part.ground else base.bgcolor
    style = Style.from_color(ink, ground)
    return style + Style(bold=True) if part.is_bold else style


def in_cursor_colour(segments: Iterable[Segment], cursor: Style) -> list[Segment]:
    """The segments of the cursor's row in a theme whose cursor has a text colour of its own:
    words get it, because few of 16 colours are readable on its ground. Bars, and texts on another
    ground, keep theirs."""
    return [
        Segment(text, (style or Style()) + Style(color=cursor.color), control)
        if _is_word(text, style or Style(), cursor)
        else Segment(text, style, control)
        for text, style, control in segments
    ]


def _is_word(text: str, style: Style, cursor: Style) -> bool:
    has_own_ground = style.bgcolor is not None and style.bgcolor != cursor.bgcolor
    return not has_own_ground and not all(c == " " or "\u2580" <= c <= "\u259f" for c in text)
