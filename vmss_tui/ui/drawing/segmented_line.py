"""One line of words in slices: where a few characters change, little more is sent.

Textual re-sends a changed region from its widget's left edge, and lays the whole screen out again
where a widget's size changes. Slices are narrow, and stay where and as large as they are. What
changes often had better begin with a slice (`filled`).
"""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual

from vmss_tui.ui.drawing.cached_lines import Kept
from vmss_tui.ui.drawing.static_text import same

SLICE = 8
"""Columns of a slice."""
_MOST = 40
"""Slices: more columns than a terminal has."""


def filled(words: Content, ahead: int) -> Content:
    """The words, and so many blanks that what comes `ahead` columns later begins with a slice."""
    return Content.assemble(words, " " * (-(words.cell_length + ahead) % SLICE))


class Slice(Kept):
    """Some columns of the line."""

    def __init__(self, line: "SlicedLine", x: int) -> None:
        super().__init__()
        self._line, self.x = line, x
        self.styles.width, self.styles.height = SLICE, 1

    def render_line(self, y: int) -> Strip:
        """What stands there."""
        return Strip(self._line.pieces[self.x // SLICE]).crop(0, self.size.width)


def _columns_changed(before: list[Segment], now: list[Segment]) -> int:
    """Up to the last one that differs, if any; all where a character takes two columns, or none."""
    old, new = (
        [(each, part.style) for part in piece for each in part.text] for piece in (before, now)
    )
    if len(old) != SLICE or len(new) != SLICE:
        return SLICE
    return max((at + 1 for at in range(SLICE) if old[at] != new[at]), default=0)


class SlicedLine(Horizontal):
    """The line. `say` draws only the slices that differ."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Content("")
        self._pieces: list[list[Segment]] = []
        self._slices = [Slice(self, SLICE * place) for place in range(_MOST)]

    @property
    def pieces(self) -> list[list[Segment]]:
        """The line, slice by slice; all of it has a style, which filters for colours rely on."""
        return self._pieces or [[Segment(" " * SLICE, self.rich_style)]] * _MOST

    def compose(self) -> ComposeResult:
        """The slices, side by side; those beyond the terminal's edge are not drawn."""
        yield from self._slices

    def say(self, words: Content) -> None:
        """Shows other words."""
        if not same(words, self.words):
            self.words = words
            self._draw()

    def notify_style_update(self) -> None:
        """Another theme: the same words in other colours."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw)

    def _draw(self) -> None:
        before, width = self.pieces, SLICE * _MOST
        (line,) = Visual.to_strips(self, self.words, width, 1, self.visual_style, pad=True)
        self._pieces = list(Segment.divide(line, range(SLICE, width + 1, SLICE)))
        for each, old, new in zip(self._slices, before, self._pieces, strict=True):
            if old != new and (columns := _columns_changed(old, new)):
                each.refresh(Region(0, 0, columns, 1))
