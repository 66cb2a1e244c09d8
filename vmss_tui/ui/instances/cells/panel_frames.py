"""The frames or headings of panels, with the name of a zone or placement group and its counts.

╭─ Zone 2 ────────── 1/30  ✚ 4  ✖ 1 ─╮
"""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region

from vmss_tui.fleet.domains import Row, RowKey
from vmss_tui.fleet.state_groups import StateGroup, group_of
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs, Tone
from vmss_tui.ui.instances.arrangement import Arrangement, PlacedPanel
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cells.label_text import LabelStyles, problem_counts
from vmss_tui.ui.instances.heatmap_tiles import CellSource, LabelLines

Line = tuple[Segment, ...]
_ROUND, _HEAVY, _ASCII = "╭╮╰╯─│", "┏┓┗┛━┃", "-----|"
_CORNER_WIDTH = 22
"""Columns kept for the counts at the right, at most."""
_LEAST_TITLE = 12
"""Columns kept for the title: `─ Group 10 ─`."""


class FrameSource(CellSource, Protocol):
    """What the frames need from the heat map."""

    board: Board
    appearance: Appearance
    has_plain_colours: bool
    """With 16 colours or none, the frame with the focus is heavy."""


@dataclass
class _PanelFrame:
    panel: PlacedPanel
    widget: LabelLines
    """Below the cells and labels of the panel."""
    title_width: int
    corner_width: int
    is_framed: bool
    """Whether it has edges; otherwise it is a heading only."""
    shown: tuple[object, ...] = ()
    """What its title and edges were drawn from."""


