"""The labels of a heat map: domains with their counts, panels with their frames or headings.

A label is built again only if its row, the cursor or the run has changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region

from vmss_tui.fleet.domains import Row
from vmss_tui.ui.drawing.glyphs import Appearance, Tone
from vmss_tui.ui.instances.arrangement import Arrangement, PlacedDomain, PlacedPanel
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.cells.domain_batches import BatchProgress, DomainBatches
from vmss_tui.ui.instances.cells.label_text import (
    LabelState,
    LabelStyles,
    batch_text,
    count_text,
    gauge,
    name_text,
    problem_texts,
)
from vmss_tui.ui.instances.cells.panel_frames import PanelFrames
from vmss_tui.ui.instances.heatmap_layout import problems_column
from vmss_tui.ui.instances.heatmap_tiles import CellSource, LabelLines
from vmss_tui.ui.instances.layout.map_layout import MapLayout

Line = tuple[Segment, ...]


class LabelSource(CellSource, Protocol):
    """What the labels need from the heat map."""

    board: Board
    appearance: Appearance
    has_plain_colours: bool

    def part_style(self, name: str) -> Style:
        """The style of a part of the heat map in the theme."""


Draw = Callable[[Row, LabelState], list[Line]]


class _Target(NamedTuple):
    """A text of a label: its place in the widget of the panel, and what makes its lines."""

    widget: LabelLines
    x: int
    y: int
    width: int
    draw: Draw


@dataclass
class _DomainLabel:
    """One domain on screen."""

    domain: PlacedDomain
    targets: list["_Target"] = field(default_factory=list)
    shown: tuple[Row, LabelState] | None = None


class _Block(NamedTuple):
    """The widget of a panel's labels, and its first row in the heat map."""

    widget: LabelLines
    top: int

    def add(
        self, labels: Sequence[_DomainLabel], x: int, width: int, draw: Draw, row: int = 0
    ) -> None:
        """Adds a text of every domain, from the column `x` and the row `row` of its label on."""
        for label in labels:
            y = label.domain.y - self.top + row
            label.targets.append(_Target(self.widget, x, y, width, draw))

    def add_throughout(
        self, labels: Sequence[_DomainLabel], x: int, width: int, draw: Draw
    ) -> None:
        """The same, for a column that goes on between the domains."""
        self.widget.columns[x] = width, ()
        self.add(labels, x, width, draw)


