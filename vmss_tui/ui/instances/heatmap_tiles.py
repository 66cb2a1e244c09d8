"""The small parts that a heatmap is built of: tiles of cells, and labels.

Textual re-sends a dirty region from its widget's left edge, so tiles are narrow (at most `TILE`
terminal cells): a changed cell then costs a few bytes, not a line of the screen.
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

TILE = 10
"""Widest tile, in terminal cells."""
_MOST_LINES = 2000
"""Different lines of tiles that are kept; those of 1,000 instances are fewer."""


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


class Palette(Protocol):
    """What a part asks the heatmap for."""

    cells: dict[str, Cell]
    ground: Style
    lines: dict[tuple[object, ...], Strip]
    """Finished lines of tiles by their width and runs; empty after another theme."""

    def style_of(self, drawn: Cell) -> Style:
        """The style of a cell."""


class Chosen(Message):
    """A cell was clicked, or the label of a row, whose first cell it is."""

    def __init__(
        self, instance_id: str, click: events.Click | None = None, *, row: bool = False
    ) -> None:
        super().__init__()
        self.instance_id, self.row = instance_id, row
        self.marks = click is not None and click.ctrl
        """It is to be marked, or unmarked."""
        self.opens = click is not None and click.chain == 2 and not row
        """It was clicked twice."""


class LineClicked(Message):
    """A line of words was clicked."""

    def __init__(self, words: "Words", y: int, click: events.Click) -> None:
        super().__init__()
        self.words, self.y, self.click = words, y, click


class Placed(CachedLines):
    """A part of the heatmap at a fixed place of its canvas."""

    def __init__(self, palette: Palette, region: Region) -> None:
        super().__init__(classes="part")
        self.palette = palette
        self.styles.position = "absolute"
        self.styles.offset = (region.x, region.y)
        self.styles.width, self.styles.height = region.width, region.height


class Tile(Placed):
    """Some neighbouring cells of one fault domain, over all lines of a panel."""

    def __init__(
        self, palette: Palette, region: Region, lines: Sequence[tuple[str, ...]], pitch: int
    ) -> None:
        super().__init__(palette, region)
        self.lines, self.pitch = lines, pitch
        self._place = {i: (x, y) for y, line in enumerate(lines) for x, i in enumerate(line)}

    def finished(self, y: int) -> Strip:
        """The same cells make the same line, wherever in the heatmap they stand."""
        key, lines = (self.size.width, self.palette.ground, *self._runs(y)), self.palette.lines
        if key not in lines:
            if len(lines) >= _MOST_LINES:
                lines.clear()
            lines[key] = super().filtered_line(y)
        return lines[key]

    def render_line(self, y: int) -> Strip:
        """The cells of one line."""
        segments = [Segment(text, style) for text, style in self._runs(y)]
        return Strip(segments).adjust_cell_length(self.size.width, self.palette.ground)

    def _runs(self, y: int) -> list[tuple[str, Style]]:
        """The cells of one line; neighbours that look the same are one run."""
        cells, pitch, ground = self.palette.cells, self.pitch, self.palette.ground
        runs: list[tuple[str, Style]] = []
        for instance_id in self.lines[y] if y < len(self.lines) else ():
            drawn = cells[instance_id]
            style = self.palette.style_of(drawn)
            gap = " " * (pitch - len(drawn.text))
            before, last = runs.pop() if runs else ("", style)
            if last is not style:
                runs.append((before, last))
                before = ""
            if drawn.plain:
                runs.append((before + drawn.text + gap, style))
            else:
                runs += [(before + drawn.text, style), (gap, ground)]
        return [run for run in runs if run[0]]

    def redraw(self, changed: Set[str]) -> None:
        """Draws only these cells again, where they are ours."""
        places = [self._place[i] for i in self._place.keys() & changed]
        if len(places) > len(self._place) // 2:
            self.refresh()
        elif places:
            self.refresh(*(Region(x * self.pitch, y, self.pitch, 1) for x, y in places))

    def on_click(self, event: events.Click) -> None:
        """The mouse chooses a cell as the arrows do."""
        line = self.lines[event.y] if event.y < len(self.lines) else ()
        if event.x // self.pitch < len(line):
            self.post_message(Chosen(line[event.x // self.pitch], event))


class Words(Placed):
    """Lines of styled words: headings, and the labels of rows."""

    def __init__(self, palette: Palette, region: Region) -> None:
        super().__init__(palette, region)
        self.lines: Mapping[int, tuple[Segment, ...]] = {}

    def write(self, lines: Mapping[int, tuple[Segment, ...]]) -> None:
        """Shows these lines; only those that differ are drawn."""
        old, self.lines = self.lines, lines
        for y in old.keys() | lines.keys():
            if old.get(y) != lines.get(y):
                self.refresh(Region(0, y, self.region.width or 200, 1))

    def on_click(self, event: events.Click) -> None:
        """The heatmap knows what stands there."""
        self.post_message(LineClicked(self, event.y, event))

    def render_line(self, y: int) -> Strip:
        """One line, cut to our width."""
        return Strip(self.lines.get(y, ())).adjust_cell_length(self.size.width, self.palette.ground)
