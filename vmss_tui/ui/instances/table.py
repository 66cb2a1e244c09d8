"""The instances as a table: the other view of the same reading, with the same cursor and marks.

Draws a `Board`, as the heatmap does. Only lines in sight are worked out, and only those that
look different are drawn again.
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
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_layout import EMPTY
from vmss_tui.ui.instances.heatmap_tiles import Chosen
from vmss_tui.ui.instances.table_rows import (
    GAP,
    Column,
    Order,
    fitting,
    ordered,
    placed,
    row_of,
    widths_of,
)

_GUTTER = 3
"""Cursor, mark, batch."""
_SIGN = 2


class Instances(ScrollView, can_focus=True):
    """A row for each instance that is shown, in the order of a column.

    | component class | of |
    |---|---|
    | `instances--heading` | the names of the columns |
    | `instances--cursor` `instances--mark` | the cursor's row, the ground of marked rows |
    | `instances--quiet` | what is well and therefore faint |
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "instances--heading",
        "instances--cursor",
        "instances--mark",
        "instances--quiet",
        *(f"instances--{tone}" for tone in Tone),
    }

    def __init__(self, board: Board, look: Appearance) -> None:
        super().__init__()
        self.board, self.look = board, look
        self.order = Order()
        self.dimmed = False
        self.columns: tuple[Column, ...] = ()
        self._rows: list[Instance] = []
        self._widths: dict[Column, int] = {}
        self._said: dict[str, tuple[Instance, dict[Column, str]]] = {}
        self._drawn: dict[int, Strip] = {}
        self._placed = EMPTY
        self._seen: tuple[object, ...] = (None, None, None, None)

    def on_resize(self) -> None:
        """More or less room for columns."""
        self.draw()

    def notify_style_update(self) -> None:
        """Another theme: every line is drawn anew."""
        super().notify_style_update()
        self._drawn = {}

    def put_in(self, order: Order) -> None:
        """Another order; the cursor goes to what is first in it, which is why one orders."""
        self.order, self.board.anchor = order, None
        self.draw()
        if self._rows:
            self.post_message(Chosen(self._rows[0].instance_id))

    def draw(self) -> None:
        """Brings the lines in sight up to the board."""
        if not self.display or not self.size.width:
            return
        seen = (self.board.snapshot, self.board.shown, self.order, self.size.width)
        if any(one is not other for one, other in zip(seen, self._seen, strict=True)):
            self._seen = seen
            self._work_out()
        self.board.placed = self._placed
        self._follow_cursor()
        for y in range(self.size.height):
            if self._drawn.get(y) != (line := self._line(y)):
                self._drawn[y] = line
                self.refresh(Region(0, y, self.size.width, 1))

    def _work_out(self) -> None:
        """Rows, columns and their widths, where the reading, the filter or the room is new."""
        board = self.board
        ids = board.shown.row_keys
        every = board.snapshot.instances if board.snapshot else ()
        self._rows = ordered((i for i in every if i.instance_id in ids), self.order)
        self._placed = placed([i.instance_id for i in self._rows])
        self._said = {i.instance_id: self._kept(i) for i in self._rows}
        rows = (said for _, said in self._said.values())
        self._widths = widths_of(rows, _SIGN)
        self.columns = fitting(self._widths, self.size.width - _GUTTER - 1)
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)

    def _kept(self, instance: Instance) -> tuple[Instance, dict[Column, str]]:
        known = self._said.get(instance.instance_id)
        if known is not None and known[0] is instance:
            return known
        return instance, row_of(instance, self.look)

    def _follow_cursor(self) -> None:
        at = self.board.placed.positions.get(self.board.cursor or "")
        if at is None:
            return
        top, page = round(self.scroll_y), max(1, self.size.height - 1)
        if at[1] < top or at[1] >= top + page:
            wanted = at[1] if at[1] < top else at[1] - page + 1
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Other lines are in sight."""
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self._drawn = {}
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The headings stay on top, instances scroll below them."""
        line = self._drawn[y] = self._line(y)
        return line

    def _line(self, y: int) -> Strip:
        ground, width = self.rich_style, self.size.width
        if y == 0:
            return Strip(self._headings()).adjust_cell_length(width, ground)
        at = y - 1 + round(self.scroll_y)
        if at >= len(self._rows):
            return Strip.blank(width, ground)
        return Strip(self._row(self._rows[at])).adjust_cell_length(width, ground)

    def _headings(self) -> list[Segment]:
        style = self.get_component_rich_style("instances--heading")
        sign = self.look.sign("falling" if self.order.falling else "rising")
        words = []
        for column in self.columns:
            name = f"{column} {sign}" if column is self.order.column else str(column)
            words.append(f"{name:<{self._widths[column]}}")
        return [Segment(" " * _GUTTER + (" " * GAP).join(words), style)]

    def _row(self, instance: Instance) -> list[Segment]:
        board, look, at = self.board, self.look, instance.instance_id
        style, quiet = self._ground(at), self.get_component_rich_style("instances--quiet")
        if self.dimmed:
            style += Style(dim=True)
        signs = (
            look.sign("cursor") if at == board.cursor else " ",
            look.sign("marked") if at in board.marks else " ",
            look.sign("live") if at in board.batch | board.asked else " ",
        )
        segments = [Segment("".join(signs), style)]
        swatch = board.scene.swatches[at] if board.scene else None
        for column in self.columns:
            words, width = self._said[at][1][column], self._widths[column] + GAP
            if column is Column.STATE and swatch is not None:
                tone = self.get_component_rich_style(f"instances--{swatch.tone}")
                segments.append(Segment(swatch.character(look.glyphs), style + tone.without_color
                                        if at == board.cursor else style + tone))  # fmt: skip
                words, width = f" {words}", width - 1
            faint = style if column in (Column.ID, Column.STATE) else Style.chain(quiet, style)
            segments.append(Segment(f"{words:<{width}}", faint))
        return segments

    def _ground(self, instance_id: str) -> Style:
        if instance_id == self.board.cursor:
            return self.get_component_rich_style("instances--cursor")
        if instance_id in self.board.marks:
            return self.get_component_rich_style("instances--mark")
        return self.rich_style

    def on_click(self, event: events.Click) -> None:
        """A heading sorts by its column, again turns it round; a row takes the cursor."""
        if event.y == 0:
            self._sort_at(event.x)
        elif (at := event.y - 1 + round(self.scroll_y)) < len(self._rows):
            self.post_message(Chosen(self._rows[at].instance_id, event))

    def _sort_at(self, x: int) -> None:
        left = _GUTTER
        for column in self.columns:
            if left <= x < left + self._widths[column] + GAP:
                same = column is self.order.column
                self.put_in(self.order.turned() if same else Order(column))
                return
            left += self._widths[column] + GAP
