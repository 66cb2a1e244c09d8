"""Rows and columns of the heatmap: every instance once, and no domain invented."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from vmss_tui.fleet.domains import Grouping, build_grid, row_key
from vmss_tui.fleet.scale_set import Instance

HERE = st.one_of(st.none(), st.sampled_from(("1", "2")))
NUMBER = st.one_of(st.none(), st.integers(0, 7))


def _at(
    number: int,
    zone: str | None = None,
    group: str | None = "pg",
    update: int | None = None,
    fault: int | None = None,
) -> Instance:
    return Instance(
        str(number), zone=zone, placement_group=group, update_domain=update, fault_domain=fault
    )


@given(st.lists(st.tuples(HERE, HERE, NUMBER, NUMBER), max_size=30), st.sampled_from(Grouping))
def test_every_instance_appears_in_exactly_one_row(
    places: list[tuple[str | None, str | None, int | None, int | None]], grouping: Grouping
) -> None:
    instances = [_at(number, *place) for number, place in enumerate(places)]
    arranged = build_grid(instances, grouping)
    shown = [i.instance_id for row in arranged.rows for i in row.instances]
    in_columns = [i for row in arranged.rows for cell in row.columns.values() for i in cell]
    assert sorted(shown) == sorted(i.instance_id for i in instances)
    assert len(in_columns) == len(instances)
    for row in arranged.rows:
        assert {row_key(i, grouping) for i in row.instances} == {row.key}


SETS = st.lists(
    st.builds(
        _at, st.integers(0, 12), zone=HERE, group=HERE, update=NUMBER, fault=NUMBER
    ),
    max_size=12,
    unique_by=lambda instance: instance.instance_id,
)  # fmt: skip


@given(SETS, SETS, st.sampled_from(Grouping), st.sampled_from(Grouping))
def test_what_was_arranged_before_changes_no_grid(
    old: list[Instance], new: list[Instance], one: Grouping, other: Grouping
) -> None:
    before = build_grid(old, one)
    same_places = [structs.replace(each, latest_model_applied=True) for each in old]
    for later in (new, same_places):
        assert build_grid(later, other, previous=before) == build_grid(later, other)
    untouched = build_grid(list(old), one, previous=before)
    assert all(now is then for now, then in zip(untouched.rows, before.rows, strict=True))


def test_an_instance_without_a_domain_has_a_row_of_its_own_and_drops_nobody() -> None:
    arranged = build_grid([_at(0, update=0), _at(1), _at(2, update=1), _at(3, update=2)])
    assert [row.key.label for row in arranged.rows] == ["UD 0", "UD 1", "UD 2", "no domain"]


def test_there_may_be_more_than_five_domains() -> None:
    arranged = build_grid([_at(number, update=number) for number in range(20)])
    assert [row.key.label for row in arranged.rows] == [f"UD {n}" for n in range(20)]


def test_no_domain_is_made_up_from_an_instance_id() -> None:
    arranged = build_grid([_at(number, update=0, fault=0) for number in (1, 2, 7)])
    assert len(arranged.rows) == 1
    assert len(arranged.rows[0].columns) == 1


def test_without_update_domains_the_row_is_the_fault_domain_or_the_zone_and_says_so() -> None:
    assert row_key(_at(1, fault=2)).label == "FD 2"
    assert row_key(_at(1, zone="3")).label == "zone 3"
    assert row_key(_at(1)).label == "no domain"


def test_update_domains_of_two_placement_groups_are_two_rows() -> None:
    arranged = build_grid(
        [_at(0, group="aaaaaaaaa", update=0), _at(1, group="bbbbbbbbb", update=0)]
    )
    assert [panel.heading for panel in arranged.panels] == [
        "placement group 1 aaaaaaaa",
        "placement group 2 bbbbbbbb",
    ]
    assert [len(row.instances) for row in arranged.rows] == [1, 1]


def test_a_set_moved_to_zones_keeps_its_old_instances_in_a_panel_without_zone() -> None:
    arranged = build_grid(
        [_at(0, update=0), _at(1, zone="2", update=0), _at(2, zone="1", update=0)]
    )
    assert [panel.heading for panel in arranged.panels] == ["zone 1", "zone 2", "no zone"]


def test_where_no_domain_is_reported_zones_are_rows_of_one_panel() -> None:
    arranged = build_grid(
        [_at(0, "1", None), _at(1, "2", None), _at(2, "2", None), _at(3, None, None)]
    )
    assert [panel.heading for panel in arranged.panels] == [""]
    assert [(row.key.label, len(row.instances)) for row in arranged.rows] == [
        ("zone 1", 1),
        ("zone 2", 2),
        ("no domain", 1),
    ]


def test_some_of_a_sets_instances_stand_in_panels_named_as_in_the_whole_set() -> None:
    everyone = [_at(n, group=name, update=0) for n, name in enumerate("abc")]
    whole = build_grid(everyone)
    some = build_grid(everyone[2:], whole=whole)
    assert [panel.heading for panel in some.panels] == ["placement group 3 c"]
    assert some.panels[0].heading == whole.panels[2].heading


def test_a_single_panel_needs_no_heading() -> None:
    assert build_grid([_at(0, zone="1", update=0)]).panels[0].heading == ""
    assert build_grid([]).panels == ()


def test_by_zone_the_placement_groups_stand_together() -> None:
    arranged = build_grid(
        [_at(0, "1", "a", 0), _at(1, "1", "b", 3), _at(2, "2", "a", 0)], Grouping.ZONE
    )
    assert [(row.key.label, len(row.instances)) for row in arranged.rows] == [
        ("zone 1", 2),
        ("zone 2", 1),
    ]


def test_ids_are_ordered_as_numbers_and_columns_by_fault_domain() -> None:
    row = build_grid(
        [_at(10, update=0, fault=1), _at(9, update=0), _at(2, update=0, fault=0)]
    ).rows[0]
    assert [i.instance_id for i in row.instances] == ["2", "9", "10"]
    assert list(row.columns) == [0, 1, None]
