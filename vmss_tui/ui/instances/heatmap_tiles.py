"""The widgets that a heat map consists of: tiles of cells, and blocks of labels.

There are few, one of each for a panel: Textual lays out and draws a wide widget as fast as a narrow
one, and each costs on every frame. Of a changed line only the columns that differ are sent.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vmss_tui.fleet.domains import RowKey
from vmss_tui.ui.drawing.cached_lines import CachedLines
from vmss_tui.ui.drawing.line_difference import difference_spans
from vmss_tui.ui.instances.arrangement import Arrangement, PlacedPanel
from vmss_tui.ui.instances.cells.cell_look import CellRows
from vmss_tui.ui.instances.layout.cell_size import CellSize

_CELLS_PER_TEXT = {1: 5, 2: 3, 3: 2}
"""Cells side by side that are drawn as one text, by the width of a cell; wider ones are alone."""

Run = tuple[str, Style]
Line = tuple[Segment, ...]


class CursorFrame(NamedTuple):
    """The cell that the cursor's frame surrounds, and the characters of the frame: the upper edge
    from left to right, left and right side, the lower edge."""

    region: Region
    characters: str

    @property
    def around(self) -> Region:
        """The region of the frame with the cell."""
        return self.region.grow((1, 1, 1, 1))

    def edge(self, *, is_upper: bool) -> str:
        """The upper or lower edge in its whole length."""
        edge = self.characters[:3] if is_upper else self.characters[5:]
        return f"{edge[0]}{edge[1] * self.region.width}{edge[2]}"


class CellSource(Protocol):
    """What the parts need from the heat map."""

    cells: dict[str, CellRows]
    """Instance id -> the rows of its cell."""
    base_style: Style
    cursor_frame: CursorFrame | None
    cursor_style: Style


class InstanceClicked(Message):
    """A cell was clicked, or the label of the row whose first cell it is."""

    def __init__(
        self, instance_id: str, click: events.Click | None = None, *, is_row_label: bool = False
    ) -> None:
        super().__init__()
        self.instance_id, self.is_row_label = instance_id, is_row_label
        self.toggles_selection = click is not None and click.ctrl
        """With ctrl: toggles the selection of the instance."""
        self.opens_detail = click is not None and click.chain == 2 and not is_row_label
        """A double click: opens the detail."""


class LabelClicked(Message):
    """The label of a domain was clicked."""

    def __init__(self, key: RowKey, click: events.Click) -> None:
        super().__init__()
        self.key, self.click = key, click


class HeatmapPart(CachedLines):
    """A part of the heat map at a fixed position."""

    def __init__(self, source: CellSource, region: Region) -> None:
        super().__init__(classes="part")
        self.source, self.place = source, region
        self.styles.position = "absolute"
        self.styles.offset = (region.x, region.y)
        self.styles.width, self.styles.height = region.width, region.height


class Tile(HeatmapPart):
    """The cells of a panel, with the gaps between, before and after them."""

    def __init__(
        self,
        source: CellSource,
        region: Region,
        places: Sequence[tuple[str, int, int]],
        size: CellSize,
    ) -> None:
        """`places` are instance id, x and y of each cell, inside the tile."""
        super().__init__(source, region)
        self.cell_size = size
        self.places = {instance_id: (x, y) for instance_id, x, y in places}
        columns = sorted({x for _, x, _ in places})
        self._cuts = [*columns[:: _CELLS_PER_TEXT.get(size.width, 1)], region.width]
        self._rows: dict[int, tuple[int, list[tuple[int, str]]]] = {}
        for instance_id, x, y in places:
            for part in range(size.height):
                self._rows.setdefault(y + part, (part, []))[1].append((x, instance_id))

    def render_line(self, y: int) -> Strip:
        """One row of cells, or of a gap."""
        segments = [Segment(text, style) for text, style in self._runs(y)]
        pieces = Segment.divide(segments, self._cuts)
        line = [segment for piece in pieces for segment in piece]
        return Strip(line).adjust_cell_length(self.size.width, self.source.base_style)

    def _runs(self, y: int) -> list[Run]:
        """A row as texts with a style; adjacent equal styles are one run."""
        cells, base_style, width = self.source.cells, self.source.base_style, self.cell_size.width
        part, places = self._rows.get(y, (0, ()))
        runs: list[Run] = []
        column = 0
        for x, instance_id in places:
            rows = cells.get(instance_id, ())
            if part >= len(rows):  # a tile of the arrangement before, drawn before it is removed
                continue
            if x > column:
                runs.append((" " * (x - column), base_style))
            for text, style in rows[part]:
                if runs and runs[-1][1] is style:
                    runs[-1] = (runs[-1][0] + text, style)
                else:
                    runs.append((text, style))
            column = x + width
        if column < self.place.width:
            runs.append((" " * (self.place.width - column), base_style))
        frame = self.source.cursor_frame
        if frame is not None and frame.around.overlaps(self.place):
            return self._with_frame(runs, y, frame)
        return runs

    def _with_frame(self, runs: list[Run], y: int, frame: CursorFrame) -> list[Run]:
        """The row with the part of the cursor's frame that is in it, in its gaps only."""
        top, left = y + self.place.y, frame.region.x - 1 - self.place.x
        if frame.region.y <= top < frame.region.bottom:
            marks = {left: frame.characters[3], left + frame.region.width + 1: frame.characters[4]}
        elif top in (frame.region.y - 1, frame.region.bottom):
            edge = enumerate(frame.edge(is_upper=top < frame.region.y), left)
            _, places = self._rows.get(y, (0, ()))
            full = {self._text_number(x) for x, _ in places}
            marks = {at: character for at, character in edge if self._text_number(at) not in full}
        else:
            return runs
        columns = [(character, style) for text, style in runs for character in text]
        base_style, cursor_style = self.source.base_style, self.source.cursor_style
        for column, character in marks.items():
            if 0 <= column < len(columns) and columns[column][1] is base_style:
                columns[column] = (character, cursor_style)
        return _merged(columns)

    def _text_number(self, column: int) -> int:
        """Which of the texts of a row this column is in."""
        return bisect_right(self._cuts, column)

    def redraw(self, changed: Set[str]) -> None:
        """Draws those of the changed cells that belong to this tile."""
        places = [self.places[i] for i in self.places.keys() & changed]
        if len(places) > len(self.places) // 2 and len(places) > 1:
            self.refresh()
        elif places:
            self.refresh(*(Region(x, y, *self.cell_size) for x, y in places))

    def redraw_frame(self, frame: CursorFrame) -> None:
        """Draws the part of this tile that a cursor's frame covers."""
        covered = frame.around.intersection(self.place)
        if covered.area:
            self.refresh(covered.translate((-self.place.x, -self.place.y)))

    def on_click(self, event: events.Click) -> None:
        """Posts which cell was clicked."""
        _, places = self._rows.get(event.y, (0, ()))
        for x, instance_id in places:
            if x <= event.x < x + self.cell_size.width:
                self.post_message(InstanceClicked(instance_id, event))


