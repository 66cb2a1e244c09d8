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
from vmss_tui.ui.instances.heatmap_labels import Labels
from vmss_tui.ui.instances.heatmap_layout import EMPTY, Arrangement, Block, Form, arrange
from vmss_tui.ui.instances.heatmap_tiles import TILE, Cell, Chosen, LineClicked, Placed, Tile


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

    def __init__(self, board: Board, look: Appearance) -> None:
        super().__init__()
        self.board, self.look = board, look
        self.form = Form.AUTO
        self.dimmed = False
        """The reading is too old to be trusted."""
        self.cells: dict[str, Cell] = {}
        self.ground = Style()
        self.lines: dict[tuple[object, ...], Strip] = {}
        self._styles: dict[tuple[object, ...], Style] = {}
        self._tiles: list[Tile] = []
        self._labels = Labels(self)
        self._drawn: Arrangement = EMPTY
        self._swatches: dict[str, CellStyle] = {}
        self._shown: tuple[object, ...] = ()
        self._cursor: str | None = None
        self._seen: tuple[Grid | None, object, Form, int, int] = (None, None, Form.AUTO, 0, 0)

    def on_resize(self) -> None:
        """More or less room may call for another form."""
        self.draw()

    def notify_style_update(self) -> None:
        """Another theme: every style is worked out anew."""
        super().notify_style_update()
        self._styles.clear()
        self._labels.forget()
        self.lines.clear()
        if self.is_mounted:
            self.call_later(self._restyled)

    def _restyled(self) -> None:
        if (ground := self.rich_style) == self.ground:
            return
        self.ground = ground
        self.lines.clear()
        for part in self.query(Placed):
            part.refresh()
        self._labels.write()

    def draw(self) -> None:
        """Brings the screen up to the board; touches only the cells that look different."""
        width, height = self.container_size.width - 1, self.container_size.height
        if width <= 0 or height <= 0 or not self.display:
            return
        self.ground = self.rich_style
        placed = self._arranged(width, height)
        self.board.placed = placed
        changed = self._look_again(placed)
        if placed != self._drawn:
            self._rebuild(placed)
        else:
            for tile in self._tiles if changed else ():
                tile.redraw(changed)
        self._labels.write()
        self._follow_cursor()

    def _arranged(self, width: int, height: int) -> Arrangement:
        """The arrangement; worked out again only where instances, room or form have changed."""
        shown = self.board.shown
        if shown is not self._seen[0] or (self.form, width, height) != self._seen[2:]:
            stand = tuple((i.instance_id, i.fault_domain) for r in shown.rows for i in r.instances)
            keys = tuple((row.key, len(row.instances)) for row in shown.rows)
            seen = (shown, (keys, stand), self.form, width, height)
            if seen[1:] == self._seen[1:]:
                self._seen = seen
                return self._drawn
            self._seen = seen
            return arrange(shown, self.form, width, height)
        return self._drawn

    def style_of(self, drawn: Cell) -> Style:
        """The style of a cell; worked out once for each combination."""
        key = drawn[1:]
        if key not in self._styles:
            style = self.get_component_rich_style(f"heatmap--{drawn.tone}")
            for wanted, name in ((drawn.in_batch, "batch"), (drawn.marked, "mark")):
                if wanted:
                    ground = self.get_component_rich_style(f"heatmap--{name}")
                    style += Style(bgcolor=ground.bgcolor, underline=name == "mark", bold=True)
            if drawn.dimmed:
                style += Style(dim=True)
            if drawn.cursor:
                if drawn.tone is Tone.FAILED:  # reversed, its own ground would look like none
                    style = self.get_component_rich_style("heatmap--here")
                style += Style(reverse=True, bold=True, dim=False)
            self._styles[key] = style
        return self._styles[key]

    def _look_again(self, placed: Arrangement) -> set[str]:
        """Works out how the cells look; returns those that look different."""
        board, left = self.board, self._cursor
        shown = (board.marks, board.batch, board.asked, self.dimmed, placed.with_ids)
        old, new = self._swatches, board.scene.swatches if board.scene else {}
        if shown == self._shown and old.keys() == new.keys():
            concerned = [] if new is old else [i for i, now in new.items() if now is not old[i]]
            if left != board.cursor:
                concerned += [i for i in (left, board.cursor) if i in new]
        else:
            concerned, self.cells = list(new), {i: self.cells[i] for i in old.keys() & new.keys()}
        self._swatches, self._shown, self._cursor = new, shown, board.cursor
        changed = set()
        for i in concerned:
            if self.cells.get(i) != (drawn := self._look_of(i, placed.with_ids)):
                self.cells[i] = drawn
                changed.add(i)
        return changed

    def _look_of(self, i: str, with_id: bool) -> Cell:
        board, swatch = self.board, self._swatches[i]
        return Cell(
            swatch.character(self.look.glyphs) + (i if with_id else ""),
            swatch.tone,
            i == board.cursor,
            i in board.marks,
            i in board.batch or i in board.asked,
            self.dimmed,
        )

    def _rebuild(self, placed: Arrangement) -> None:
        self._drawn = placed
        self.remove_children()
        self._tiles = [
            tile
            for box in placed.boxes
            for block in box.blocks
            for tile in self._cut(block, box.x + block.x, box.y + box.heading_lines, placed.pitch)
        ]
        self.mount_all([*self._labels.place(placed), *self._tiles])

    def _cut(self, block: Block, x: int, y: int, pitch: int) -> list[Tile]:
        """A block in tiles of at most `TILE` terminal cells."""
        per_tile, per_line = max(1, TILE // pitch), block.width // pitch
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

    def on_line_clicked(self, message: LineClicked) -> None:
        """A row's label stands for its first cell."""
        message.stop()
        key = self._labels.row_at(message.words, message.y)
        row = self.board.shown.by_key.get(key) if key else None
        if row is not None:
            self.post_message(Chosen(row.instances[0].instance_id, message.click, row=True))

    def _follow_cursor(self) -> None:
        found = self.board.placed.positions.get(self.board.cursor or "")
        if found is not None:
            above = 2 if found[1] <= 2 else 0
            region = Region(found[0], found[1] - above, self._drawn.pitch, 1 + above)
            self.scroll_to_region(region, animate=False, force=True)
