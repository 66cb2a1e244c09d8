"""The positions of cells in a room of the screen."""

import pytest
from msgspec import structs

from tests.support.fleets import NOON, instance, scale_set, thousand, web
from vmss_tui.fleet.domains import build_grid
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.instances.arrangement import Arrangement, Density
from vmss_tui.ui.instances.heatmap_layout import arrange, mixed_cells


def overlaps(arrangement: Arrangement) -> int:
    """How many cells cover a place that another covers too."""
    size = arrangement.cell_size
    covered: set[tuple[int, int]] = set()
    for x, y in arrangement.positions.values():
        covered |= {(x + dx, y + dy) for dx in range(size.width) for dy in range(size.height)}
    return len(arrangement.positions) * size.width * size.height - len(covered)


@pytest.mark.parametrize("size", [(80, 18), (160, 50), (40, 7), (24, 4)])
@pytest.mark.parametrize("density", list(Density))
@pytest.mark.parametrize("diagonal", [True, False])
def test_every_instance_has_exactly_one_place(
    density: Density, size: tuple[int, int], diagonal: bool
) -> None:
    arrangement = arrange(build_grid(web(diagonal=diagonal).instances), density, *size)
    assert sorted(arrangement.order, key=int) == [str(n) for n in range(100)]
    assert overlaps(arrangement) == 0
    layout = arrangement.layout
    assert layout is not None
    if layout.fits:
        right = max(panel.right for panel in arrangement.panels) + layout.size.width
        assert (right <= size[0], arrangement.height <= size[1]) == (True, True)


def test_a_domain_that_is_one_fault_domain_is_a_line_without_columns() -> None:
    arrangement = arrange(build_grid(web().instances), Density.AUTO, 118, 16)
    (panel,) = arrangement.panels
    assert panel.fault_domains == ()
    assert [len(domain.lines) for domain in panel.domains] == [1] * 5
    assert arrangement.cell_size == (4, 2)


def test_fault_domains_are_columns_with_headings_where_they_cross_update_domains() -> None:
    arrangement = arrange(build_grid(web(diagonal=False).instances), Density.AUTO, 140, 17)
    (panel,) = arrangement.panels
    assert [heading for _, heading in panel.fault_domains] == [f"FD {n}" for n in range(5)]
    starts = [x for x, _ in panel.fault_domains]
    instances = web(diagonal=False).by_id
    for domain in panel.domains:
        for instance_id, x in domain.lines[0]:
            assert x >= starts[instances[instance_id].fault_domain or 0]
    assert overlaps(arrangement) == 0


def test_a_thousand_instances_stand_in_framed_panels_that_align() -> None:
    arrangement = arrange(build_grid(thousand().instances), Density.AUTO, 148, 35, framed=True)
    assert arrangement.layout is not None
    assert (arrangement.layout.fits, arrangement.cell_size) == (True, (2, 1))
    assert len(arrangement.panels) == 10
    assert len({panel.width for panel in arrangement.panels}) == 1
    assert arrangement.panels[0].heading == "placement group 1 0c0ffee0"
    assert overlaps(arrangement) == 0
    edges = [(p.x - 1, p.y - 1, p.x + p.width, p.y + p.height) for p in arrangement.panels]
    assert min(left for left, *_ in edges) == min(top for _, top, *_ in edges) == 0
    assert max(right for _, _, right, _ in edges) < 148
    assert max(bottom for *_, bottom in edges) < 35


def test_a_density_that_was_set_is_kept_however_little_room_there_is() -> None:
    arrangement = arrange(build_grid(web().instances), Density.WIDE, 60, 5)
    assert arrangement.cell_size == (4, 2)
    assert arrangement.height > 5


def test_the_names_of_domains_are_whole_in_every_room() -> None:
    zones = (
        structs.replace(vm, update_domain=None, fault_domain=None, zone=str(1 + at % 3))
        for at, vm in enumerate(web().instances)
    )
    for size in ((20, 4), (80, 9), (118, 16), (198, 32)):
        arrangement = arrange(build_grid(zones), Density.AUTO, *size)
        for panel in arrangement.panels:
            for domain in panel.domains:
                assert domain.name == domain.key.label
                start = min(x for line in domain.lines for _, x in line)
                assert start - panel.x > len(domain.name)


def test_every_second_cell_is_mixed_only_where_no_gap_separates_them() -> None:
    grid = build_grid(web().instances)
    assert mixed_cells(arrange(grid, Density.DENSE, 118, 20)) != frozenset()
    assert mixed_cells(arrange(grid, Density.WIDE, 118, 20)) == frozenset()
    dense = arrange(grid, Density.DENSE, 118, 20)
    mixed = mixed_cells(dense)
    assert [i in mixed for i in dense.order[:4]] == [False, True, False, True]


def test_a_domain_of_one_cell_and_no_instances_at_all_have_a_place() -> None:
    instances = (instance(n, current=True, domain=n % 5, fault=n % 5) for n in range(9))
    snapshot = Snapshot(scale_set(), tuple(instances), NOON)
    arrangement = arrange(build_grid(snapshot.instances), Density.WIDE, 79, 18)
    assert [len(domain.lines[0]) for domain in arrangement.panels[0].domains] == [2, 2, 2, 2, 1]
    assert arrange(build_grid(()), Density.AUTO, 80, 20).order == ()
