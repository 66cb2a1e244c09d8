"""The size of cells and the place of panes, for numbers of instances and sizes of the terminal."""

import pytest

from vmss_tui.ui.instances.layout.cell_size import Density
from vmss_tui.ui.instances.layout.map_layout import GridShape
from vmss_tui.ui.instances.layout.screen_layout import (
    Placement,
    ScreenLayout,
    choose_screen_layout,
    chrome_rows,
)

SIZES = ((80, 24), (120, 36), (200, 60))


def spread(count: int) -> GridShape:
    """The shape of a scale set with five update domains, and placement groups of 100."""
    groups = max(1, count // 100) if count >= 1000 else 1
    panel = tuple(len(range(domain, count // groups, 5)) for domain in range(5))
    panels = (tuple(n for n in panel if n),) * groups
    return GridShape(panels, 4, len(str(max(panel))), ())


ZONAL = GridShape(((6,) * 5,) * 3, 4, 1, ())


@pytest.mark.parametrize(
    ("count", "small", "middle", "large"),
    [
        (1, "8x4 compact", "8x4 beside", "8x4 beside"),
        (10, "4x1 compact", "6x3 beside", "8x4 beside"),
        (100, "2x1 compact", "4x2 above", "8x4 above"),
        (300, "1x1 compact", "4x1 above", "4x2 above"),
        (1000, "2x1 compact", "1x1 above", "2x1 beside"),
    ],
)
def test_the_largest_cells_that_fit_are_chosen(
    count: int, small: str, middle: str, large: str
) -> None:
    layouts = [choose_screen_layout(spread(count), *size) for size in SIZES]
    chosen = [f"{'x'.join(map(str, x.map_layout.size))} {x.placement}" for x in layouts]
    assert chosen == [small, middle, large]
    assert [x.map_layout.fits for x in layouts] == [count < 1000, True, True]


def test_three_hundred_wrap_and_a_thousand_stand_in_groups_side_by_side() -> None:
    three_hundred = [choose_screen_layout(spread(300), *size).map_layout for size in SIZES]
    assert [-(-60 // layout.per_line) for layout in three_hundred] == [1, 3, 2]
    thousand = [choose_screen_layout(spread(1000), *size).map_layout for size in SIZES]
    assert [layout.across for layout in thousand] == [1, 4, 2]
    assert [layout.framed for layout in thousand] == [False, True, True]


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_hundred_cells_use_at_least_half_of_their_pane(size: tuple[int, int]) -> None:
    layout = choose_screen_layout(spread(100), *size)
    cell = layout.map_layout.size
    used = 100 * (cell.width + cell.gap) * (cell.height + 1)
    assert used >= (layout.map_width - 2) * (layout.map_height - 2) / 2


def test_zones_stand_side_by_side_with_frames_of_their_own() -> None:
    layout = choose_screen_layout(ZONAL, 120, 36)
    assert (layout.map_layout.size, layout.map_layout.across) == ((4, 2), 3)
    assert not layout.has_outer_frame
    assert (layout.map_height, layout.run_height) == (18, 13)


@pytest.mark.parametrize("density", list(Density))
@pytest.mark.parametrize("size", [(40, 12), *SIZES, (100, 30), (300, 90)])
@pytest.mark.parametrize("shape", [spread(3), spread(100), spread(1000), ZONAL])
def test_the_panes_fill_the_terminal_and_what_fits_is_inside(
    shape: GridShape, size: tuple[int, int], density: Density
) -> None:
    layout = choose_screen_layout(shape, *size, density)
    width, height = size
    rows = chrome_rows(height) + layout.map_height + layout.run_height
    rows += layout.instance_height if layout.placement is Placement.COMPACT else 0
    assert rows == height
    assert (
        layout.map_width + (layout.instance_width if layout.placement is Placement.BESIDE else 0)
        == width
    )
    if layout.map_layout.fits:
        assert layout.map_layout.columns <= layout.map_width - 2 * layout.has_outer_frame
        assert layout.map_layout.rows <= layout.map_height - 2 * layout.has_outer_frame


def test_rows_for_notices_are_taken_from_the_panes_below_a_heat_map_that_stays() -> None:
    def rows(layout: ScreenLayout) -> int:
        return layout.map_height + layout.run_height

    shape = spread(100)
    plain = choose_screen_layout(shape, 120, 36)
    assert rows(choose_screen_layout(shape, 120, 36, more_rows=2)) == rows(plain) - 2
    for size in SIZES:
        before, after = (choose_screen_layout(shape, *size, more_rows=more) for more in (0, 2))
        assert (after.map_height, after.map_layout) == (before.map_height, before.map_layout)


def test_below_twelve_rows_all_domains_are_seen_because_there_is_no_frame() -> None:
    layout = choose_screen_layout(spread(100), 40, 10, more_rows=-2)  # no legend, no footer
    assert layout.map_layout.fits
    assert not layout.has_outer_frame


def test_a_hundred_at_80x24_keep_a_blank_row_between_domains_beside_a_notice() -> None:
    layouts = [choose_screen_layout(spread(100), 80, 24, more_rows=rows) for rows in (0, 1)]
    assert [layout.map_layout.domain_gap for layout in layouts] == [1, 1]
    assert [(layout.map_height, layout.run_height) for layout in layouts] == [(11, 6), (11, 5)]
