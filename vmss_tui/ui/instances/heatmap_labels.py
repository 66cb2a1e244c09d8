"""The words beside and above a heatmap's cells: rows with their counts, and headings.

A label is worked out again only where its row, the cursor or the run's batch calls for it.
"""

from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region

from vmss_tui.fleet.domains import Row, RowKey
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_layout import Arrangement, Box
from vmss_tui.ui.instances.heatmap_tiles import Palette, Words


class Speaker(Palette, Protocol):
    """What the words ask the heatmap for, besides its ground."""

    board: Board
    look: Appearance

    def get_component_rich_style(self, *names: str) -> Style:
        """The style of one of its component classes."""


class Labels:
    """All the words of one heatmap."""

    def __init__(self, heatmap: Speaker) -> None:
        self._heatmap = heatmap
        self._words: list[tuple[Box, Words, Words | None]] = []
        self._known: dict[RowKey, tuple[Row, tuple[bool, bool], tuple[Segment, ...]]] = {}

    def forget(self) -> None:
        """Another theme, or other rows."""
        self._known.clear()

    def place(self, placed: Arrangement) -> list[Words]:
        """New widgets for an arrangement; `write` fills them."""
        self.forget()
        self._words = []
        for box in placed.boxes:
            top, heading = box.y + box.heading_lines, None
            labels = Words(self._heatmap, Region(box.x, top, box.label_width, box.height))
            if box.heading_lines:
                region = Region(box.x, box.y, box.width, box.heading_lines)
                heading = Words(self._heatmap, region)
            self._words.append((box, labels, heading))
        return [part for _, labels, heading in self._words for part in (labels, heading) if part]

    def write(self) -> None:
        """Brings the words up to the board."""
        heading_style = self._heatmap.get_component_rich_style("heatmap--heading")
        board = self._heatmap.board
        here = board.full.row_keys.get(board.cursor or "")
        at_work = {board.full.row_keys[i] for i in board.batch if i in board.full.row_keys}
        for box, labels, heading in self._words:
            labels.write(
                {
                    y: self._label(box, key, words, key == here, key in at_work)
                    for y, key, words in box.labels
                }
            )
            if heading is not None:
                heading.write(_headings(box, heading_style))

    def row_at(self, words: Words, y: int) -> RowKey | None:
        """The row that a line of one of the widgets belongs to; None for headings."""
        for box, labels, _ in self._words:
            if labels is words:
                above = [key for top, key, _ in box.labels if top <= y]
                return above[-1] if above else None
        return None

    def _label(
        self, box: Box, key: RowKey, words: str, here: bool, at_work: bool
    ) -> tuple[Segment, ...]:
        """`▌UD 3   7/20▶✖2`: the cursor's row, its counts, the run's open batch, its problems."""
        heatmap = self._heatmap
        row = heatmap.board.full.by_key.get(key)
        if row is None:
            return ()
        known = self._known.get(key)
        if known and known[0] is row and known[1] == (here, at_work):
            return known[2]
        style = heatmap.get_component_rich_style(f"heatmap--{'here' if here else 'label'}")
        sign = heatmap.look.sign("cursor") if here else " "
        total = str(len(row.instances))
        tally = f"{row.current:>{len(total)}}/{total}"
        batch = heatmap.look.sign("live") if at_work else " "
        room = box.label_width - 3 - len(total)
        name = cell(words, room - len(tally) - 3)
        segments = [Segment(f"{sign}{name:<{room - len(tally) - 3}} {tally}{batch}"[:room], style)]
        if row.problems:
            sick = heatmap.get_component_rich_style(f"heatmap--{Tone.UNHEALTHY}")
            segments.append(Segment(f"{heatmap.look.sign('problem')}{row.problems}", sick))
        self._known[key] = row, (here, at_work), tuple(segments)
        return self._known[key][2]


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
