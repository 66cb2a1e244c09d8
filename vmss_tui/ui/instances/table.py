"""The instance table: the same `Board` as the heatmap, with the same cursor and selection.

Only visible lines are rendered, and only those that look different are drawn again.
"""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vmss_tui.fleet.scale_set import Instance
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.instances.arrangement import EMPTY, arrange_in_rows
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_tiles import InstanceClicked
from vmss_tui.ui.instances.table_rows import (
    GAP,
    Column,
    SortOrder,
    age_text,
    column_widths,
    fitting_columns,
    row_texts,
    sort_instances,
)

_GUTTER = 3
"""Columns for cursor, selection and batch."""
_GLYPH_WIDTH = 4
"""A glyph with blanks around it, and a blank at the end of the state."""


class InstanceTable(ScrollView, can_focus=True, inherit_bindings=False):
    """A row for each shown instance, sorted by a column.

    | component class | of |
    |---|---|
    | `instance-table--heading` `instance-table--sorted` | the names of the columns |
    | `instance-table--tick` `instance-table--work` | the signs of selected rows, of the batch |
    | `instance-table--cursor` `instance-table--selected` | the cursor's row, selected rows |
    | `instance-table--quiet` | faint text |
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "instance-table--heading",
        "instance-table--sorted",
        "instance-table--tick",
        "instance-table--work",
        "instance-table--cursor",
        "instance-table--selected",
        "instance-table--quiet",
        *(f"instance-table--{tone}" for tone in Tone),
    }

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__()
        self.board, self.appearance = board, appearance
        self.row_order = SortOrder()
        self.dimmed = False
        self.columns: tuple[Column, ...] = ()
        self._rows: list[Instance] = []
        self._widths: dict[Column, int] = {}
        self._row_texts: dict[str, tuple[Instance, dict[Column, str]]] = {}
        self._built_target = ""
        self._line_cache: dict[int, Strip] = {}
        self._arrangement = EMPTY
        self._built_for: tuple[object, ...] = (None, None, None, None)

    def on_resize(self) -> None:
        """Fits the columns to the new width."""
        self.draw()

    def notify_style_update(self) -> None:
        """Draws all lines again: the theme has changed."""
        super().notify_style_update()
        self._line_cache = {}

    def sort(self, row_order: SortOrder) -> None:
        """Sorts the rows and moves the cursor to the first one."""
        self.row_order, self.board.range_start = row_order, None
        self.draw()
        if self._rows:
            self.post_message(InstanceClicked(self._rows[0].instance_id))

    def draw(self) -> None:
        """Updates the visible lines from the board."""
        if not self.display or not self.size.width:
            return
        built_for = (self.board.snapshot, self.board.shown_grid, self.row_order, self.size.width)
        if any(new is not old for new, old in zip(built_for, self._built_for, strict=True)):
            self._built_for = built_for
            self._build_rows()
        self.board.arrangement = self._arrangement
        self._follow_cursor()
        for y in range(self.size.height):
            if self._line_cache.get(y) != (line := self._line(y)):
                self._line_cache[y] = line
                self.refresh(Region(0, y, self.size.width, 1))

    def _build_rows(self) -> None:
        """Builds rows, columns and widths, after a new snapshot, filter, order or width."""
        board = self.board
        ids = board.shown_grid.row_keys
        instances = board.snapshot.instances if board.snapshot else ()
        self._rows = sort_instances((i for i in instances if i.instance_id in ids), self.row_order)
        self._arrangement = arrange_in_rows([i.instance_id for i in self._rows])
        target = self._target_image
        if target != self._built_target:
            self._row_texts, self._built_target = {}, target
        self._row_texts = {i.instance_id: self._cached_row(i, target) for i in instances}
        rows = (texts for _, texts in self._row_texts.values())
        self._widths = column_widths(rows, _GLYPH_WIDTH)
        self.columns = fitting_columns(self._widths, self.size.width - _GUTTER - 1)
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)

    @property
    def _target_image(self) -> str:
        """The version that the model names, or that `latest` means; empty where not known."""
        snapshot = self.board.snapshot
        image = snapshot.scale_set.image if snapshot else None
        if image is None:
            return ""
        return self.board.latest_image_version if image.follows_latest else image.running_version

    def _cached_row(self, instance: Instance, target: str) -> tuple[Instance, dict[Column, str]]:
        cached = self._row_texts.get(instance.instance_id)
        if cached is not None and cached[0] is instance:
            return cached
        return instance, row_texts(instance, self.appearance, target)

    def _follow_cursor(self) -> None:
        position = self.board.arrangement.positions.get(self.board.cursor or "")
        if position is None:
            return
        top, page = round(self.scroll_y), max(1, self.size.height - 1)
        if position[1] < top or position[1] >= top + page:
            target = position[1] if position[1] < top else position[1] - page + 1
            self.scroll_to(y=target, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Draws the lines that have become visible."""
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self._line_cache = {}
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Line 0 is the heading; instances scroll below it."""
        line = self._line_cache[y] = self._line(y)
        return line

    def _line(self, y: int) -> Strip:
        base_style, width = self.rich_style, self.size.width
        if y == 0:
            return Strip(self._headings()).adjust_cell_length(width, base_style)
        index = y - 1 + round(self.scroll_y)
        if index >= len(self._rows):
            return Strip.blank(width, base_style)
        instance = self._rows[index]
        row_style = self._row_style(instance.instance_id)
        return Strip(self._row(instance)).adjust_cell_length(width, row_style)

    def _headings(self) -> list[Segment]:
        style = self.get_component_rich_style("instance-table--heading")
        sorted_style = self.get_component_rich_style("instance-table--sorted")
        sign = self.appearance.sign("falling" if self.row_order.descending else "rising")
        segments = [Segment(" " * _GUTTER, style)]
        for column in self.columns:
            is_sorted = column is self.row_order.column
            name = f"{column}{sign}" if is_sorted else str(column)
            text = f"{name:<{self._widths[column] + GAP}}"
            segments.append(Segment(text, sorted_style if is_sorted else style))
        return segments

    def _row(self, instance: Instance) -> list[Segment]:
        instance_id = instance.instance_id
        quiet = self.get_component_rich_style("instance-table--quiet", partial=True)
        is_cursor = instance_id == self.board.cursor
        style = self._row_style(instance_id)
        if self.dimmed:
            style += Style(dim=True)
        segments = self._signs(instance_id, style)
        for column in self.columns:
            text, width = self._row_texts[instance_id][1][column], self._widths[column]
            if column is Column.STATE:
                segments += self._state_cell(instance_id, text, width, style)
                continue
            if column is Column.CHANGED and instance.changed_at and self.board.snapshot:
                text += age_text(instance.changed_at, self.board.snapshot.taken_at)
            is_quiet = column is not Column.ID and not is_cursor
            text_style = style + quiet if is_quiet else style
            segments.append(Segment(f"{text:<{width + GAP}}", text_style))
        return segments

    def _signs(self, instance_id: str, style: Style) -> list[Segment]:
        """The signs of the cursor, of the selection and of the batch at work."""
        board, sign = self.board, self.appearance.sign
        is_at_work = instance_id in board.batch_ids or instance_id in board.operation_ids
        return [
            Segment(
                shown,
                style + self.get_component_rich_style(f"instance-table--{name}", partial=True),
            )
            for name, shown in (
                ("sorted", sign("cursor") if instance_id == board.cursor else " "),
                ("tick", sign("selected") if instance_id in board.selected_ids else " "),
                ("work", sign("live") if is_at_work else " "),
            )
        ]

    def _state_cell(self, instance_id: str, text: str, width: int, style: Style) -> list[Segment]:
        """Glyph and word on the ground of the state, as in a cell of the heat map."""
        cell_style = self.board.cells.styles[instance_id] if self.board.cells else None
        if cell_style is None:
            return [Segment(f"{text:<{width + GAP}}", style)]
        ground = self.get_component_rich_style(f"instance-table--{cell_style.tone}")
        if self.dimmed:
            ground += Style(dim=True)
        glyph = cell_style.character(self.appearance.glyphs)
        return [Segment(f" {glyph} {text:<{width - 3}}", ground), Segment(" " * GAP, style)]

    def _row_style(self, instance_id: str) -> Style:
        if instance_id == self.board.cursor:
            return self.get_component_rich_style("instance-table--cursor")
        if instance_id in self.board.selected_ids:
            return self.get_component_rich_style("instance-table--selected")
        return self.rich_style

    def on_click(self, event: events.Click) -> None:
        """Sorts by the clicked heading, a second time in reverse; or posts the clicked row."""
        if event.y == 0:
            self._sort_by_column_at(event.x)
        elif (index := event.y - 1 + round(self.scroll_y)) < len(self._rows):
            self.post_message(InstanceClicked(self._rows[index].instance_id, event))

    def _sort_by_column_at(self, x: int) -> None:
        left = _GUTTER
        for column in self.columns:
            if left <= x < left + self._widths[column] + GAP:
                is_sorted = column is self.row_order.column
                self.sort(self.row_order.reversed() if is_sorted else SortOrder(column))
                return
            left += self._widths[column] + GAP
