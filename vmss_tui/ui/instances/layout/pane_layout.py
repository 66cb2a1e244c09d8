"""The panes of a scale-set screen: the layout for the instances shown, and its regions."""

from collections.abc import Mapping

from textual.geometry import Region, Size

from vmss_tui.fleet.domains import Grid
from vmss_tui.ui.drawing.panes import Pane
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.layout.cell_size import Density
from vmss_tui.ui.instances.layout.map_layout import GridShape, shape_of
from vmss_tui.ui.instances.layout.screen_layout import (
    Placement,
    ScreenLayout,
    choose_screen_layout,
    chrome_rows,
)

_EMPTY_SHAPE = GridShape(((20, 20, 20, 20, 20),), 4, 2, ())
"""Places the panes while there are no instances."""


class PaneLayout:
    """Chooses the layout of the panes for all instances: a filter does not move the panes."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._shape_of: tuple[Grid | None, GridShape] = None, _EMPTY_SHAPE

    def choose(self, size: Size, terminal: Size, density: Density) -> ScreenLayout:
        """The sizes of the panes for the size of their container in a terminal."""
        more_rows = terminal.height - chrome_rows(terminal.height) - size.height
        grid = self._board.full_grid
        if grid is not self._shape_of[0]:
            self._shape_of = grid, shape_of(grid) if grid.rows else _EMPTY_SHAPE
        return choose_screen_layout(
            self._shape_of[1], terminal.width, terminal.height, density, more_rows=more_rows
        )


def pane_regions(layout: ScreenLayout, size: Size) -> Mapping[Pane, Region]:
    """The regions of heat map, run and instance in a container of this size."""
    map_region = Region(0, 0, layout.map_width, layout.map_height)
    run = Region(0, size.height - layout.run_height, layout.run_width, layout.run_height)
    if layout.placement is Placement.COMPACT:
        summary = Region(0, layout.map_height, size.width, layout.instance_height)
        return {Pane.MAP: map_region, Pane.SUMMARY: summary, Pane.RUN: run}
    if layout.placement is Placement.ABOVE:
        left, top = layout.run_width, layout.map_height
    else:
        left, top = layout.map_width, 0
    instance = Region(left, top, layout.instance_width, layout.instance_height)
    return {Pane.MAP: map_region, Pane.INSTANCE: instance, Pane.RUN: run}
