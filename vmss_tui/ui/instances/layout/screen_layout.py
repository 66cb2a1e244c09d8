"""Where the panes of a scale-set screen are placed, for a grid and a size of the terminal.

| placement | heat map | run | instance |
|---|---|---|---|
| above | full width | below, 62 % of the width | below, at its right |
| beside | at the left | below both | at the right |
| compact | full width | below | one or two lines above the run |
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from vmss_tui.ui.instances.layout.cell_size import Density
from vmss_tui.ui.instances.layout.map_layout import (
    PROBLEMS_WIDTH,
    WRAP_STEPS,
    GridShape,
    MapLayout,
    choose_map_layout,
)

COMPACT_WIDTH, COMPACT_HEIGHT = 100, 30
"""Below this size the screen is compact."""
TALL, VERY_WIDE = 50, 160
FLAT = 12
"""Below this many rows the heat map has no frame: its domains need the rows."""
_RUN_SHARE = 0.62
_LEAST_MAP_HEIGHT = 5
_LEAST_ROWS = (20, 13, 9)
"""Rows of the panes below a heat map of the full width: on a tall terminal, else, and where the
heat map would scroll."""
_LEAST_RUN_HEIGHT = 7
_LEAST_COMPACT_RUN_HEIGHT = 4
"""Rows of the run pane that notices leave; more are taken from the heat map, too."""


class Placement(StrEnum):
    """The place of the other panes."""

    ABOVE = "above"
    BESIDE = "beside"
    COMPACT = "compact"


class ScreenLayout(Struct, frozen=True):
    """Sizes of the panes, with their frames."""

    placement: Placement
    map_layout: MapLayout
    map_width: int
    map_height: int
    run_width: int
    run_height: int
    """Rows of the panes below; 0 where there is no room for them."""
    instance_width: int
    """Columns of the instance pane; the whole width where it is `instance_lines` only."""
    instance_height: int
    is_flat: bool = False
    """Whether there are too few rows for a frame."""

    @property
    def has_outer_frame(self) -> bool:
        """Whether the heat map as a whole has a frame; otherwise each panel has its own, or there
        are too few rows."""
        return not self.map_layout.framed and not self.is_flat


def chrome_rows(height: int) -> int:
    """Rows of header, summary bar, legend and footer: 5, and 6 from 50 rows on."""
    return 6 if height >= TALL else 5


def choose_screen_layout(
    shape: GridShape,
    width: int,
    height: int,
    density: Density = Density.AUTO,
    *,
    more_rows: int = 0,
) -> ScreenLayout:
    """The layout with the largest cells for a terminal of this size.

    `more_rows` are taken by notices or the filter's line, besides `chrome_rows`: from the panes
    below the heat map, which does not move then, as long as these have enough.
    """
    room = height - chrome_rows(height)
    if more_rows > 0:
        layout = _with_less_below(_choose(shape, width, height, max(1, room), density), more_rows)
        if layout is not None:
            return layout
    return _choose(shape, width, height, max(1, room - more_rows), density)


def _with_less_below(layout: ScreenLayout, rows: int) -> ScreenLayout | None:
    """The layout with fewer rows for the panes below the heat map; None where they are too few."""
    left, is_compact = layout.run_height - rows, layout.placement is Placement.COMPACT
    if left < (_LEAST_COMPACT_RUN_HEIGHT if is_compact else _LEAST_RUN_HEIGHT):
        return None
    is_above = layout.placement is Placement.ABOVE
    return replace(
        layout,
        run_height=left,
        instance_height=left if is_above else layout.instance_height,
    )


def with_largest_map(layout: ScreenLayout) -> ScreenLayout:
    """The layout with all rows for the pane of the instances that those below can spare: for the
    table, whose rows are not those of the heat map."""
    if layout.placement is not Placement.ABOVE:
        return layout
    spare = max(0, layout.run_height - _LEAST_ROWS[-1])
    below = layout.run_height - spare
    return replace(
        layout, map_height=layout.map_height + spare, run_height=below, instance_height=below
    )


def _choose(shape: GridShape, width: int, height: int, room: int, density: Density) -> ScreenLayout:
    """The layout for the rows of the panes."""
    if width < COMPACT_WIDTH or height < COMPACT_HEIGHT:
        return _compact(shape, width, height, room, density)
    above = _above(shape, width, height, room, density)
    beside = _beside(shape, width, height, room, density)
    return above if _is_better(above.map_layout, beside.map_layout) else beside


def _is_better(layout: MapLayout, other: MapLayout) -> bool:
    """Whether a layout has larger cells; larger by two steps where only its domains wrap."""
    if not (layout.fits and other.fits):
        return not other.fits
    if layout.wraps is other.wraps:
        return layout.rank < other.rank
    if layout.wraps:
        return layout.rank <= other.rank - WRAP_STEPS
    return layout.rank < other.rank + WRAP_STEPS


def _compact(
    shape: GridShape, width: int, height: int, room: int, density: Density
) -> ScreenLayout:
    instance_height = 2 if room >= 14 else int(room >= 8)
    run_height = 6 if room >= 17 else 4 if room >= 13 else 1  # one line has no frame
    map_height, is_flat = room - instance_height - run_height, height < FLAT
    if is_flat:
        layout = choose_map_layout(shape, width, map_height, density, framed=False)
    else:
        layout, _ = _map_in(shape, width, map_height, density)
        if run_height == 6 and layout.fits and not layout.domain_gap:
            higher, _ = _map_in(shape, width, map_height + 1, density)
            if higher.domain_gap:  # a blank row between domains is worth an event of the run
                layout, run_height, map_height = higher, run_height - 1, map_height + 1
    return ScreenLayout(
        Placement.COMPACT, layout, width, map_height, width, run_height, width, instance_height,
        is_flat,
    )  # fmt: skip


def _above(shape: GridShape, width: int, height: int, room: int, density: Density) -> ScreenLayout:
    for least in _LEAST_ROWS if height >= TALL else _LEAST_ROWS[1:]:
        layout, needed = _map_in(shape, width, room - least, density)
        if layout.fits:
            break
    map_height = max(_LEAST_MAP_HEIGHT, min(room - least, needed))
    run_width = round(width * _RUN_SHARE)
    below = room - map_height
    return ScreenLayout(
        Placement.ABOVE, layout, width, map_height, run_width, below, width - run_width, below
    )


def _beside(shape: GridShape, width: int, height: int, room: int, density: Density) -> ScreenLayout:
    least_instance = 52 if width >= VERY_WIDE else 46
    below = 19 if height >= TALL else 9
    layout, _ = _map_in(shape, width - least_instance, room - below, density)
    edge = 0 if layout.framed else 2
    map_width = layout.columns + edge + PROBLEMS_WIDTH
    map_width = min(width - least_instance, max(map_width, width // 3))
    if layout.framed and layout.across > 1:
        map_width = width - least_instance
    return ScreenLayout(
        Placement.BESIDE, layout, map_width, room - below, width, below, width - map_width,
        room - below,
    )  # fmt: skip


def _map_in(shape: GridShape, width: int, height: int, density: Density) -> tuple[MapLayout, int]:
    """The layout of the heat map in a pane of this size, and the rows of the pane that it needs
    with its frames and a blank row at its top and bottom where there is room."""
    layouts = list(_map_layouts(shape, width, height, density))
    layout = next((layout for layout in layouts if layout.fits), layouts[-1])
    needed = layout.rows + (0 if layout.framed else 2)
    if needed + 2 <= height and layout.domain_gap and len(shape.panels) <= layout.across:
        needed += 2
    return layout, needed


def _map_layouts(
    shape: GridShape, width: int, height: int, density: Density
) -> Iterator[MapLayout]:
    """With a frame for each panel; in the last resort with one frame around all of them."""
    if len(shape.panels) > 1:
        yield choose_map_layout(shape, width, height, density, framed=True)
    yield choose_map_layout(shape, width - 2, height - 2, density, framed=False)
