"""The widgets that a heatmap consists of: tiles of cells, and lines of labels.

Textual sends a changed region again from its widget's left edge, so tiles are narrow (at most
`MAX_TILE_WIDTH` terminal cells): a changed cell then costs a few bytes, not a line of the screen.
"""

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from vmss_tui.ui.drawing.cached_lines import CachedLines
from vmss_tui.ui.drawing.glyphs import Tone

MAX_TILE_WIDTH = 10
"""Widest tile, in terminal cells."""
_MAX_CACHED_LINES = 2000
"""Tile lines in the cache; 1,000 instances have fewer different ones."""


class Cell(NamedTuple):
    """How an instance is drawn."""

    text: str
    tone: Tone
    is_cursor: bool
    is_selected: bool
    is_at_work: bool
    is_dimmed: bool

    @property
    def has_base_background(self) -> bool:
        """Whether the background is that of the heatmap, so that cell and gap are one segment."""
        return not (
            self.is_cursor or self.is_selected or self.is_at_work or self.tone is Tone.FAILED
        )


class CellSource(Protocol):
    """What the parts need from the heatmap."""

    cells: dict[str, Cell]
    base_style: Style
    line_cache: dict[tuple[object, ...], Strip]
    """Rendered lines of tiles by their width and runs; cleared when the theme changes."""

    def style_of(self, drawn_cell: Cell) -> Style:
        """The style of a cell."""


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
    """A line of labels was clicked."""

    def __init__(self, label_lines: "LabelLines", y: int, click: events.Click) -> None:
        super().__init__()
        self.label_lines, self.y, self.click = label_lines, y, click


class HeatmapPart(CachedLines):
    """A part of the heatmap at a fixed position."""

    def __init__(self, source: CellSource, region: Region) -> None:
        super().__init__(classes="part")
        self.source = source
        self.styles.position = "absolute"
        self.styles.offset = (region.x, region.y)
        self.styles.width, self.styles.height = region.width, region.height


class Tile(HeatmapPart):
    """Adjacent cells of one fault domain, over all lines of a panel."""

    def __init__(
        self, source: CellSource, region: Region, lines: Sequence[tuple[str, ...]], pitch: int
    ) -> None:
        super().__init__(source, region)
        self.lines, self.pitch = lines, pitch
        self._positions = {i: (x, y) for y, line in enumerate(lines) for x, i in enumerate(line)}

    def filtered_line(self, y: int) -> Strip:
        """The line from the cache shared by all tiles: equal cells give equal lines."""
        key, cache = (
            (self.size.width, self.source.base_style, *self._runs(y)),
            self.source.line_cache,
        )
        if key not in cache:
            if len(cache) >= _MAX_CACHED_LINES:
                cache.clear()
            cache[key] = super().filtered_line(y)
        return cache[key]

    def render_line(self, y: int) -> Strip:
        """One line of cells."""
        segments = [Segment(text, style) for text, style in self._runs(y)]
        return Strip(segments).adjust_cell_length(self.size.width, self.source.base_style)

    def _runs(self, y: int) -> list[tuple[str, Style]]:
        """The cells of a line as texts with a style; adjacent equal styles are one run."""
        cells, pitch, base_style = self.source.cells, self.pitch, self.source.base_style
        runs: list[tuple[str, Style]] = []
        for instance_id in self.lines[y] if y < len(self.lines) else ():
            drawn_cell = cells[instance_id]
            style = self.source.style_of(drawn_cell)
            gap = " " * (pitch - len(drawn_cell.text))
            run_text, run_style = runs.pop() if runs else ("", style)
            if run_style is not style:
                runs.append((run_text, run_style))
                run_text = ""
            if drawn_cell.has_base_background:
                runs.append((run_text + drawn_cell.text + gap, style))
            else:
                runs += [(run_text + drawn_cell.text, style), (gap, base_style)]
        return [run for run in runs if run[0]]

    def redraw(self, changed: Set[str]) -> None:
        """Redraws those of the changed cells that belong to this tile."""
        positions = [self._positions[i] for i in self._positions.keys() & changed]
        if len(positions) > len(self._positions) // 2:
            self.refresh()
        elif positions:
            self.refresh(*(Region(x * self.pitch, y, self.pitch, 1) for x, y in positions))

    def on_click(self, event: events.Click) -> None:
        """Posts which cell was clicked."""
        line = self.lines[event.y] if event.y < len(self.lines) else ()
        if event.x // self.pitch < len(line):
            self.post_message(InstanceClicked(line[event.x // self.pitch], event))


class LabelLines(HeatmapPart):
    """Lines of styled text: headings, or the labels of rows."""

    def __init__(self, source: CellSource, region: Region) -> None:
        super().__init__(source, region)
        self.lines: Mapping[int, tuple[Segment, ...]] = {}

    def update(self, lines: Mapping[int, tuple[Segment, ...]]) -> None:
        """Shows these lines; draws only those that differ."""
        old, self.lines = self.lines, lines
        for y in old.keys() | lines.keys():
            if old.get(y) != lines.get(y):
                self.refresh(Region(0, y, self.region.width or 200, 1))

    def on_click(self, event: events.Click) -> None:
        """Posts which line was clicked; the heatmap knows its row."""
        self.post_message(LabelClicked(self, event.y, event))

    def render_line(self, y: int) -> Strip:
        """One line, cropped to the width of the widget."""
        return Strip(self.lines.get(y, ())).adjust_cell_length(
            self.size.width, self.source.base_style
        )
