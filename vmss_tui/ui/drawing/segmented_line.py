"""Lines of text in narrow segments, so that a small change sends few bytes.

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
_Piece = list[Segment]


def pad_to_segment(content: Content, ahead: int, width: int = SEGMENT_WIDTH) -> Content:
    """Pads with blanks, so that the text `ahead` columns later starts at a segment boundary."""
    return Content.assemble(content, " " * (-(content.cell_length + ahead) % width))


def _without_meta(segment: Segment) -> Segment:
    """Without the position of the text, which differs where nothing else does."""
    style = segment.style
    return Segment(segment.text, style.clear_meta_and_links() if style else style)


class LineSegment(CachedLines):
    """One segment of the lines."""

    def __init__(self, line: "SegmentedLine", place: int) -> None:
        super().__init__()
        self._line, self._place = line, place
        self.x = place * line.segment_width
        self.styles.width, self.styles.height = line.segment_width, line.line_count

    def render_line(self, y: int) -> Strip:
        """The part of a line in these columns."""
        return Strip(self._line.pieces[y][self._place]).crop(0, self.size.width)


def _changed_columns(before: _Piece, after: _Piece, width: int) -> int:
    """Columns up to the last one that differs, 0 if none does; all columns where a character is
    two columns wide, or zero."""
    old, new = (
        [(character, part.style) for part in piece for character in part.text]
        for piece in (before, after)
    )
    if len(old) != width or len(new) != width:
        return width
    return max((column + 1 for column in range(width) if old[column] != new[column]), default=0)


class SegmentedLine(Horizontal):
    """The lines. `set_content` draws only the segments that differ."""

    def __init__(self, *, line_count: int = 1, segment_width: int = SEGMENT_WIDTH) -> None:
        super().__init__()
        self.content = Content("")
        self.line_count, self.segment_width = line_count, segment_width
        self._pieces: list[list[_Piece]] = []
        self._segments: list[LineSegment] = []

    @property
    def pieces(self) -> list[list[_Piece]]:
        """For each line its segments; all of it has a style, as the colour filters require."""
        if self._pieces and len(self._pieces[0]) == len(self._segments):
            return self._pieces
        return [self._blank_line()] * self.line_count

    def _blank_line(self) -> list[_Piece]:
        return [[Segment(" " * self.segment_width, self.rich_style)]] * len(self._segments)

    def compose(self) -> ComposeResult:
        """The segments, side by side, as many as the terminal has room for."""
        yield from self._new_segments(self.app.size.width)

    def on_resize(self) -> None:
        """Adds segments on a wider terminal."""
        if segments := self._new_segments(self.size.width):
            self.mount_all(segments)
            if self._pieces:
                self._draw()

    def _new_segments(self, width: int) -> list[LineSegment]:
        """The segments that are missing for a width."""
        first = len(self._segments)
        segments = [
            LineSegment(self, place) for place in range(first, -(-width // self.segment_width))
        ]
        self._segments += segments
        return segments

    def set_content(self, content: Content) -> None:
        """Shows other lines, at most `line_count`."""
        if not same_content(content, self.content):
            self.content = content
            self._draw()

    def notify_style_update(self) -> None:
        """Draws the same lines in the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw)

    def _draw(self) -> None:
        before, width = self.pieces, self.segment_width
        total_width = width * len(self._segments)
        if not total_width:
            return
        style = self.visual_style
        lines = Visual.to_strips(self, self.content, total_width, self.line_count, style, pad=True)
        cuts = range(width, total_width + 1, width)
        self._pieces = [list(Segment.divide(map(_without_meta, line), cuts)) for line in lines]
        self._pieces += [self._blank_line()] * (self.line_count - len(lines))
        for y, (old_line, new_line) in enumerate(zip(before, self._pieces, strict=True)):
            for segment, old, new in zip(self._segments, old_line, new_line, strict=True):
                if old != new and (columns := _changed_columns(old, new, width)):
                    segment.refresh(Region(0, y, columns, 1))
