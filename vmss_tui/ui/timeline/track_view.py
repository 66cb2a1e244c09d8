"""The rows of the timeline view: on the board of the heat map, with the same cursor and selection.

Only visible lines are rendered, and only those that look different are drawn again.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.arrangement import EMPTY, arrange_in_rows
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_tiles import InstanceClicked
from vmss_tui.ui.timeline.bars import BarPainter
from vmss_tui.ui.timeline.row_order import AnyRow, BatchRow
from vmss_tui.ui.timeline.row_painter import RowPainter, Scene

_STYLES = (
    "requested", "moving", "provisioned", "good", "unhealthy", "failed", "planned",
    "ink-unhealthy", "ink-failed", "quiet", "strong", "line", "now", "approval", "cursor",
    "word-good", "word-moving", "word-unhealthy", "word-failed",
)  # fmt: skip


class TrackView(ScrollView, can_focus=True, inherit_bindings=False):
    """The rows, below the axis. The component classes `timeline--…` are listed in `_STYLES`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"timeline--{name}" for name in _STYLES}

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__()
        self.board, self.appearance = board, appearance
        self.rows: Sequence[AnyRow] = ()
        self._scene: Scene | None = None
        self._painter: RowPainter | None = None
        self._row_index: dict[str, int] = {}
        self._arranged_ids: tuple[str, ...] = ()
        self._arrangement = EMPTY
        self._lines: dict[int, Strip] = {}
        self._line_keys: dict[int, tuple[object, ...]] = {}
        self._followed: tuple[object, ...] = ()
        """What was last scrolled to: cursor, its row and the height of the view."""
        self._open_batch: int | None = None
        """The open batch that was scrolled to; cleared by a cursor movement."""
        self._first_cursor: str | None = None

    @property
    def scene(self) -> Scene:
        """What was drawn last; there is none before the first run is shown."""
        assert self._scene is not None
        return self._scene

    @property
    def cursor_row(self) -> int | None:
        """Index of the row that contains the cursor; None where no row does."""
        return self._row_index.get(self.board.cursor or "")

    def show(self, rows: Sequence[AnyRow], scene: Scene) -> None:
        """Shows other rows, or the same ones at another time."""
        if len(rows) != len(self.rows):
            self.virtual_size = Size(self.size.width, len(rows))
        self.rows, self._scene = rows, scene
        self._row_index = {i: y for y, row in enumerate(rows) for i in row.instance_ids}
        self._arrange()
        self._draw()

    def draw(self) -> None:
        """Follows the cursor, and draws the lines that differ."""
        if self.display and self._scene is not None:
            self._arrange()
            self._follow_cursor()
            self._draw()

    def _arrange(self) -> None:
        """Makes the rows the cells of the board; a row of several instances is one cell."""
        known, cursor = self.board.shown_grid.row_keys, self.board.cursor
        ids = []
        for row in self.rows:
            row_ids = [i for i in row.instance_ids if i in known]
            if row_ids:
                ids.append(cursor if cursor in row_ids and cursor is not None else row_ids[0])
        if tuple(ids) != self._arranged_ids:
            self._arranged_ids = tuple(ids)
            self._arrangement = arrange_in_rows(ids)
        if ids:
            self.board.arrangement = self._arrangement

    def go_to_first(self) -> None:
        """Moves the cursor to the first row, after the rows were sorted."""
        if self._arrangement.order:
            self.post_message(InstanceClicked(self._arrangement.order[0]))

    def follow_run(self) -> None:
        """Shows the open batch until the cursor is moved."""
        self._first_cursor, self._open_batch, self._followed = self.board.cursor, None, ()

    def _follow_open_batch(self) -> bool:
        """Scrolls to the open batch when it is a new one; False where the cursor is followed."""
        if self._first_cursor is None or self._first_cursor != self.board.cursor:
            self._first_cursor = None
            return False
        batches = (
            (row.batch.number, y)
            for y, row in enumerate(self.rows)
            if isinstance(row, BatchRow) and row.batch.end is None
        )
        number, y = next(batches, (None, 0))
        if number is None:
            return False
        if number != self._open_batch:
            self._open_batch = number
            self.scroll_to(y=max(0, y - 1), animate=False, force=True, immediate=True)
        return True

    def _follow_cursor(self) -> None:
        row = self.cursor_row
        if not self.size.height or self._follow_open_batch() or row is None:
            return
        followed = (self.board.cursor, row, self.size.height)
        if followed == self._followed:
            return
        self._followed = followed
        top, page = round(self.scroll_y), self.size.height
        above = 1 if row and not self.rows[row - 1].instance_ids else 0  # the heading of its batch
        if row - above < top or row >= top + page:
            target = row - above if row - above < top else row - page + 1
            self.scroll_to(y=target, animate=False, force=True, immediate=True)

    def _draw(self) -> None:
        for y in range(self.size.height):
            if self._lines.get(y) != (line := self._line(y)):
                self._lines[y] = line
                self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self) -> None:
        """Draws all lines in the new width."""
        self.virtual_size = Size(self.size.width, len(self.rows))
        self._line_keys = {}
        self.draw()

    def notify_style_update(self) -> None:
        """Draws all lines again: the theme has changed."""
        super().notify_style_update()
        self._painter = None
        self._lines, self._line_keys = {}, {}

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Draws the lines that have become visible."""
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self._lines, self._line_keys = {}, {}
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line of a row; a blank one below the last."""
        line = self._lines[y] = self._line(y)
        return line

    def _line(self, y: int) -> Strip:
        index, scene = y + round(self.scroll_y), self._scene
        if scene is None:
            return Strip.blank(self.size.width, self.rich_style)
        row = self.rows[index] if index < len(self.rows) else None
        has_cursor = row is not None and index == self.cursor_row
        is_selected = row is not None and not self.board.selected_ids.isdisjoint(row.instance_ids)
        state = scene.state_of(row)
        key = (row, scene.scale, scene.now_column, has_cursor, is_selected, state, self.size.width)
        if self._line_keys.get(y) != key or y not in self._lines:
            self._line_keys[y] = key
            return self._row_painter().paint(
                row, scene, self.size.width, has_cursor=has_cursor, is_selected=is_selected
            )
        return self._lines[y]

    def _row_painter(self) -> RowPainter:
        if self._painter is None:
            styles = {name: self._component(name) for name in _STYLES}
            bars = BarPainter(self.appearance, self.app.theme, styles)
            self._painter = RowPainter(self.appearance, bars, styles, self.rich_style)
        return self._painter

    def _component(self, name: str) -> Style:
        """Without the background, except for styles that are about it."""
        is_cursor = name == "cursor"
        style = self.get_component_rich_style(f"timeline--{name}", partial=is_cursor)
        if name.startswith("ink-") or is_cursor:
            return style
        return Style(color=style.color, bold=style.bold, dim=style.dim)

    def on_click(self, event: events.Click) -> None:
        """Posts the clicked instance."""
        index = event.y + round(self.scroll_y)
        ids = self.rows[index].instance_ids if index < len(self.rows) else ()
        if shown := [i for i in ids if i in self.board.shown_grid.row_keys]:
            self.post_message(InstanceClicked(shown[0], event))


def label_width(rows: Sequence[AnyRow], width: int, *, shows_batch: bool) -> int:
    """Columns at the left of the bars, by the longest id and domain; at most a third."""
    lengths = (RowPainter.label_length(row, shows_batch=shows_batch) for row in rows)
    longest = max(lengths, default=12)
    return min(longest, max(14, width // 3))


def scale_columns(width: int, labels: int) -> int:
    """Columns of the time scale in a view of this width; one is kept for the scrollbar."""
    return max(10, width - labels - 1)