def tile_of(source: CellSource, panel: PlacedPanel, arrangement: Arrangement) -> Tile:
    """The tile of a panel, from the gap before the first cells on."""
    size = arrangement.cell_size
    top = panel.first_row if panel.fault_domains else panel.y
    cells = [
        (instance_id, x, domain.y + number * size.line_pitch)
        for domain in panel.domains
        for number, line in enumerate(domain.lines)
        for instance_id, x in line
    ]
    left, right = min(x for _, x, _ in cells) - 1, panel.right + size.width
    end = min(right + 1, max(panel.x + panel.width, right))
    region = Region(left, top, end - left, panel.y + panel.height - top)
    return Tile(source, region, [(i, x - left, y - top) for i, x, y in cells], size)


def _merged(columns: Sequence[Run]) -> list[Run]:
    runs: list[Run] = []
    for text, style in columns:
        if runs and runs[-1][1] is style:
            runs[-1] = (runs[-1][0] + text, style)
        else:
            runs.append((text, style))
    return runs


class LabelLines(HeatmapPart):
    """Lines of styled text: headings, edges, or the labels of a panel's domains."""

    def __init__(
        self, source: CellSource, region: Region, keys: Mapping[int, RowKey] | None = None
    ) -> None:
        """`keys` are the domains by the first of their lines."""
        super().__init__(source, region)
        self._parts: dict[int, dict[int, tuple[int, Line]]] = {}
        """Line -> first column of a text in it -> columns kept for the text, and the text."""
        self.columns: dict[int, tuple[int, Line]] = {}
        """The same for the texts that every line has, until it has another one."""
        self._keys = keys or {}

    def set_lines(
        self, first: int, lines: Sequence[Line], x: int = 0, width: int | None = None
    ) -> None:
        """Shows these lines from `first` on, in `width` columns from `x` on; None means all. Draws
        only what differs."""
        columns = self.place.width - x if width is None else width
        for y, line in enumerate(lines, first):
            parts = self._parts.setdefault(y, {})
            _, old = parts.get(x, (columns, ()))
            if old != line:
                parts[x] = columns, line
                spans = difference_spans(old, line, columns)
                self.refresh(*(Region(x + left, y, end - left, 1) for left, end in spans))

    def on_click(self, event: events.Click) -> None:
        """Posts which domain was clicked."""
        above = [key for y, key in sorted(self._keys.items()) if y <= event.y]
        if above:
            self.post_message(LabelClicked(above[-1], event))

    def render_line(self, y: int) -> Strip:
        """One line, cropped to the width of the widget."""
        base_style, segments, column = self.source.base_style, list[Segment](), 0
        blank = Style(bgcolor=base_style.bgcolor)
        for x, (width, line) in sorted((self.columns | self._parts.get(y, {})).items()):
            if x > column:
                segments.append(Segment(" " * (x - column), blank))
            segments += Strip(line).adjust_cell_length(width, base_style)
            column = x + width
        return Strip(segments).adjust_cell_length(self.size.width, blank)


def scroll_extent(height: int) -> Widget:
    """An invisible column as high as the map: parts at an offset do not make it scroll."""
    column = Widget()
    column.styles.visibility = "hidden"
    column.styles.width, column.styles.height = 1, height
    return column
