"""The heat map: a cell for each instance, a line for each domain. Draws a `Board`.

Computes how each cell is drawn, and redraws the tiles whose cells have changed.
"""

from collections.abc import Collection
from itertools import zip_longest
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.containers import ScrollableContainer
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmss_tui.ui.detail.problem_list import ProblemList
from vmss_tui.ui.drawing.cached_lines import blank_lines
from vmss_tui.ui.drawing.glyphs import Appearance, CellStyle, Glyphs, Tone
from vmss_tui.ui.drawing.theme_styles import part_styles
from vmss_tui.ui.drawing.themes import SHADES
from vmss_tui.ui.instances.arrangement import EMPTY, Arrangement, Density
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cells.cell_look import (
    ANSI_THEME,
    Cell,
    CellLooks,
    CellRows,
    CellThemeStyles,
)
from vmss_tui.ui.instances.cells.hidden_counts import HiddenCounts, count_hidden
from vmss_tui.ui.instances.cells.map_parts import MAP_PARTS
from vmss_tui.ui.instances.heatmap_labels import HeatmapLabels
from vmss_tui.ui.instances.heatmap_layout import (
    arrange,
    free_room,
    mixed_cells,
    placement_key,
    visible_regions,
)
from vmss_tui.ui.instances.heatmap_tiles import (
    CursorFrame,
    HeatmapPart,
    InstanceClicked,
    LabelClicked,
    Tile,
    scroll_extent,
    tile_of,
)

_FRAMES = {Glyphs.UNICODE: "▗▄▖▐▌▝▀▘", Glyphs.ASCII: "---||---"}


