"""How spans of a timeline look: characters and theme variables, and painting them on a line."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.style import Style

from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.timeline.line_canvas import LineCanvas
from vmss_tui.ui.timeline.time_scale import TimeScale
from vmss_tui.upgrade.report.timeline.timeline import Span, SpanKind


class BarSign(NamedTuple):
    """How a kind of span is drawn."""

    name: str
    """Of the component class and the theme variables `cell-…` and `ink-…`."""
    plain: str
    """Without colours."""
    ascii: str
    glyph: str = ""
    """Stands at its beginning, in each form."""


SIGNS: Mapping[SpanKind, BarSign] = {
    SpanKind.REQUESTED: BarSign("requested", "░", "."),
    SpanKind.UPGRADING: BarSign("moving", "▒", "~"),
    SpanKind.PROVISIONED: BarSign("provisioned", "▓", "o"),
    SpanKind.COMPLETE: BarSign("good", "█", "#"),
    SpanKind.UNHEALTHY: BarSign("unhealthy", "▚", "+", "✚"),
    SpanKind.FAILED: BarSign("failed", "▞", "X", "✖"),
}
PLANNED = BarSign("planned", "·", ":")
_BAR = "▆"
"""With colours: leaves a gap to the row above."""
PLAIN_THEME = "vmss-mono"


def bar_character(sign: BarSign, appearance: Appearance, theme: str) -> str:
    """The character of a bar in a glyph set and theme."""
    if appearance.glyphs is Glyphs.ASCII:
        return sign.ascii
    return sign.plain if theme == PLAIN_THEME else _BAR


class BarPainter:
    """Paints bars in one theme and glyph set. `styles` are by name of `BarSign`, and by
    `ink-…` for the glyph at the beginning of a bar."""

    def __init__(self, appearance: Appearance, theme: str, styles: Mapping[str, Style]) -> None:
        self._appearance, self._theme, self._styles = appearance, theme, styles

    def paint_spans(
        self, canvas: LineCanvas, left: int, scale: TimeScale, spans: Sequence[Span], now: float
    ) -> int:
        """Paints the spans; `left` is the column of the line at which the scale begins. Returns
        the column after the last span."""
        after = left
        origin, column, last_end = 0.0, 0, None
        for index, (kind, start, end) in enumerate(spans):
            if start != last_end:
                # Lengths are rounded from here on: bars of equal durations are equally long.
                origin, column = start, scale.column(start)
            first, last_end = column + scale.columns_of(start - origin), end
            until = scale.column(now) if end is None else column + scale.columns_of(end - origin)
            is_result = index == len(spans) - 1 and end is not None
            if is_result and until == first:
                until += 1
            first, until = max(0, first), min(until, scale.columns)
            if until > first:
                self._paint(canvas, left + first, left + until, SIGNS[kind])
            after = max(after, left + max(0, until))
        return after

    def paint_planned(
        self, canvas: LineCanvas, left: int, scale: TimeScale, start: float, end: float
    ) -> None:
        """Paints the expected time of an instance that waits."""
        first, until = max(0, scale.column(start)), min(scale.column(end), scale.columns)
        if until > first:
            self._paint(canvas, left + first, left + until, PLANNED)

    def _paint(self, canvas: LineCanvas, first: int, until: int, sign: BarSign) -> None:
        character = bar_character(sign, self._appearance, self._theme)
        canvas.fill(first, until, character, self._styles[sign.name])
        if sign.glyph and self._appearance.glyphs is Glyphs.UNICODE:
            canvas.put(first, sign.glyph, self._styles[f"ink-{sign.name}"])
