"""The heatmap: every instance a cell, every row an update domain. Draws a `Board`, decides nothing.

Built of small Line API tiles, at most `TILE` cells wide, because Textual re-sends a dirty region
from its widget's left edge: a changed cell then costs a few bytes, not a line of the screen.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.containers import ScrollableContainer
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.arrangement import EMPTY, Arrangement, Block, Box, Form, arrange
from vmss_tui.ui.board import Board
from vmss_tui.ui.look import Look, Tone

TILE = 10
"""Widest tile, in terminal cells."""


class Cell(NamedTuple):
    """How one instance is drawn now."""

    text: str
    tone: Tone
    cursor: bool
    marked: bool
    in_batch: bool
    dimmed: bool

    @property
    def plain(self) -> bool:
        """Stands on the ground of all, so that the gap after it may be drawn with it."""
        return not (self.cursor or self.marked or self.in_batch or self.tone is Tone.FAILED)


class _Placed(Widget):
    """A part of the heatmap at a fixed place of its canvas."""

    def __init__(self, heatmap: "Heatmap", region: Region) -> None:
        super().__init__(classes="part")
        self.heatmap = heatmap
        self.styles.position = "absolute"
        self.styles.offset = (region.x, region.y)
        self.styles.width, self.styles.height = region.width, region.height


class Tile(_Placed):
    """Some neighbouring cells of one fault domain, over all lines of a panel."""

    def __init__(
        self, heatmap: "Heatmap", region: Region, lines: Sequence[tuple[str, ...]], pitch: int
    ) -> None:
        super().__init__(heatmap, region)
        self.lines, self.pitch = lines, pitch

    def render_line(self, y: int) -> Strip:
        """The cells of one line; neighbours that look the same are one segment."""
        cells, pitch, ground = self.heatmap.cells, self.pitch, self.heatmap.ground
        runs: list[tuple[str, Style]] = []
        for instance_id in self.lines[y] if y < len(self.lines) else ():
            drawn = cells[instance_id]
            style = self.heatmap.style_of(drawn)
            gap = " " * (pitch - len(drawn.text))
            before, last = runs.pop() if runs else ("", style)
            if last is not style:
                runs.append((before, last))
                before = ""
            if drawn.plain:
                runs.append((before + drawn.text + gap, style))
            else:
                runs += [(before + drawn.text, style), (gap, ground)]
        segments = [Segment(text, style) for text, style in runs if text]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def redraw(self, changed: Iterable[str]) -> None:
        """Draws only these cells again, where they are ours."""
        mine = {i: (x, y) for y, line in enumerate(self.lines) for x, i in enumerate(line)}
        regions = [
            Region(mine[i][0] * self.pitch, mine[i][1], self.pitch, 1) for i in changed if i in mine
        ]
        if regions:
            self.refresh(*regions)

    def on_click(self, event: events.Click) -> None:
        """The mouse chooses a cell as the arrows do."""
        line = self.lines[event.y] if event.y < len(self.lines) else ()
        if event.x // self.pitch < len(line):
            self.post_message(Heatmap.Chosen(line[event.x // self.pitch]))


class Words(_Placed):
    """Lines of styled words: headings, and the labels of rows."""

    def __init__(self, heatmap: "Heatmap", region: Region) -> None:
        super().__init__(heatmap, region)
        self.lines: Mapping[int, tuple[Segment, ...]] = {}

    def write(self, lines: Mapping[int, tuple[Segment, ...]]) -> None:
        """Shows these lines; only those that differ are drawn."""
        old, self.lines = self.lines, lines
        for y in old.keys() | lines.keys():
            if old.get(y) != lines.get(y):
                self.refresh(Region(0, y, self.region.width or 200, 1))

    def render_line(self, y: int) -> Strip:
        """One line, cut to our width."""
        return Strip(self.lines.get(y, ())).adjust_cell_length(self.size.width, self.heatmap.ground)


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

    class Chosen(Message):
        """A cell was clicked."""

        def __init__(self, instance_id: str) -> None:
            super().__init__()
            self.instance_id = instance_id

    def __init__(self, board: Board, look: Look) -> None:
        super().__init__()
        self.board, self.look = board, look
        self.form = Form.AUTO
        self.dimmed = False
        """The reading is too old to be trusted."""
        self.cells: dict[str, Cell] = {}
        self.ground = Style()
        self._styles: dict[tuple[object, ...], Style] = {}
        self._tiles: list[Tile] = []
        self._words: list[tuple[Box, Words, Words | None]] = []
        self._drawn: Arrangement = EMPTY

    def on_resize(self) -> None:
        """More or less room may call for another form."""
        self.draw()

    def notify_style_update(self) -> None:
        """Another theme: every style is worked out anew."""
        super().notify_style_update()
        self._styles.clear()
        if self.is_mounted:
            self.call_later(self._restyled)

    def _restyled(self) -> None:
        if (ground := self.rich_style) == self.ground:
            return
        self.ground = ground
        for part in self.query(_Placed):
            part.refresh()
        self._label()

    def draw(self) -> None:
        """Brings the screen up to the board; touches only the cells that look different."""
        width, height = self.container_size.width - 1, self.container_size.height
        if width <= 0 or height <= 0:
            return
        self.ground = self.rich_style
        placed = arrange(self.board.shown, self.form, width, height)
        self.board.placed = placed
        old, self.cells = self.cells, self._looks(placed)
        if placed != self._drawn:
            self._rebuild(placed)
        else:
            changed = [i for i, drawn in self.cells.items() if old.get(i) != drawn]
            for tile in self._tiles if changed else ():
                tile.redraw(changed)
        self._label()
        self._follow_cursor()

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
                style += Style(reverse=True, bold=True, dim=False)
            self._styles[key] = style
        return self._styles[key]

    def _looks(self, placed: Arrangement) -> dict[str, Cell]:
        board, scene = self.board, self.board.scene
        if scene is None:
            return {}
        glyphs = self.look.glyphs
        return {
            i: Cell(
                swatch.drawn(glyphs) + (i if placed.with_ids else ""),
                swatch.tone,
                i == board.cursor,
                i in board.marks,
                i in board.batch,
                self.dimmed,
            )
            for i, swatch in scene.swatches.items()
        }

    def _rebuild(self, placed: Arrangement) -> None:
        self._drawn = placed
        self.remove_children()
        self._tiles, self._words = [], []
        for box in placed.boxes:
            top = box.y + box.heading_lines
            labels = Words(self, Region(box.x, top, box.label_width, box.height))
            heading = None
            if box.heading_lines:
                heading = Words(self, Region(box.x, box.y, box.width, box.heading_lines))
            self._words.append((box, labels, heading))
            for block in box.blocks:
                self._tiles += self._cut(block, box.x + block.x, top, placed.pitch)
        parts = [part for _, labels, heading in self._words for part in (labels, heading) if part]
        self.mount_all([*parts, *self._tiles])

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

    def _label(self) -> None:
        heading_style = self.get_component_rich_style("heatmap--heading")
        for box, labels, heading in self._words:
            labels.write({y: self._row_label(box, key) for y, key in box.labels})
            if heading is not None:
                heading.write(_headings(box, heading_style))

    def _row_label(self, box: Box, key: object) -> tuple[Segment, ...]:
        board = self.board
        row = next((row for row in board.full.rows if row.key == key), None)
        if row is None:
            return ()
        here = board.cursor_row is row
        style = self.get_component_rich_style(f"heatmap--{'here' if here else 'label'}")
        sign = self.look.sign("cursor") if here else " "
        total = str(len(row.instances))
        tally = f"{row.current:>{len(total)}}/{total}"
        room = box.label_width - 3 - len(total)
        name = cell(row.key.label, room - len(tally) - 3)
        segments = [Segment(f"{sign}{name:<{room - len(tally) - 3}} {tally} "[:room], style)]
        if row.problems:
            sick = self.get_component_rich_style(f"heatmap--{Tone.SICK}")
            segments.append(Segment(f"{self.look.sign('problem')}{row.problems}", sick))
        return tuple(segments)

    def _follow_cursor(self) -> None:
        found = self.board.placed.positions.get(self.board.cursor or "")
        if found is not None:
            above = 2 if found[1] <= 2 else 0
            region = Region(found[0], found[1] - above, self._drawn.pitch, 1 + above)
            self.scroll_to_region(region, animate=False, force=True)


def _headings(box: Box, style: Style) -> dict[int, tuple[Segment, ...]]:
    """The panel's heading, and the fault domains over their columns."""
    lines: dict[int, tuple[Segment, ...]] = {}
    if box.heading:
        lines[0] = (Segment(f" {cell(box.heading, max(1, box.width - 1))}", style),)
    if any(block.heading for block in box.blocks):
        text = ""
        for block in box.blocks:
            text = f"{text:<{block.x}}{block.heading}"
        lines[box.heading_lines - 1] = (Segment(text, style),)
    return lines
