"""The labels of a heatmap: rows with their counts, and the headings of panels and columns.

A label is built again only if its row, the cursor or the run's batch has changed.
"""

from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region

from vmss_tui.fleet.domains import Row, RowKey
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.instances.arrangement import Arrangement, Box
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap_tiles import CellSource, LabelLines


class LabelSource(CellSource, Protocol):
    """What the labels need from the heatmap."""

    board: Board
    appearance: Appearance

    def get_component_rich_style(self, *names: str) -> Style:
        """The style of a component class."""


class HeatmapLabels:
    """All labels of one heatmap."""

    def __init__(self, heatmap: LabelSource) -> None:
        self._heatmap = heatmap
        self._parts: list[tuple[Box, LabelLines, LabelLines | None]] = []
        self._cache: dict[RowKey, tuple[Row, tuple[bool, bool], tuple[Segment, ...]]] = {}

    def clear_cache(self) -> None:
        """Drops the cached labels, after a change of theme or rows."""
        self._cache.clear()

    def create_widgets(self, arrangement: Arrangement) -> list[LabelLines]:
        """Creates the widgets for an arrangement; `update` fills them."""
        self.clear_cache()
        self._parts = []
        for box in arrangement.boxes:
            top, heading = box.y + box.heading_lines, None
            labels = LabelLines(self._heatmap, Region(box.x, top, box.label_width, box.height))
            if box.heading_lines:
                region = Region(box.x, box.y, box.width, box.heading_lines)
                heading = LabelLines(self._heatmap, region)
            self._parts.append((box, labels, heading))
        return [part for _, labels, heading in self._parts for part in (labels, heading) if part]

    def update(self) -> None:
        """Updates the labels from the board."""
        heading_style = self._heatmap.get_component_rich_style("heatmap--heading")
        board = self._heatmap.board
        cursor_key = board.full_grid.row_keys.get(board.cursor or "")
        row_keys = board.full_grid.row_keys
        batch_keys = {row_keys[i] for i in board.batch_ids if i in row_keys}
        for box, labels, heading in self._parts:
            labels.update(
                {
                    y: self._label(box, key, name, key == cursor_key, key in batch_keys)
                    for y, key, name in box.labels
                }
            )
            if heading is not None:
                heading.update(_headings(box, heading_style))

    def row_at(self, widget: LabelLines, y: int) -> RowKey | None:
        """The row that a line of a label widget belongs to; None for headings."""
        for box, labels, _ in self._parts:
            if labels is widget:
                above = [key for top, key, _ in box.labels if top <= y]
                return above[-1] if above else None
        return None

    def _label(
        self, box: Box, key: RowKey, text: str, is_cursor_row: bool, in_batch: bool
    ) -> tuple[Segment, ...]:
        """`▌UD 3   7/20▶✖2`: the cursor's row, its counts, the run's open batch, its problems."""
        heatmap = self._heatmap
        row = heatmap.board.full_grid.by_key.get(key)
        if row is None:
            return ()
        cached = self._cache.get(key)
        if cached and cached[0] is row and cached[1] == (is_cursor_row, in_batch):
            return cached[2]
        style_name = "cursor-row" if is_cursor_row else "label"
        style = heatmap.get_component_rich_style(f"heatmap--{style_name}")
        sign = heatmap.appearance.sign("cursor") if is_cursor_row else " "
        total = str(len(row.instances))
        counts = f"{row.current:>{len(total)}}/{total}"
        batch = heatmap.appearance.sign("live") if in_batch else " "
        width = box.label_width - 3 - len(total)
        name = cell(text, width - len(counts) - 3)
        label = f"{sign}{name:<{width - len(counts) - 3}} {counts}{batch}"
        segments = [Segment(label[:width], style)]
        if row.problems:
            problems = f"{heatmap.appearance.sign('problem')}{row.problems}"
            problem_style = heatmap.get_component_rich_style(f"heatmap--{Tone.UNHEALTHY}")
            segments.append(Segment(problems, problem_style))
        self._cache[key] = row, (is_cursor_row, in_batch), tuple(segments)
        return self._cache[key][2]


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
