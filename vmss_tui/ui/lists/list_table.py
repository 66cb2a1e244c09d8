"""The rows of a list under their headings, with a line of totals that stays in view.

Only visible lines are drawn, and only those that look different are sent again.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs, rich_style
from vmss_tui.ui.drawing.theme_styles import in_cursor_colour
from vmss_tui.ui.lists.list_columns import (
    Cell,
    ListColumn,
    ListOrder,
    ListSource,
    fit_cell,
    fit_columns,
)

GUTTER = 4
"""Columns for the cursor, the selection and a pinned key."""
_HEADING_LINES = 2
_BASE = "base"
_LOW = 12
"""Under this height there are no rules."""


class ListTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows by key. The cursor stays on its key when rows are added, removed or moved."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list-table--cursor"}

    class RowChosen(Message):
        """Enter, or a click on the cursor's row."""

    class ViewChanged(Message):
        """The cursor or the visible rows have changed."""

    class HeadingClicked(Message):
        """A heading was clicked."""

        def __init__(self, column: ListColumn) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self,
        columns: Sequence[ListColumn],
        appearance: Appearance,
        source: ListSource,
        *,
        has_totals: bool = False,
    ) -> None:
        super().__init__()
        self.all_columns, self.appearance, self._source = tuple(columns), appearance, source
        self.order = ListOrder(columns[0].id)
        self.keys: tuple[str, ...] = ()
        self.cursor_key = ""
        self.empty_text = "reading …"
        """What to do where there are no rows."""
        self._has_totals = has_totals
        self._text_widths: Mapping[str, int] = {}
        self._fitted: tuple[tuple[ListColumn, int], ...] = ()
        self._styles: dict[str, Style] = {}
        self._lines: dict[int, Strip] = {}

    # What is shown

    @property
    def columns(self) -> tuple[ListColumn, ...]:
        """The columns that are shown."""
        return tuple(column for column, _ in self._fitted)

    @property
    def cursor_row(self) -> int:
        """The index of the cursor's row; -1 where there are no rows."""
        return self.keys.index(self.cursor_key) if self.cursor_key in self.keys else -1

    @property
    def page(self) -> int:
        """The number of rows that fit."""
        return max(1, self.size.height - self._top - self._bottom)

    @property
    def visible_keys(self) -> tuple[str, ...]:
        """The keys of the rows in view."""
        first = round(self.scroll_y)
        return self.keys[first : first + self.page]

    def show(self, keys: Sequence[str], text_widths: Mapping[str, int], order: ListOrder) -> None:
        """Shows these rows in this order. `text_widths` is each column's longest text in cells."""
        row = max(0, self.cursor_row)
        self.keys, self._text_widths, self.order = tuple(keys), text_widths, order
        if self.cursor_key not in self.keys:
            self.cursor_key = self.keys[min(row, len(self.keys) - 1)] if self.keys else ""
        self._arrange()
        self.draw()

    def move_to(self, row: int) -> None:
        """Moves the cursor to a row; the nearest one where there is no such row."""
        if self.keys:
            self.cursor_key = self.keys[min(max(0, row), len(self.keys) - 1)]
            self.draw()
            self.post_message(self.ViewChanged())

    def draw(self) -> None:
        """Draws the lines that look different."""
        if not self.size.width:
            return
        self._follow_cursor()
        for y in range(self.size.height):
            if self._lines.get(y) != (line := self._line(y)):
                self._lines[y] = line
                self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self) -> None:
        """Fits columns and rows to the new size."""
        self._arrange()
        self._lines = {}
        self._follow_cursor()
        self.post_message(self.ViewChanged())

    def notify_style_update(self) -> None:
        """Draws all lines again: the theme has changed."""
        super().notify_style_update()
        self._lines, self._styles = {}, {}

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Draws the lines that have come into view."""
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self._lines = {}
            self.refresh()
            self.post_message(self.ViewChanged())

    def _arrange(self) -> None:
        width = self.outer_size.width - 1  # the scroll bar may come and go
        if width <= 0:
            return
        height = len(self.keys) + self._top + self._bottom
        self.virtual_size = Size(width, height)
        self._fitted = fit_columns(self.all_columns, self._text_widths, width - GUTTER)

    def _follow_cursor(self) -> None:
        row, top, page = self.cursor_row, round(self.scroll_y), self.page
        if row < 0 or top <= row < top + page:
            return
        target = row if row < top else row - page + 1
        self.scroll_to(y=target, animate=False, force=True, immediate=True)

    # Lines

    @property
    def _base_style(self) -> Style:
        style = self._styles.get(_BASE)
        if style is None:
            style = self._styles[_BASE] = self.rich_style
        return style

    @property
    def _top(self) -> int:
        return 1 if self.size.height < _LOW else _HEADING_LINES

    @property
    def _bottom(self) -> int:
        if not self._has_totals or self.size.height < 6:
            return 0
        return 1 if self.size.height < _LOW else 2

    def render_line(self, y: int) -> Strip:
        """Headings at the top and totals at the bottom; the rows scroll between them."""
        line = self._lines[y] = self._line(y)
        return line

    def _line(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        if y == 0:
            segments = self._headings()
        elif self._bottom and y == height - 1:
            segments = self._totals()
        elif y < self._top or y >= height - self._bottom:
            rule = "-" if self.appearance.glyphs is Glyphs.ASCII else "─"
            segments = [Segment(" " + rule * (width - 2), self._style("line"))]
        else:
            index = y - self._top + round(self.scroll_y)
            if index >= len(self.keys):
                text = self.empty_text if not self.keys and index == 1 else ""
                return self._strip([Segment(f"{'':{GUTTER}}{text}", self._style("quiet"))],
                                   self._base_style)  # fmt: skip
            return self._row(self.keys[index])
        return self._strip(segments, self._base_style)

    def _strip(self, segments: Sequence[Segment], base: Style) -> Strip:
        strip = Strip(Segment.apply_style(segments, base))
        return strip.adjust_cell_length(self.size.width, base)

    def _headings(self) -> list[Segment]:
        segments = [Segment(" " * GUTTER)]
        for column, width in self._fitted:
            is_sorted = column.id == self.order.column
            mark = self.appearance.sign("falling" if self.order.descending else "rising")
            text = column.heading.rjust(width) if column.right else column.heading.ljust(width)
            if not is_sorted:
                segments.append(Segment(text + " ", self._style("bold quiet")))
            elif column.right or len(column.heading) == width:
                segments.append(Segment(text + mark, self._style("bold focus")))
            else:
                text = f"{column.heading}{mark}".ljust(width + 1)
                segments.append(Segment(text, self._style("bold focus")))
        return segments

    def _totals(self) -> list[Segment]:
        """A total may be as wide as its column and those without a total after it."""
        segments = [Segment(" " * GUTTER)]
        spans: list[tuple[ListColumn, int, Cell]] = []
        for column, width in self._fitted:
            pieces = self._source.draw_total(column.id, width)
            if spans and not pieces and not spans[-1][0].right:
                previous, previous_width, previous_pieces = spans[-1]
                spans[-1] = previous, previous_width + 1 + width, previous_pieces
            else:
                spans.append((column, width, pieces))
        for column, width, pieces in spans:
            segments += self._pieces(pieces, column, width)
        return segments

    def _row(self, key: str) -> Strip:
        is_cursor, marks = key == self.cursor_key, self._source.marks(key)
        base, cursor = self._base_style, Style()
        if is_cursor:
            cursor = self.get_component_rich_style("list-table--cursor", partial=True)
            base += cursor
        segments = [
            Segment(self.appearance.sign("cursor") if is_cursor else " ", self._style("focus")),
            Segment(
                self.appearance.sign("selected") if marks.selected else " ",
                self._style("bold key"),
            ),
            Segment(f"{marks.pin:1} ", self._style("dim")),
        ]
        for column, width in self._fitted:
            pieces = self._source.draw_cell(key, column.id, width)
            segments += self._pieces(pieces, column, width)
        if cursor.color:
            segments = in_cursor_colour(segments, cursor)
        return self._strip(segments, base)

    def _pieces(self, pieces: Cell, column: ListColumn, width: int) -> list[Segment]:
        """The pieces padded or cut to the width, with the blank after the column."""
        sign = "." if self.appearance.glyphs is Glyphs.ASCII else "…"
        pieces = fit_cell(pieces, width, sign, keeps_end=column.keeps_end)
        padding = Segment(" " * max(0, width - sum(cell_len(text) for text, _ in pieces)))
        segments = [Segment(text, self._style(style)) for text, style in pieces]
        ordered = [padding, *segments] if column.right else [*segments, padding]
        return [*ordered, Segment(" ")]

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            colour = name.removeprefix("bold").strip()
            style = rich_style(self.app.theme_variables, colour) if colour else Style()
            if name.startswith("bold"):
                style += Style(bold=True)
            self._styles[name] = style
        return style

    # The mouse

    def on_click(self, event: events.Click) -> None:
        """Sorts by a heading, or moves the cursor to a row; a click on its row chooses it."""
        if event.y == 0:
            left = GUTTER
            for column, width in self._fitted:
                if left <= event.x < left + width + 1:
                    self.post_message(self.HeadingClicked(column))
                left += width + 1
            return
        row = event.y - self._top + round(self.scroll_y)
        is_row = self._top <= event.y < self.size.height - self._bottom
        if not is_row or row >= len(self.keys):
            return
        if self.keys[row] == self.cursor_key:
            self.post_message(self.RowChosen())
        else:
            self.move_to(row)
