"""Lines of text in a place of fixed size, so that a small change costs little.

Textual draws a whole widget again where its text changes, and computes the whole layout again where
its size changes. Here only the columns that differ are drawn. Numbers that change often should keep
their column (`pad_to_column`).
"""

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual

from vmss_tui.ui.drawing.cached_lines import CachedLines
from vmss_tui.ui.drawing.line_difference import difference_spans
from vmss_tui.ui.drawing.static_text import same_content


def pad_to_column(content: Content, ahead: int, step: int) -> Content:
    """Pads with blanks, so that the text `ahead` columns later starts at a multiple of `step`."""
    return Content.assemble(content, " " * (-(content.cell_length + ahead) % step))


def _without_meta(segment: Segment) -> Segment:
    """Without the position of the text, which differs where nothing else does."""
    style = segment.style
    return Segment(segment.text, style.clear_meta_and_links() if style else style)


class FixedLines(CachedLines):
    """The lines. `set_content` draws only the columns that differ."""

    DEFAULT_CSS = "FixedLines { width: 1fr; text-wrap: nowrap; text-overflow: clip; }"

    def __init__(
        self, *, line_count: int = 1, piece_width: int = 8, classes: str | None = None
    ) -> None:
        """`piece_width` is the number of columns of the texts that a line is divided into."""
        super().__init__(classes=classes)
        self.content = Content("")
        self.line_count, self._piece_width = line_count, piece_width
        self._lines: list[list[Segment]] = []

    def render_line(self, y: int) -> Strip:
        """A line; all of it has a style, as the colour filters require."""
        width, line = self.size.width, self._lines[y] if y < len(self._lines) else []
        strip = Strip(line).adjust_cell_length(width, self.rich_style)
        pieces = strip.divide(self.cuts(width))
        return Strip([part for piece in pieces for part in piece], width)

    def cuts(self, width: int) -> list[int]:
        """Where each text of a line of this width ends."""
        return [*range(self._piece_width, width, self._piece_width), width]

    def on_resize(self) -> None:
        """Draws the same lines in another width."""
        self._draw()

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
        width, height = self.size.width, min(self.line_count, self.size.height)
        if not width:
            return
        style = self.visual_style
        lines = Visual.to_strips(self, self.content, width, self.line_count, style, pad=True)
        before, self._lines = self._lines, [list(map(_without_meta, line)) for line in lines]
        old, new = ([*shown, *[[]] * height][:height] for shown in (before, self._lines))
        regions = [
            Region(first, y, after - first, 1)
            for y, (old_line, new_line) in enumerate(zip(old, new, strict=True))
            for first, after in difference_spans(old_line, new_line, width)
        ]
        if regions:
            self.refresh(*regions)
