"""Lines of text of which only the changed ones are sent to the terminal.

Textual sends a whole widget again where its text changes; here only the changed lines, each up to
its last changed column.
"""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual

from vmss_tui.ui.drawing.static_text import StaticText, same_content
from vmss_tui.ui.terminal.textual_private import request_layout


class LineText(StaticText):
    """Lines that are not wrapped: those that are too long are cut at the edge."""

    DEFAULT_CSS = "LineText { text-wrap: nowrap; text-overflow: clip; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: list[Content] = []

    def set_lines(self, lines: Sequence[Content]) -> None:
        """Shows other lines; draws those that differ."""
        before, self.lines = self.lines, list(lines)
        self.content = Content("\n").join(self.lines)
        if len(before) != len(self.lines) and self.styles.is_auto_height:
            request_layout(self)
            return
        longest = max(len(before), len(self.lines))
        empty = [Content("")] * longest
        pairs = zip((before + empty)[:longest], (self.lines + empty)[:longest], strict=True)
        regions = [
            Region(0, y, columns, 1)
            for y, (old, new) in enumerate(pairs)
            if (columns := changed_columns(old, new))
        ]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One line, made of its own text: Textual makes all of them where one has changed."""
        if self.text_selection is not None:
            return super().render_line(y)
        width, style = self.size.width, self.visual_style
        lines = self.lines[y : y + 1]
        strips = [
            strip for line in lines for strip in Visual.to_strips(self, line, width, 1, style)
        ]
        return strips[0].apply_offsets(0, y) if strips else Strip.blank(width, style.rich_style)

    def notify_style_update(self) -> None:
        """Draws every line in the colours of another theme."""
        super().notify_style_update()
        self.refresh()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """The number of lines."""
        return len(self.lines)


def changed_columns(before: Content, after: Content) -> int:
    """Columns up to the last one that differs; 0 where the lines are the same."""
    if same_content(before, after):
        return 0
    old, new = _styled_characters(before), _styled_characters(after)
    width = max(before.cell_length, after.cell_length)
    if len(old) != before.cell_length or len(new) != after.cell_length:
        return width  # some characters are not one column wide
    blank = (" ", ())
    old += [blank] * (width - len(old))
    new += [blank] * (width - len(new))
    return max((x + 1 for x in range(width) if old[x] != new[x]), default=0)


def _styled_characters(line: Content) -> list[tuple[str, tuple[str, ...]]]:
    styles: list[list[str]] = [[] for _ in line.plain]
    for start, end, style in line.spans:
        for position in range(start, min(end, len(styles))):
            styles[position].append(str(style))
    return [(character, tuple(names)) for character, names in zip(line.plain, styles, strict=True)]
