"""The grid of instances: every instance is in one row, and no domain is made up."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from vmss_tui.fleet.domains import Grouping, build_grid, row_key
from vmss_tui.fleet.scale_set import Instance

NAMES = st.one_of(st.none(), st.sampled_from(("1", "2")))
DOMAINS = st.one_of(st.none(), st.integers(0, 7))


def instance_at(
    number: int,
    zone: str | None = None,
    group: str | None = "pg",
    update: int | None = None,
    fault: int | None = None,
) -> Instance:
    return Instance(
        str(number), zone=zone, placement_group=group, update_domain=update, fault_domain=fault
    )


@given(st.lists(st.tuples(NAMES, NAMES, DOMAINS, DOMAINS), max_size=30), st.sampled_from(Grouping))
def test_every_instance_appears_in_exactly_one_row(
    places: list[tuple[str | None, str | None, int | None, int | None]], grouping: Grouping
) -> None:
    instances = [instance_at(number, *place) for number, place in enumerate(places)]
    grid = build_grid(instances, grouping)
    row_ids = [i.instance_id for row in grid.rows for i in row.instances]
    column_instances = [i for row in grid.rows for cell in row.columns.values() for i in cell]
    assert sorted(row_ids) == sorted(i.instance_id for i in instances)
    assert len(column_instances) == len(instances)
    for row in grid.rows:
        assert {row_key(i, grouping) for i in row.instances} == {row.key}


INSTANCE_LISTS = st.lists(
    st.builds(
        instance_at, st.integers(0, 12), zone=NAMES, group=NAMES, update=DOMAINS, fault=DOMAINS
    ),
    max_size=12,
    unique_by=lambda instance: instance.instance_id,
)  # fmt: skip


@given(INSTANCE_LISTS, INSTANCE_LISTS, st.sampled_from(Grouping), st.sampled_from(Grouping))
def test_the_previous_grid_never_changes_the_result(
    old: list[Instance], new: list[Instance], old_grouping: Grouping, new_grouping: Grouping
) -> None:
    previous = build_grid(old, old_grouping)
    same_places = [structs.replace(instance, latest_model_applied=True) for instance in old]
    for instances in (new, same_places):
        assert build_grid(instances, new_grouping, previous=previous) == build_grid(
            instances, new_grouping
        )
    unchanged = build_grid(list(old), old_grouping, previous=previous)
    assert all(
        new_row is old_row for new_row, old_row in zip(unchanged.rows, previous.rows, strict=True)
    )


def test_an_instance_without_a_domain_has_a_row_of_its_own() -> None:
    grid = build_grid(
        [
            instance_at(0, update=0),
            instance_at(1),
            instance_at(2, update=1),
            instance_at(3, update=2),
        ]
    )
    assert [row.key.label for row in grid.rows] == ["UD 0", "UD 1", "UD 2", "no domain"]


def test_there_may_be_more_than_five_domains() -> None:
    grid = build_grid([instance_at(number, update=number) for number in range(20)])
    assert [row.key.label for row in grid.rows] == [f"UD {n}" for n in range(20)]


def test_no_domain_is_made_up_from_an_instance_id() -> None:
    grid = build_grid([instance_at(number, update=0, fault=0) for number in (1, 2, 7)])
    assert len(grid.rows) == 1
    assert len(grid.rows[0].columns) == 1


def test_without_update_domains_the_row_is_the_fault_domain_or_the_zone_and_says_so() -> None:
    assert row_key(instance_at(1, fault=2)).label == "FD 2"
    assert row_key(instance_at(1, zone="3")).label == "zone 3"
    assert row_key(instance_at(1)).label == "no domain"


def test_update_domains_of_two_placement_groups_are_two_rows() -> None:
    grid = build_grid(
        [instance_at(0, group="aaaaaaaaa", update=0), instance_at(1, group="bbbbbbbbb", update=0)]
    )
    assert [panel.heading for panel in grid.panels] == [
        "placement group 1 aaaaaaaa",
        "placement group 2 bbbbbbbb",
    ]
    assert [len(row.instances) for row in grid.rows] == [1, 1]


def test_a_set_moved_to_zones_keeps_its_old_instances_in_a_panel_without_zone() -> None:
    grid = build_grid(
        [
            instance_at(0, update=0),
            instance_at(1, zone="2", update=0),
            instance_at(2, zone="1", update=0),
        ]
    )
    assert [panel.heading for panel in grid.panels] == ["zone 1", "zone 2", "no zone"]


def test_where_no_domain_is_reported_zones_are_rows_of_one_panel() -> None:
    grid = build_grid(
        [
            instance_at(0, "1", None),
            instance_at(1, "2", None),
            instance_at(2, "2", None),
            instance_at(3, None, None),
        ]
    )
    assert [panel.heading for panel in grid.panels] == [""]
    assert [(row.key.label, len(row.instances)) for row in grid.rows] == [
        ("zone 1", 1),
        ("zone 2", 2),
        ("no domain", 1),
    ]


def test_a_part_of_a_set_has_the_headings_of_the_whole_set() -> None:
    instances = [instance_at(n, group=name, update=0) for n, name in enumerate("abc")]
    whole = build_grid(instances)
    part = build_grid(instances[2:], whole=whole)
    assert [panel.heading for panel in part.panels] == ["placement group 3 c"]
    assert part.panels[0].heading == whole.panels[2].heading


def test_a_single_panel_needs_no_heading() -> None:
    assert build_grid([instance_at(0, zone="1", update=0)]).panels[0].heading == ""
    assert build_grid([]).panels == ()


def test_grouping_by_zone_joins_the_placement_groups() -> None:
    grid = build_grid(
        [instance_at(0, "1", "a", 0), instance_at(1, "1", "b", 3), instance_at(2, "2", "a", 0)],
        Grouping.ZONE,
    )
    assert [(row.key.label, len(row.instances)) for row in grid.rows] == [
        ("zone 1", 2),
        ("zone 2", 1),
    ]


def test_ids_are_ordered_as_numbers_and_columns_by_fault_domain() -> None:
    row = build_grid(
        [
            instance_at(10, update=0, fault=1),
            instance_at(9, update=0),
            instance_at(2, update=0, fault=0),
        ]
    ).rows[0]
    assert [i.instance_id for i in row.instances] == ["2", "9", "10"]
    assert list(row.columns) == [0, 1, None]
