"""The heatmap: every instance a cell, every row an update domain. Draws a `Board`, decides nothing.

Works out how every cell looks and tells the tiles which of theirs have changed.
"""

from itertools import pairwise
from typing import ClassVar

from rich.style import Style
from textual.binding import BindingType
from textual.containers import ScrollableContainer
from textual.geometry import Region
from textual.strip import Strip

from vmss_tui.fleet.domains import Grid
from vmss_tui.ui.drawing.glyphs import Appearance, CellStyle, Tone
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_labels import HeatmapLabels
from vmss_tui.ui.instances.heatmap_layout import EMPTY, Arrangement, Block, Density, arrange
from vmss_tui.ui.instances.heatmap_tiles import MAX_TILE_WIDTH, Cell, InstanceClicked, LabelClicked, HeatmapPart, Tile


class Heatmap(ScrollableContainer):
    """All panels of a scale set, arranged for the room there is.

    | component class | of |
    |---|---|
    | `heatmap--good` … `heatmap--unknown` | cells, one for each `Tone` |
    | `heatmap--mark` `heatmap--batch` | the ground of marked cells, of the run's open batch |
    | `heatmap--label` `heatmap--here` | a row's label, the label of the cursor's row |
    | `heatmap--heading` | fault domains and panels |
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"heatmap--{tone}" for tone in Tone),
        "heatmap--mark",
        "heatmap--batch",
        "heatmap--label",
        "heatmap--here",
        "heatmap--heading",
    }

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__()
        self.board, self.appearance = board, appearance
        self.density = Density.AUTO
        self.dimmed = False
        """The reading is too old to be trusted."""
        self.cells: dict[str, Cell] = {}
        self.base_style = Style()
        self.line_cache: dict[tuple[object, ...], Strip] = {}
        self._styles: dict[tuple[object, ...], Style] = {}
        self._tiles: list[Tile] = []
        self._labels = HeatmapLabels(self)
        self._arrangement: Arrangement = EMPTY
        self._cell_styles: dict[str, CellStyle] = {}
        self._display_state: tuple[object, ...] = ()
        self._cursor: str | None = None
        self._arranged_for: tuple[Grid | None, object, Density, int, int] = (None, None, Density.AUTO, 0, 0)

    def on_resize(self) -> None:
        """More or less room may call for another form."""
        self.draw()

    def notify_style_update(self) -> None:
        """Another theme: every style is worked out anew."""
        super().notify_style_update()
        self._styles.clear()
        self._labels.clear_cache()
        self.line_cache.clear()
        if self.is_mounted:
            self.call_later(self._redraw_in_theme)

    def _redraw_in_theme(self) -> None:
        if (base_style := self.rich_style) == self.base_style:
            return
        self.base_style = base_style
        self.line_cache.clear()
        for part in self.query(HeatmapPart):
            part.refresh()
        self._labels.update()

    def draw(self) -> None:
        """Brings the screen up to the board; touches only the cells that look different."""
        width, height = self.container_size.width - 1, self.container_size.height
        if width <= 0 or height <= 0 or not self.display:
            return
        self.base_style = self.rich_style
        arrangement = self._arrange(width, height)
        self.board.arrangement = arrangement
        changed = self._update_cells(arrangement)
        if arrangement != self._arrangement:
            self._rebuild_tiles(arrangement)
        else:
            for tile in self._tiles if changed else ():
                tile.redraw(changed)
        self._labels.update()
        self._follow_cursor()

    def _arrange(self, width: int, height: int) -> Arrangement:
        """The arrangement; worked out again only where instances, room or form have changed."""
        grid = self.board.shown_grid
        if grid is not self._arranged_for[0] or (self.density, width, height) != self._arranged_for[2:]:
            placement = tuple((instance.instance_id, instance.fault_domain) for r in grid.rows for instance in r.instances)
            rows = tuple((row.key, len(row.instances)) for row in grid.rows)
            arranged_for = (grid, (rows, placement), self.density, width, height)
            if arranged_for[1:] == self._arranged_for[1:]:
                self._arranged_for = arranged_for
                return self._arrangement
            self._arranged_for = arranged_for
            return arrange(grid, self.density, width, height)
        return self._arrangement

    def style_of(self, drawn_cell: Cell) -> Style:
        """The style of a cell; worked out once for each combination."""
        key = drawn_cell[1:]
        if key not in self._styles:
            style = self.get_component_rich_style(f"heatmap--{drawn_cell.tone}")
            for applies, name in ((drawn_cell.is_at_work, "batch"), (drawn_cell.is_selected, "mark")):
                if applies:
                    background = self.get_component_rich_style(f"heatmap--{name}")
                    style += Style(bgcolor=background.bgcolor, underline=name == "mark", bold=True)
            if drawn_cell.is_dimmed:
                style += Style(dim=True)
            if drawn_cell.is_cursor:
                if drawn_cell.tone is Tone.FAILED:  # reversed, its own ground would look like none
                    style = self.get_component_rich_style("heatmap--here")
                style += Style(reverse=True, bold=True, dim=False)
            self._styles[key] = style
        return self._styles[key]

    def _update_cells(self, arrangement: Arrangement) -> set[str]:
        """Works out how the cells look; returns those that look different."""
        board, old_cursor = self.board, self._cursor
        display_state = (board.selected_ids, board.batch_ids, board.operation_ids, self.dimmed, arrangement.with_ids)
        old_styles, new_styles = self._cell_styles, board.cells.styles if board.cells else {}
        if display_state == self._display_state and old_styles.keys() == new_styles.keys():
            candidates = [] if new_styles is old_styles else [i for i, style in new_styles.items() if style is not old_styles[i]]
            if old_cursor != board.cursor:
                candidates += [i for i in (old_cursor, board.cursor) if i in new_styles]
        else:
            candidates, self.cells = list(new_styles), {i: self.cells[i] for i in old_styles.keys() & new_styles.keys()}
        self._cell_styles, self._display_state, self._cursor = new_styles, display_state, board.cursor
        changed = set()
        for i in candidates:
            if self.cells.get(i) != (drawn_cell := self._cell(i, arrangement.with_ids)):
                self.cells[i] = drawn_cell
                changed.add(i)
        return changed

    def _cell(self, i: str, with_id: bool) -> Cell:
        board, style = self.board, self._cell_styles[i]
        return Cell(
            style.character(self.appearance.glyphs) + (i if with_id else ""),
            style.tone,
            i == board.cursor,
            i in board.selected_ids,
            i in board.batch_ids or i in board.operation_ids,
            self.dimmed,
        )

    def _rebuild_tiles(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self.remove_children()
        self._tiles = [
            tile
            for box in arrangement.boxes
            for block in box.blocks
            for tile in self._split_into_tiles(block, box.x + block.x, box.y + box.heading_lines, arrangement.pitch)
        ]
        self.mount_all([*self._labels.create_widgets(arrangement), *self._tiles])

    def _split_into_tiles(self, block: Block, x: int, y: int, pitch: int) -> list[Tile]:
        """A block in tiles of at most `TILE` terminal cells."""
        per_tile, per_line = max(1, MAX_TILE_WIDTH // pitch), block.width // pitch
        edges = [*range(0, per_line, per_tile), per_line]
        return [
            Tile(
                self,
                Region(x + first * pitch, y, (last - first) * pitch, len(block.lines)),
                [line[first:last] for line in block.lines],
                pitch,
            )
            for first, last in pairwise(edges)
        ]

    def on_label_clicked(self, message: LabelClicked) -> None:
        """A row's label stands for its first cell."""
        message.stop()
        key = self._labels.row_at(message.label_lines, message.y)
        row = self.board.shown_grid.by_key.get(key) if key else None
        if row is not None:
            self.post_message(InstanceClicked(row.instances[0].instance_id, message.click, is_row_label=True))

    def _follow_cursor(self) -> None:
        position = self.board.arrangement.positions.get(self.board.cursor or "")
        if position is not None:
            lines_above = 2 if position[1] <= 2 else 0
            region = Region(position[0], position[1] - lines_above, self._arrangement.pitch, 1 + lines_above)
            self.scroll_to_region(region, animate=False, force=True)
