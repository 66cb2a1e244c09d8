"""One line of text in narrow segments, so that a small change sends few bytes.

Textual sends a changed region again from its widget's left edge, and computes the whole layout
again where a widget's size changes. Segments are narrow and keep their place and size. Text that
changes often should start at a segment boundary (`pad_to_segment`).
"""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual

from vmss_tui.ui.drawing.cached_lines import CachedLines
from vmss_tui.ui.drawing.static_text import same_content

SEGMENT_WIDTH = 8
"""Columns of a segment."""
_SEGMENT_COUNT = 40
"""Number of segments: more columns than terminals have."""


def pad_to_segment(content: Content, ahead: int) -> Content:
    """Pads with blanks, so that the text `ahead` columns later starts at a segment boundary."""
    return Content.assemble(content, " " * (-(content.cell_length + ahead) % SEGMENT_WIDTH))


class LineSegment(CachedLines):
    """One segment of the line."""

    def __init__(self, line: "SegmentedLine", x: int) -> None:
        super().__init__()
        self._line, self.x = line, x
        self.styles.width, self.styles.height = SEGMENT_WIDTH, 1

    def render_line(self, y: int) -> Strip:
        """The part of the line in these columns."""
        return Strip(self._line.pieces[self.x // SEGMENT_WIDTH]).crop(0, self.size.width)


def _changed_columns(before: list[Segment], after: list[Segment]) -> int:
    """Columns up to the last one that differs, 0 if none does; all columns where a character is
    two columns wide, or zero."""
    old, new = (
        [(character, part.style) for part in piece for character in part.text]
        for piece in (before, after)
    )
    if len(old) != SEGMENT_WIDTH or len(new) != SEGMENT_WIDTH:
        return SEGMENT_WIDTH
    return max(
        (column + 1 for column in range(SEGMENT_WIDTH) if old[column] != new[column]), default=0
    )


class SegmentedLine(Horizontal):
    """The line. `set_content` draws only the segments that differ."""

    def __init__(self) -> None:
        super().__init__()
        self.content = Content("")
        self._pieces: list[list[Segment]] = []
        self._segments = [
            LineSegment(self, SEGMENT_WIDTH * place) for place in range(_SEGMENT_COUNT)
        ]

    @property
    def pieces(self) -> list[list[Segment]]:
        """The line, segment by segment; all of it has a style, as the colour filters require."""
        return self._pieces or [[Segment(" " * SEGMENT_WIDTH, self.rich_style)]] * _SEGMENT_COUNT

    def compose(self) -> ComposeResult:
        """The segments, side by side; those beyond the edge of the terminal are not drawn."""
        yield from self._segments

    def set_content(self, content: Content) -> None:
        """Shows another line."""
        if not same_content(content, self.content):
            self.content = content
            self._draw()

    def notify_style_update(self) -> None:
        """Draws the same line in the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw)

    def _draw(self) -> None:
        before, width = self.pieces, SEGMENT_WIDTH * _SEGMENT_COUNT
        (line,) = Visual.to_strips(self, self.content, width, 1, self.visual_style, pad=True)
        self._pieces = list(Segment.divide(line, range(SEGMENT_WIDTH, width + 1, SEGMENT_WIDTH)))
        for segment, old, new in zip(self._segments, before, self._pieces, strict=True):
            if old != new and (columns := _changed_columns(old, new)):
                segment.refresh(Region(0, 0, columns, 1))
