"""The layout of the heatmap: where each cell is placed for a width and a height."""

import pytest

from tests.support.fleets import NOON, instance, scale_set, thousand, web
from vmss_tui.fleet.domains import build_grid
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.instances.arrangement import Density
from vmss_tui.ui.instances.heatmap_layout import arrange


@pytest.mark.parametrize("size", [(80, 18), (160, 50), (40, 7), (24, 4)])
@pytest.mark.parametrize("density", list(Density))
@pytest.mark.parametrize("diagonal", [True, False])
def test_every_instance_has_exactly_one_place(
    density: Density, size: tuple[int, int], diagonal: bool
) -> None:
    arrangement = arrange(build_grid(web(diagonal=diagonal).instances), density, *size)
    assert sorted(arrangement.order, key=int) == [str(n) for n in range(100)]
    assert len(set(arrangement.positions.values())) == 100


def test_update_domain_equal_to_fault_domain_is_a_diagonal_that_fits_80_by_24() -> None:
    arrangement = arrange(build_grid(web().instances), Density.AUTO, 79, 18)
    assert arrangement.width <= 79
    assert arrangement.height <= 18
    box = arrangement.boxes[0]
    assert [block.heading for block in box.blocks] == [f"FD {n}" for n in range(5)]
    for (line, key, _), block in zip(box.labels, box.blocks, strict=True):
        assert block.lines[line]
        assert key.label == f"UD {box.blocks.index(block)}"


def test_the_last_columns_heading_is_whole_where_it_holds_one_cell() -> None:
    instances = (instance(n, current=True, domain=n % 5, fault=n % 5) for n in range(9))
    snapshot = Snapshot(scale_set(), tuple(instances), NOON)
    arrangement = arrange(build_grid(snapshot.instances), Density.WIDE, 79, 18)
    box = arrangement.boxes[0]
    last = box.blocks[-1]
    assert last.heading == "FD 4"
    assert last.width < len(last.heading)
    assert last.x + len(last.heading) <= box.width <= arrangement.width


def test_an_even_spread_shows_ids_in_80_columns() -> None:
    arrangement = arrange(build_grid(web(diagonal=False).instances), Density.AUTO, 79, 18)
    assert arrangement.with_ids
    assert arrangement.height <= 18


def test_a_thousand_instances_fit_200_by_60_without_scrolling() -> None:
    for density in (Density.AUTO, Density.DENSE):
        arrangement = arrange(build_grid(thousand().instances), density, 158, 54)
        assert (arrangement.width <= 158, arrangement.height <= 54) == (True, True)
        assert len(arrangement.boxes) == 10


def test_panels_stand_side_by_side_and_their_columns_align() -> None:
    arrangement = arrange(build_grid(thousand().instances), Density.DENSE, 158, 54)
    assert len(arrangement.bands[0]) > 1
    assert len({box.width for box in arrangement.boxes}) == 1
    assert arrangement.boxes[0].heading == "placement group 1 0c0ffee0"


def test_wide_form_shows_ids_however_little_room_there_is() -> None:
    assert arrange(build_grid(web().instances), Density.WIDE, 60, 5).with_ids


def test_without_columns_a_row_names_its_only_fault_domain() -> None:
    arrangement = arrange(build_grid(web().instances), Density.WIDE, 70, 20)
    assert [label for _, _, label in arrangement.boxes[0].labels] == [
        f"UD {n} FD {n}" for n in range(5)
    ]


def test_without_instances_there_is_nothing_to_arrange() -> None:
    assert arrange(build_grid(()), Density.AUTO, 80, 20).order == ()