class Heatmap(ScrollableContainer, inherit_bindings=False):
    """All panels of a scale set, arranged for the size of the widget."""

    class Scrolled(Message):
        """Other cells are on screen: scrolled, or arranged anew."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__()
        self.board, self.appearance = board, appearance
        self.density = Density.AUTO
        self.framed_panels = False
        """Whether each panel has a frame of its own; set by the screen, which then draws none."""
        self.dimmed = False
        """The reading is outdated."""
        self.cells: dict[str, CellRows] = {}
        self.base_style = self.cursor_style = Style()
        self.cursor_frame: CursorFrame | None = None
        self.has_plain_colours = False
        self._looks: CellLooks | None = None
        self._theme = ""
        self._part_styles: dict[str, Style] = {}
        self._tiles: list[Tile] = []
        self._labels = HeatmapLabels(self)
        self._problem_list: ProblemList | None = None
        self._arrangement: Arrangement = EMPTY
        self._mixed: frozenset[str] = frozenset()
        self._cell_styles: dict[str, CellStyle] = {}
        self._looks_shown: CellLooks | None = None
        self._selected_ids: frozenset[str] = frozenset()
        self._cursor: str | None = None
        self._arranged_for: tuple[object, ...] = ()
        self._hidden_counts: tuple[tuple[object, ...], HiddenCounts] = (), HiddenCounts()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Only the background: what it shows are its widgets."""
        return blank_lines(self, crop)

    def on_resize(self) -> None:
        """Arranges the cells for the new size."""
        self.draw()

    def part_style(self, name: str) -> Style:
        """The style of a part (a name of `MAP_PARTS`) in the theme."""
        if not self._part_styles:
            self._part_styles = part_styles(MAP_PARTS, self.app.theme_variables, self.rich_style)
        return self._part_styles[name]

    def notify_style_update(self) -> None:
        """Computes all styles again where the theme has changed."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._redraw_in_theme)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Styles nothing again: neither it nor any tile looks different with the focus."""

    def _redraw_in_theme(self) -> None:
        if self._take_theme():
            for part in self.query(HeatmapPart):
                part.refresh()
            self.draw()

    def _take_theme(self) -> bool:
        """Drops what was computed for another theme or background; False where there is none."""
        theme, base_style = self.app.theme, self.rich_style
        if (theme, base_style) == (self._theme, self.base_style):
            return False
        self._theme, self.base_style = theme, base_style
        self._part_styles, self._looks, self._looks_shown = {}, None, None
        self._labels.clear_cache()
        return True

    def draw(self) -> None:
        """Updates the widgets from the board; redraws only cells that look different."""
        width, height = self.room
        if width <= 0 or height <= 0 or not self.display:
            return
        self._take_theme()
        arrangement = self._arrange(width, height)
        self.board.arrangement = arrangement
        is_new = arrangement is not self._arrangement
        if is_new:
            self._mixed = mixed_cells(arrangement)
            self._looks_shown = None
        changed = self._update_cells(arrangement)
        moved = self._move_cursor_frame(arrangement)
        if is_new:
            self._rebuild_tiles(arrangement)
            self.post_message(self.Scrolled())
        else:
            for tile in self._tiles if changed else ():
                tile.redraw(changed)
            for frame in moved:
                for tile in self._tiles:
                    tile.redraw_frame(frame)
        self._labels.update()
        if self._problem_list is not None:
            self._problem_list.show(self.board.shown_grid, self.board.full_grid)
        self._follow_cursor()

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows of the widget, with those of a scroll bar."""
        return self.content_region.width, self.content_region.height

    def cell_regions(self, ids: Collection[str]) -> list[Region]:
        """The regions on the terminal of the cells of these instances, as far as on screen."""
        if not self.display:
            return []
        return visible_regions(self._arrangement, ids, self.content_region, self.scroll_offset)

    def hidden_counts(self) -> HiddenCounts:
        """The instances above and below what is on screen; counted again only if the reading,
        the arrangement or the rows on screen have changed."""
        snapshot, top, height = self.board.snapshot, round(self.scroll_offset.y), self.room[1]
        arrangement = self._arrangement
        if snapshot is None or not 0 < height < arrangement.height:
            return HiddenCounts()
        shown = (snapshot, arrangement, top, height)
        if any(old is not new for old, new in zip_longest(self._hidden_counts[0], shown)):
            states = {i: instance.state for i, instance in snapshot.by_id.items()}
            rows = range(top, top + height)
            self._hidden_counts = shown, count_hidden(arrangement.positions, states, rows)
        return self._hidden_counts[1]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Reports that other cells are on screen, for the counts of those that are not."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled())

    def _arrange(self, width: int, height: int) -> Arrangement:
        """The arrangement; computed again only if instances, size or density have changed."""
        grid = self.board.shown_grid
        choices = (self.density, self.framed_panels, width, height)
        if self._arranged_for[:1] == (grid,) and self._arranged_for[2:] == choices:
            return self._arrangement
        placement = placement_key(grid)
        is_same = self._arranged_for[1:] == (placement, *choices)
        self._arranged_for = (grid, placement, *choices)
        if is_same:
            return self._arrangement
        return arrange(grid, self.density, width, height, framed=self.framed_panels)

    # Cells

    def _colours(self) -> CellThemeStyles:
        style_of = self.part_style
        theme = self.app.theme
        return CellThemeStyles(
            grounds={tone: style_of(tone) for tone in Tone},
            shades=tuple(style_of(f"shade-{n}") for n in range(1, SHADES + 1)),
            base=self.base_style,
            cursor=style_of("cursor"),
            selected=style_of("selected"),
            is_plain=theme == "vmss-mono",
            is_ansi=theme == ANSI_THEME,
        )

    def _current_looks(self, arrangement: Arrangement) -> CellLooks:
        size = arrangement.cell_size
        looks = self._looks
        if looks is None or looks.size != size or looks.is_dimmed != self.dimmed:
            colours = self._colours()
            self.has_plain_colours = colours.is_plain or colours.is_ansi
            self.cursor_style = colours.cursor
            self._looks = looks = CellLooks(
                size, colours, self.appearance.glyphs, is_dimmed=self.dimmed
            )
        return looks

    def _update_cells(self, arrangement: Arrangement) -> set[str]:
        """Computes how the cells are drawn; returns the ids of those that look different."""
        board, old_cursor = self.board, self._cursor
        looks = self._current_looks(arrangement)
        old, new = self._cell_styles, board.cells.styles if board.cells else {}
        if looks is self._looks_shown and (new is old or old.keys() == new.keys()):
            candidates = [] if new is old else [i for i, s in new.items() if s is not old[i]]
            if old_cursor != board.cursor and not looks.size.gap:
                candidates += [i for i in (old_cursor, board.cursor) if i in new]
            candidates += [i for i in board.selected_ids ^ self._selected_ids if i in new]
        else:
            candidates, self.cells = list(new), {i: self.cells[i] for i in self.cells if i in new}
        self._cell_styles, self._looks_shown, self._cursor = new, looks, board.cursor
        self._selected_ids = board.selected_ids
        changed = set()
        for i in candidates:
            rows = looks.rows_of(self._cell(i, looks))
            if self.cells.get(i) is not rows:
                self.cells[i] = rows
                changed.add(i)
        return changed

    def _cell(self, i: str, looks: CellLooks) -> Cell:
        board, style, size = self.board, self._cell_styles[i], looks.size
        shows_clock = size.shows_clock and not style.is_quiet
        return Cell(
            style, i if size.shows_id else "",
            board.since_text(i, self.appearance) if shows_clock else "",
            i in board.selected_ids, not size.gap and i == board.cursor, i in self._mixed,
        )  # fmt: skip

    def _move_cursor_frame(self, arrangement: Arrangement) -> list[CursorFrame]:
        """Puts the frame around the cursor's cell; returns the frames that have to be drawn."""
        size = arrangement.cell_size
        position = arrangement.positions.get(self.board.cursor or "")
        old = self.cursor_frame
        self.cursor_frame = None
        if position is not None and size.gap:
            frame = _FRAMES[self.appearance.glyphs]
            self.cursor_frame = CursorFrame(Region(*position, *size), frame)
        if self.cursor_frame == old:
            return []
        return [frame for frame in (old, self.cursor_frame) if frame is not None]

    # Widgets

    def _rebuild_tiles(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self.remove_children()
        self._tiles = [tile_of(self, panel, arrangement) for panel in arrangement.panels]
        parts: list[Widget] = [*self._labels.create_widgets(arrangement), *self._tiles]
        self._problem_list = ProblemList.in_room(free_room(arrangement), self.appearance)
        parts += [self._problem_list] if self._problem_list else []
        if arrangement.height > self.room[1]:
            parts.append(scroll_extent(arrangement.height))
        self.mount_all(parts)

    def on_label_clicked(self, message: LabelClicked) -> None:
        """A click on a domain's label goes to the first cell of the domain."""
        message.stop()
        row = self.board.shown_grid.by_key.get(message.key)
        if row is not None:
            first_id = row.instances[0].instance_id
            self.post_message(InstanceClicked(first_id, message.click, is_row_label=True))

    def _follow_cursor(self) -> None:
        position = self.board.arrangement.positions.get(self.board.cursor or "")
        if position is not None and self._arrangement.height > self.room[1]:
            x, y = position
            size = self._arrangement.cell_size
            lines_above = 2 if y <= 2 else 0
            region = Region(x, y - lines_above, size.width, size.height + lines_above)
            self.scroll_to_region(region, animate=False, force=True)
