"""Lines of a long text, wrapped, with errors in colour, one current line and search matches.

Text of a guest never meets a markup API: rows are assembled from segments.
"""

import re
from collections.abc import Collection, Sequence

from rich.cells import chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vmss_tui.text import clean
from vmss_tui.ui.drawing.glyphs import Appearance, rich_style

_MAX_LINE_LENGTH = 2000
"""Characters of a line that are drawn."""
_TIMESTAMP = re.compile(r"\[ {0,12}\d{1,12}\.\d{1,9}\]")


class LogRows(ScrollView, can_focus=True, inherit_bindings=False):
    """The lines. `TopReached` says that the first row has come into view by scrolling."""

    class TopReached(Message):
        """The first row was scrolled to."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self.lines: tuple[str, ...] = ()
        self.current: int | None = None
        """Index of the line that a search or `next error` went to."""
        self.pattern = ""
        """What was searched for, in lower case."""
        self._errors: frozenset[int] = frozenset()
        self._numbered = False
        self._rows: list[tuple[int, bool, str]] = []
        """Index of the line, whether the line begins here, and the text of each row."""
        self._width = 0
        self._styles: dict[str, Style] = {}

    # What is shown

    def show_lines(
        self,
        lines: Sequence[str],
        errors: Collection[int] = (),
        *,
        numbered: bool,
        at_end: bool = False,
    ) -> None:
        """Shows other lines; `errors` are indices of those that report one. Line numbers are shown
        where the text is known from its beginning."""
        self.lines, self._errors, self._numbered = tuple(lines), frozenset(errors), numbered
        self.current = None
        self._arrange(force=True)
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False, force=True)

    def add_before(
        self, lines: Sequence[str], errors: Collection[int], count: int, *, numbered: bool
    ) -> None:
        """Shows `lines`, of which the first `count` are new; what is in view stays in view."""
        first = self.line_in_view
        offset = round(self.scroll_y) - self._row_of(first)
        current = None if self.current is None else self.current + count
        self.show_lines(lines, errors, numbered=numbered)
        self.current = current
        self.scroll_to(y=self._row_of(first + count) + offset, animate=False, force=True)

    @property
    def line_in_view(self) -> int:
        """Index of the first line in view."""
        row = round(self.scroll_y)
        return self._rows[row][0] if row < len(self._rows) else 0

    def go_to(self, index: int) -> None:
        """Makes a line the current one, and scrolls to it."""
        self.current = index
        row = self._row_of(index)
        top, height = round(self.scroll_y), self.size.height
        if not top + 1 <= row < top + height - 1:
            self.scroll_to(y=max(0, row - height // 2), animate=False, force=True)
        self.refresh()

    def matches(self) -> list[int]:
        """Indices of the lines that contain the searched text."""
        if not self.pattern:
            return []
        return [index for index, line in enumerate(self.lines) if self.pattern in line.lower()]

    # Rows

    def on_resize(self) -> None:
        """Wraps the lines to the new width."""
        self._arrange()

    def notify_style_update(self) -> None:
        """Draws in the colours of another theme."""
        super().notify_style_update()
        self._styles = {}
        self.refresh()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Reports that the top has been reached."""
        super().watch_scroll_y(old, new)
        if round(new) == 0 and round(old) > 0:
            self.post_message(self.TopReached())

    @property
    def _gutter(self) -> int:
        return max(3, len(f"{len(self.lines):,}")) + 1 if self._numbered else 1

    def _arrange(self, *, force: bool = False) -> None:
        width = self.size.width or self._width
        if not width or (width == self._width and not force):
            return
        first = self.line_in_view if self._rows else 0
        is_at_end = bool(self._rows) and round(self.scroll_y) >= self.max_scroll_y
        is_narrower = width != self._width
        self._width = width
        room = max(10, width - self._gutter - 1)
        self._rows = []
        for index, line in enumerate(self.lines):
            for number, part in enumerate(_wrapped(line, room)):
                self._rows.append((index, number == 0, part))
        self.virtual_size = Size(width, len(self._rows))
        if is_narrower and self._rows:
            if is_at_end:
                self.call_after_refresh(self.scroll_end, animate=False, force=True)
            else:
                self.scroll_to(y=self._row_of(first), animate=False, force=True)
        self.refresh()

    def _row_of(self, index: int) -> int:
        """The first row of a line, by bisection: rows are in the order of the lines."""
        low, high = 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            if self._rows[middle][0] < index:
                low = middle + 1
            else:
                high = middle
        return low

    def render_line(self, y: int) -> Strip:
        """One row."""
        row, width = round(self.scroll_y) + y, self.size.width
        base = self.rich_style
        if row >= len(self._rows):
            return Strip.blank(width, base)
        index, is_first, text = self._rows[row]
        is_current, is_error = index == self.current, index in self._errors
        ground = base
        if is_current:
            ground += self._style("selected")
        if is_error:
            ground += self._style("error")
        if is_current:
            ground += Style(bold=True)
        number = f"{index + 1:>{self._gutter - 1},} " if self._numbered and is_first else ""
        segments = [Segment(f"{number:<{self._gutter}}", ground + self._style("quiet"))]
        segments += self._text_segments(text, ground, is_first=is_first)
        return Strip(segments).adjust_cell_length(width, ground)

    def _text_segments(self, text: str, ground: Style, *, is_first: bool) -> list[Segment]:
        segments: list[Segment] = []
        stamp = _TIMESTAMP.match(text) if is_first else None
        if stamp is not None:
            segments.append(Segment(stamp[0], ground + self._style("quiet")))
            text = text[stamp.end() :]
        lowered = text.lower()
        position = 0
        while self.pattern and len(lowered) == len(text):
            found_at = lowered.find(self.pattern, position)
            if found_at < 0:
                break
            end = found_at + len(self.pattern)
            segments.append(Segment(text[position:found_at], ground))
            segments.append(Segment(text[found_at:end], ground + Style(reverse=True)))
            position = end
        return [*segments, Segment(text[position:], ground)]

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            variables, is_plain = self.app.theme_variables, self.app.theme == "vmss-mono"
            if name == "selected":
                ground = rich_style(variables, "selection-background").color
                style = Style(reverse=True) if is_plain else Style(bgcolor=ground)
            else:
                style = rich_style(variables, "tone-failed" if name == "error" else name)
                style += Style(bold=(is_plain and name == "error") or None)
            self._styles[name] = style
        return style


def _wrapped(line: str, width: int) -> Sequence[str]:
    """The parts of a line, without tabs and with its end cut where it is very long."""
    hidden = len(line) - _MAX_LINE_LENGTH
    text = clean(line[:_MAX_LINE_LENGTH]).expandtabs(8).replace("\n", " ")
    if hidden > 0:
        text += f" … {hidden:,} more characters"
    if len(text) <= width and text.isascii():
        return (text,)
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), width)]
    return chop_cells(text, width) or [""]
