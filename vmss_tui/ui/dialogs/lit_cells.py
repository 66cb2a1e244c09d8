"""The dimmed screen behind a dialog, on which the cells in question keep their colours."""

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, runtime_checkable

from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from textual.geometry import Region
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen

from vmss_tui.ui.terminal.textual_private import screen_segments


@runtime_checkable
class CellPlaces(Protocol):
    """A widget that shows instances as cells."""

    def cell_regions(self, ids: Collection[str]) -> Iterable[Region]:
        """The regions of cells on the terminal, as far as they can be seen."""


class LitBackground:
    """A renderable: the screen behind, dimmed except in regions that do not overlap."""

    def __init__(self, background: BackgroundScreen, regions: Iterable[Region]) -> None:
        self._background = background
        self._spans: dict[int, list[tuple[int, int]]] = {}
        """Line -> (first column, column after the last) of each region in it."""
        for region in regions:
            for y in region.line_range:
                self._spans.setdefault(y, []).append(region.column_span)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Line by line."""
        background = self._background
        lines = Segment.split_lines(screen_segments(background.screen, console, options))
        for y, line in enumerate(lines):
            for segments, is_lit in _parts(line, self._spans.get(y, ())):
                if is_lit:
                    for text, style, control in segments:
                        yield Segment(text, style and style.clear_meta_and_links(), control)
                else:
                    yield from background.process_segments(segments, background.color)
            yield Segment.line()


def _parts(
    line: list[Segment], spans: Iterable[tuple[int, int]]
) -> Iterator[tuple[list[Segment], bool]]:
    """The parts of a line, and whether each of them is in a span."""
    ordered = sorted(spans)
    if not ordered:
        yield line, False
        return
    width = Segment.get_line_length(line)
    starts = {start for start, _ in ordered}
    cuts = sorted({0, width, *(min(width, x) for span in ordered for x in span)})
    parts = Segment.divide(line, cuts[1:])
    for (start, _), part in zip(pairwise(cuts), parts, strict=False):
        yield part, start in starts


class FreeRows(NamedTuple):
    """Rows of the terminal at one of its ends that have none of the cells in question."""

    is_above: bool
    """They are above the cells, else below them."""
    height: int


def free_rows(regions: Iterable[Region], height: int, least: int) -> FreeRows | None:
    """The rows below the regions, else those above them, that are at least `least`; None where
    there are fewer, or no regions."""
    spans = [region.line_span for region in regions]
    if not spans:
        return None
    below = height - max(end for _, end in spans)
    if below >= least:
        return FreeRows(is_above=False, height=below)
    above = min(start for start, _ in spans)
    return FreeRows(is_above=True, height=above) if above >= least else None


def cells_on(screen: Screen[Any], ids: Collection[str]) -> list[Region]:
    """The regions of these instances' cells on a screen."""
    maps = (widget for widget in screen.query("*") if isinstance(widget, CellPlaces))
    return [region for widget in maps for region in widget.cell_regions(ids)] if ids else []