class PanelFrames:
    """The frames or headings of all panels of one heat map."""

    def __init__(self, heatmap: FrameSource) -> None:
        self._heatmap = heatmap
        self._panels: list[_PanelFrame] = []
        self._domain_headings: list[tuple[PlacedPanel, LabelLines]] = []

    def create_widgets(self, arrangement: Arrangement) -> list[LabelLines]:
        """Creates the widgets for an arrangement, which are below all others; `update` fills
        them."""
        is_framed = arrangement.layout is not None and arrangement.layout.framed
        self._panels = [
            self._create(panel, is_framed=is_framed)
            for panel in arrangement.panels
            if len(arrangement.panels) > 1
        ]
        self._domain_headings = [
            (panel, self._lines(panel.x, panel.first_row - 1, panel.width, 1))
            for panel in arrangement.panels
            if panel.fault_domains
        ]
        frames = [frame.widget for frame in self._panels]
        return [*frames, *(widget for _, widget in self._domain_headings)]

    def update(self, styles: LabelStyles, cursor_key: RowKey | None, at_work: Set[RowKey]) -> None:
        """Draws titles, counts and edges from the board."""
        for frame in self._panels:
            keys = {domain.key for domain in frame.panel.domains}
            tone = styles.counts
            if cursor_key in keys:
                tone = styles.cursor
            if keys & at_work:
                tone = styles.batch
            rows = [self._heatmap.board.row(domain.key) for domain in frame.panel.domains]
            shown = (tone, cursor_key in keys, self._heatmap.has_plain_colours, *rows)
            if shown != frame.shown:
                frame.shown = shown
                self._draw(frame, styles, tone, has_cursor=cursor_key in keys)
        for panel, heading in self._domain_headings:
            text = ""
            for x, name in panel.fault_domains:
                text = f"{text:<{x - panel.x}}{name}"
            heading.set_lines(0, [(Segment(text, styles.counts),)])

    def clear_cache(self) -> None:
        """Draws every panel again at the next update, after a change of theme."""
        for frame in self._panels:
            frame.shown = ()

    def _lines(self, x: int, y: int, width: int, height: int) -> LabelLines:
        return LabelLines(self._heatmap, Region(x, y, max(1, width), max(1, height)))

    def _create(self, panel: PlacedPanel, *, is_framed: bool) -> _PanelFrame:
        x, y, width, height = panel.x, panel.y, panel.width, panel.height
        corner = min(_CORNER_WIDTH, max(2, width // 2, width - _LEAST_TITLE))
        if not is_framed:
            heading = self._lines(x, y - 1, width, 1)
            return _PanelFrame(panel, heading, width - corner, corner, is_framed=False)
        widget = self._lines(x - 1, y - 1, width + 2, height + 2)
        return _PanelFrame(panel, widget, width + 2 - corner, corner, is_framed=True)

    def _characters(self, *, has_cursor: bool) -> str:
        if self._heatmap.appearance.glyphs is Glyphs.ASCII:
            return _ASCII
        return _HEAVY if has_cursor and self._heatmap.has_plain_colours else _ROUND

    def _draw(
        self, frame: _PanelFrame, styles: LabelStyles, tone: Style, *, has_cursor: bool
    ) -> None:
        counts = self._counts(frame.panel, styles, frame.corner_width - 4)
        counts_width = sum(part.cell_length for part in counts)
        if not frame.is_framed:
            title = _short_heading(frame.panel.heading, frame.title_width - 2)
            style = tone if tone is not styles.counts else styles.name
            pad = Segment(" " * max(0, frame.corner_width - counts_width - 1), styles.counts)
            self._draw_upper_line(frame, (Segment(f" {title}", style),), (pad, *counts))
            return
        edge = Style(color=tone.color) if tone is not styles.counts else styles.line
        characters = self._characters(has_cursor=has_cursor)
        line, side = characters[4], characters[5]
        title = _short_heading(frame.panel.heading, frame.title_width - 5)
        rest = line * max(0, frame.title_width - len(title) - 4)
        edge = self._heatmap.base_style + edge
        pad = Segment(f"{line * max(0, frame.corner_width - counts_width - 4)} ", edge)
        self._draw_upper_line(
            frame,
            (
                Segment(f"{characters[0]}{line} ", edge), Segment(title, styles.active),
                Segment(f" {rest}", edge),
            ),
            (pad, *counts, Segment(f" {line}{characters[1]}", edge)),
        )  # fmt: skip
        width, height = frame.widget.place.size
        for x in (0, width - 1):
            frame.widget.set_lines(1, [(Segment(side, edge),)] * (height - 2), x, 1)
        bottom = f"{characters[2]}{line * (width - 2)}{characters[3]}"
        frame.widget.set_lines(height - 1, [(Segment(bottom, edge),)])

    @staticmethod
    def _draw_upper_line(frame: _PanelFrame, title: Line, corner: Line) -> None:
        frame.widget.set_lines(0, [title], 0, frame.title_width)
        frame.widget.set_lines(0, [corner], frame.title_width, frame.corner_width)

    def _counts(self, panel: PlacedPanel, styles: LabelStyles, width: int) -> list[Segment]:
        """`14/30  ✚ 4  ✖ 1`, as many as fit."""
        rows = [row for domain in panel.domains if (row := self._row(domain.key)) is not None]
        counts: Counter[StateGroup] = Counter()
        for row in rows:
            for state, count in row.counts.items():
                counts[group_of(state)] += count
        latest, total = (sum(row.current for row in rows), sum(len(row.instances) for row in rows))
        segments = [Segment(str(latest), styles.active), Segment(f"/{total}", styles.counts)]
        used = len(f"{latest}/{total}")
        glyphs = self._heatmap.appearance.glyphs
        if counts[StateGroup.UPGRADING]:
            sign = "~" if glyphs is Glyphs.ASCII else "◐"
            texts = [(f"{sign} {counts[StateGroup.UPGRADING]}", Tone.MOVING)]
        else:
            texts = []
        for text, tone in (*problem_counts(counts, glyphs, width)[:2], *texts):
            if used + len(text) + 2 <= width:
                segments.append(Segment(f"  {text}", styles.texts[tone]))
                used += len(text) + 2
        return segments

    def _row(self, key: RowKey) -> Row | None:
        return self._heatmap.board.row(key)


def _short_heading(heading: str, width: int) -> str:
    """`Placement group 3 0c0ffee0`, or `Group 3` where there is little room."""
    name = capitalize_sentence(heading)
    if len(name) <= width:
        return name
    parts = name.replace("Placement group", "Group").replace("placement group", "group").split(" ")
    while len(parts) > 2 and (len(" ".join(parts)) > width or parts[-1] in ("·", "group")):
        parts.pop()
    return cell(" ".join(parts), max(1, width))
