"""The heatmap: a cell for each instance, a row for each update domain. Draws a `Board`.

Computes how each cell is drawn, and redraws the tiles whose cells have changed.
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
from vmss_tui.ui.instances.arrangement import EMPTY, Arrangement, Block, Density
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_labels import HeatmapLabels
from vmss_tui.ui.instances.heatmap_layout import arrange
from vmss_tui.ui.instances.heatmap_tiles import (
    MAX_TILE_WIDTH,
    Cell,
    HeatmapPart,
    InstanceClicked,
    LabelClicked,
    Tile,
)


class Heatmap(ScrollableContainer):
    """All panels of a scale set, arranged for the size of the widget.

    | component class | of |
    |---|---|
    | `heatmap--good` … `heatmap--unknown` | cells, one for each `Tone` |
    | `heatmap--selected` `heatmap--batch` | background of selected cells, of the run's open batch |
    | `heatmap--label` `heatmap--cursor-row` | a row's label, the label of the cursor's row |
    | `heatmap--heading` | fault domains and panels |
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"heatmap--{tone}" for tone in Tone),
        "heatmap--selected",
        "heatmap--batch",
        "heatmap--label",
        "heatmap--cursor-row",
        "heatmap--heading",
    }

    def __init__(self, board: Board, appearance: Appearance) -> None:
        super().__init__()
        self.board, self.appearance = board, appearance
        self.density = Density.AUTO
        self.dimmed = False
        """The reading is outdated."""
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
        self._arranged_for: tuple[Grid | None, object, Density, int, int] = (
            None,
            None,
            Density.AUTO,
            0,
            0,
        )

    def on_resize(self) -> None:
        """Arranges the cells for the new size."""
        self.draw()

    def notify_style_update(self) -> None:
        """Computes all styles again: the theme has changed."""
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
        """Updates the widgets from the board; redraws only cells that look different."""
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
        """The arrangement; computed again only if instances, size or density have changed."""
        grid = self.board.shown_grid
        old = self._arranged_for
        if grid is not old[0] or (self.density, width, height) != old[2:]:
            placement = tuple(
                (instance.instance_id, instance.fault_domain)
                for row in grid.rows
                for instance in row.instances
            )
            rows = tuple((row.key, len(row.instances)) for row in grid.rows)
            arranged_for = (grid, (rows, placement), self.density, width, height)
            self._arranged_for = arranged_for
            if arranged_for[1:] == old[1:]:
                return self._arrangement
            return arrange(grid, self.density, width, height)
        return self._arrangement

    def style_of(self, drawn_cell: Cell) -> Style:
        """The style of a cell; cached for each combination of its properties."""
        key = drawn_cell[1:]
        if key not in self._styles:
            style = self.get_component_rich_style(f"heatmap--{drawn_cell.tone}")
            for applies, name in (
                (drawn_cell.is_at_work, "batch"),
                (drawn_cell.is_selected, "selected"),
            ):
                if applies:
                    background = self.get_component_rich_style(f"heatmap--{name}")
                    style += Style(
                        bgcolor=background.bgcolor, underline=name == "selected", bold=True
                    )
            if drawn_cell.is_dimmed:
                style += Style(dim=True)
            if drawn_cell.is_cursor:
                if drawn_cell.tone is Tone.FAILED:  # its background, reversed, would be invisible
                    style = self.get_component_rich_style("heatmap--cursor-row")
                style += Style(reverse=True, bold=True, dim=False)
            self._styles[key] = style
        return self._styles[key]

    def _update_cells(self, arrangement: Arrangement) -> set[str]:
        """Computes how the cells are drawn; returns the ids of those that look different."""
        board, old_cursor = self.board, self._cursor
        with_ids = arrangement.with_ids
        display_state = (
            board.selected_ids, board.batch_ids, board.operation_ids, self.dimmed, with_ids
        )  # fmt: skip
        old, new = self._cell_styles, board.cells.styles if board.cells else {}
        if display_state == self._display_state and old.keys() == new.keys():
            candidates = [] if new is old else [i for i, s in new.items() if s is not old[i]]
            if old_cursor != board.cursor:
                candidates += [i for i in (old_cursor, board.cursor) if i in new]
        else:
            candidates, self.cells = list(new), {i: self.cells[i] for i in old.keys() & new.keys()}
        self._cell_styles, self._display_state, self._cursor = new, display_state, board.cursor
        changed = set()
        for i in candidates:
            if self.cells.get(i) != (drawn_cell := self._cell(i, with_ids)):
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
            for tile in self._split_into_tiles(
                block, box.x + block.x, box.y + box.heading_lines, arrangement.pitch
            )
        ]
        self.mount_all([*self._labels.create_widgets(arrangement), *self._tiles])

    def _split_into_tiles(self, block: Block, x: int, y: int, pitch: int) -> list[Tile]:
        """Splits a block into tiles of at most `MAX_TILE_WIDTH` terminal cells."""
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
        """A click on a row's label selects the first cell of the row."""
        message.stop()
        key = self._labels.row_at(message.label_lines, message.y)
        row = self.board.shown_grid.by_key.get(key) if key else None
        if row is not None:
            first_id = row.instances[0].instance_id
            self.post_message(InstanceClicked(first_id, message.click, is_row_label=True))

    def _follow_cursor(self) -> None:
        position = self.board.arrangement.positions.get(self.board.cursor or "")
        if position is not None:
            x, y = position
            lines_above = 2 if y <= 2 else 0
            region = Region(x, y - lines_above, self._arrangement.pitch, 1 + lines_above)
            self.scroll_to_region(region, animate=False, force=True)