class HeatmapLabels:
    """All labels of one heat map."""

    def __init__(self, heatmap: LabelSource) -> None:
        self._heatmap = heatmap
        self._labels: list[_DomainLabel] = []
        self._widgets: list[LabelLines] = []
        self._frames = PanelFrames(heatmap)
        self._styles: LabelStyles | None = None

    def clear_cache(self) -> None:
        """Drops the cached labels, after a change of theme or rows."""
        self._styles = None
        for label in self._labels:
            label.shown = None
        self._frames.clear_cache()

    @property
    def styles(self) -> LabelStyles:
        """The styles of the theme."""
        if self._styles is None:
            style_of = self._heatmap.part_style
            self._styles = LabelStyles(
                name=style_of("label"),
                counts=style_of("counts"),
                active=style_of("cursor-row"),
                cursor=style_of("cursor-sign"),
                batch=style_of("batch"),
                empty=style_of("gauge"),
                line=style_of("line"),
                texts={tone: style_of(f"word-{tone}") for tone in Tone},
                grounds={tone: style_of(tone) for tone in Tone},
            )
        return self._styles

    def create_widgets(self, arrangement: Arrangement) -> list[LabelLines]:
        """Creates the widgets for an arrangement; `update` fills them."""
        self.clear_cache()
        self._labels, self._widgets = [], []
        layout = arrangement.layout
        for panel in arrangement.panels if layout else ():
            if layout is not None:
                self._create(panel, layout)
        return [*self._frames.create_widgets(arrangement), *self._widgets]

    def update(self) -> None:
        """Updates the labels from the board."""
        board = self._heatmap.board
        cursor_key = board.full_grid.row_keys.get(board.cursor or "")
        at_work = board.domains_at_work
        for label in self._labels:
            key = label.domain.key
            state = LabelState(key == cursor_key, key in at_work, board.domain_batches.get(key))
            row = board.row(key)
            if row is None:
                continue
            if label.shown is None or label.shown[0] is not row or label.shown[1] != state:
                label.shown = row, state
                for target in label.targets:
                    lines = target.draw(row, state)
                    target.widget.set_lines(target.y, lines, target.x, target.width)
        self._frames.update(self.styles, cursor_key, at_work)

    # Widgets

    def _create(self, panel: PlacedPanel, layout: MapLayout) -> None:
        labels = [_DomainLabel(domain) for domain in panel.domains]
        if not labels:
            return
        self._labels += labels
        block = self._block(panel, labels, layout, panel.x, layout.label_width - 1)
        if layout.size.height > 1:
            self._create_tall(block, labels, layout)
        elif layout.is_compact:
            self._create_short(block, labels, layout)
        else:
            self._create_flat(block, labels, layout)
        column = problems_column(panel, layout)
        if column is not None:
            width = min(panel.x + panel.width - column, 9)
            block = self._block(panel, labels, layout, column, width)
            block.add_throughout(labels, 0, width, self._problems(layout, width))

    def _create_short(self, block: _Block, labels: list[_DomainLabel], layout: MapLayout) -> None:
        """`UD 3   7`: the domain and how many have the latest model."""
        digits = self._digits()
        width = layout.label_width - 1 - digits
        block.add_throughout(labels, 0, width, self._short_name(width))
        block.add_throughout(
            labels, width, digits,
            lambda row, state: [count_text(row, state, self.styles, is_short=True)],
        )  # fmt: skip

    def _create_flat(self, block: _Block, labels: list[_DomainLabel], layout: MapLayout) -> None:
        """`▌UD 3   7/20` in one row."""
        counts_width = 2 * self._digits() + 1
        width = layout.label_width - 2 - counts_width
        block.add_throughout(labels, 0, width, self._name(width))
        block.add_throughout(
            labels, width, counts_width,
            lambda row, state: [count_text(row, state, self.styles)],
        )  # fmt: skip

    def _create_tall(self, block: _Block, labels: list[_DomainLabel], layout: MapLayout) -> None:
        """The domain, what the run does there, and a bar, in as many rows as a cell has."""
        digits, height = 2 * self._digits() + 1, layout.size.height
        counts, inner = layout.label_width - 2 - digits, layout.label_width - 3
        block.add_throughout(labels, 0, 1, lambda row, state: [self._bar(state)] * height)
        name_width = layout.label_width - 2 if layout.is_compact else counts - 1
        block.add(labels, 1, name_width, self._bare_name(name_width))
        x, y, width = (1, 1, layout.label_width - 2) if layout.is_compact else (counts, 0, digits)
        block.add(
            labels, x, width,
            lambda row, state: [count_text(row, state, self.styles, is_left=layout.is_compact)], y,
        )  # fmt: skip
        if not layout.is_compact:
            block.add(labels, 1, inner, self._batches(inner), 1)
        if height > 2:
            block.add(labels, 1, inner, self._gauge(inner), height - 1)

    def _block(
        self, panel: PlacedPanel, labels: list[_DomainLabel], layout: MapLayout, x: int, width: int
    ) -> _Block:
        """A widget for texts of all domains of a panel."""
        top, last = panel.first_row, labels[-1].domain
        bottom = min(panel.y + panel.height, last.y + layout.size.height + 3)
        keys = {label.domain.y - top: label.domain.key for label in labels}
        widget = LabelLines(self._heatmap, Region(x, top, width, bottom - top), keys)
        self._widgets.append(widget)
        return _Block(widget, top)

    def _digits(self) -> int:
        """Digits of the largest number of instances in any domain on screen."""
        rows = self._heatmap.board.full_grid.rows
        return max((len(str(len(row.instances))) for row in rows), default=1)

    # Text

    def _name(self, width: int) -> Callable[[Row, LabelState], list[Line]]:
        def draw(row: Row, state: LabelState) -> list[Line]:
            (bar,) = self._bar(state)
            return [(bar, *name_text(row, state, self.styles, width - 1))]

        return draw

    def _bare_name(self, width: int) -> Callable[[Row, LabelState], list[Line]]:
        return lambda row, state: [name_text(row, state, self.styles, width)]

    def _short_name(self, width: int) -> Callable[[Row, LabelState], list[Line]]:
        sign = self._heatmap.appearance.sign("live")

        def draw(row: Row, state: LabelState) -> list[Line]:
            mark = sign if state.is_at_work else ""
            return [name_text(row, state, self.styles, width, mark=mark)]

        return draw

    def _bar(self, state: LabelState) -> Line:
        sign = self._heatmap.appearance.sign("cursor")
        if state.is_at_work:
            return (Segment(sign, self.styles.batch),)
        if state.has_cursor:
            return (Segment(sign, self.styles.cursor),)
        return (Segment(" ", self.styles.counts),)

    def _batches(self, width: int) -> Callable[[Row, LabelState], list[Line]]:
        def draw(row: Row, state: LabelState) -> list[Line]:
            batches: DomainBatches | None = state.batches
            sign = ""
            if batches is not None and batches.progress is not BatchProgress.WAITING:
                sign = self._heatmap.appearance.sign(batches.progress)
            return [batch_text(batches, sign, self.styles, width)]

        return draw

    def _gauge(self, width: int) -> Callable[[Row, LabelState], list[Line]]:
        full, empty = (self._heatmap.appearance.sign(name) for name in ("full", "empty"))
        return lambda row, state: [gauge(row, self.styles, width, full, empty)]

    def _problems(self, layout: MapLayout, width: int) -> Callable[[Row, LabelState], list[Line]]:
        glyphs, height = self._heatmap.appearance.glyphs, layout.size.height

        def draw(row: Row, state: LabelState) -> list[Line]:
            lines = problem_texts(row, self.styles, glyphs, width)[:height]
            return lines + [()] * (height - len(lines))  # blank where a problem has gone

        return draw
