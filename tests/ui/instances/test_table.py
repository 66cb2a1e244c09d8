"""The instance table: sort order, columns, cursor and selection, and what is drawn again."""

from dataclasses import replace

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, instance, thousand, view, web
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import run_services
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.arrangement import arrange_in_rows
from vmss_tui.ui.instances.table import InstanceTable
from vmss_tui.ui.instances.table_rows import (
    Column,
    SortOrder,
    column_widths,
    fitting_columns,
    row_texts,
    sort_instances,
)

APPEARANCE = Appearance()


def ids(sort_order: SortOrder, snapshot: Snapshot | None = None) -> list[str]:
    """Instance ids in a sort order."""
    return [i.instance_id for i in sort_instances((snapshot or web()).instances, sort_order)]


# What stands where


def test_the_worst_state_comes_first_and_equals_go_by_their_ids() -> None:
    assert ids(SortOrder(Column.STATE))[:5] == ["37", "14", "63", "58", "20"]
    assert ids(SortOrder(Column.STATE, descending=True))[:3] == ["0", "1", "2"]


def test_ids_and_image_versions_are_numbers_and_not_text() -> None:
    assert ids(SortOrder())[8:12] == ["8", "9", "10", "11"]
    old, new = (instance(n, current=False, domain=0, fault=0) for n in (1, 2))
    assert old.image is not None
    early = structs.replace(old, image=structs.replace(old.image, exact_version="9.0.1"))
    late = structs.replace(new, image=structs.replace(old.image, exact_version="10.0.0"))
    assert [i.instance_id for i in sort_instances((late, early), SortOrder(Column.IMAGE))] == [
        "1",
        "2",
    ]


@pytest.mark.parametrize("descending", [False, True])
def test_what_says_nothing_comes_last_in_either_direction(descending: bool) -> None:
    with_value, without_value = (
        web().instances[0],
        structs.replace(web().instances[1], update_domain=None),
    )
    ordered = sort_instances(
        (without_value, with_value), SortOrder(Column.UPDATE_DOMAIN, descending)
    )
    assert ordered[-1] is without_value


@pytest.mark.parametrize("column", list(Column))
def test_every_column_orders_every_instance_once(column: Column) -> None:
    for descending in (False, True):
        ordered = ids(SortOrder(column, descending), thousand())
        assert len(set(ordered)) == len(ordered) == 1000


def test_columns_give_way_in_their_order_and_id_and_state_never_do() -> None:
    widths = column_widths((row_texts(i, APPEARANCE) for i in thousand().instances), 2)
    assert Column.ZONE not in widths
    assert fitting_columns(widths, 300) == tuple(widths)
    assert fitting_columns(widths, 20) == (Column.ID, Column.STATE)
    assert Column.IMAGE in fitting_columns(widths, 45)


def test_one_below_the_other_every_instance_has_its_line() -> None:
    ordered = arrange_in_rows(["7", "3", "9"])
    assert ordered.order == ("7", "3", "9")
    assert ordered.positions["9"] == (0, 2)


# On the screen


async def test_o_shows_the_table_and_the_heatmap_again_with_the_same_cursor_and_marks() -> None:
    async with run_dashboard() as screen:
        await screen.press("n", "space", "o")
        assert screen.line("ID▲").split()[1:3] == ["ID▲", "State"]
        assert "▌✓ 37   ✖ failed" in screen.text.replace("    ", "   ")
        await screen.press("j")
        assert "▌  38" in screen.text
        await screen.press("o", "o")
        assert "UD 0    4/20" in screen.text
        assert screen.board.cursor == "38"
        assert screen.board.selected_ids == {"37"}


async def test_comma_orders_by_the_next_column_and_semicolon_turns_it_round() -> None:
    async with run_dashboard() as screen:
        await screen.press("o", "comma")
        assert "State▲" in screen.text
        assert screen.line("▌").split()[1:4] == ["37", "✖", "failed"]
        await screen.press("semicolon")
        assert "State▼" in screen.text
        assert screen.line("▌").split()[1:4] == ["0", "●", "latest"]


async def test_an_order_without_a_table_says_which_key_shows_one() -> None:
    async with run_dashboard() as screen:
        await screen.press("comma")
        assert "Only the table can be sorted: o shows it" in screen.text


async def test_the_table_keeps_to_the_filter_and_the_meaning_of_cells() -> None:
    async with run_dashboard() as screen:
        await screen.press("o", "f")
        assert "✚ unhealthy" in screen.text
        assert "▌  14" in screen.text or "▌  37" in screen.text
        assert "· outdated  " not in screen.text.partition("problems only")[0]
        await screen.press("f", "m")
        assert screen.line("98 running").startswith(" ●  98 running")
        assert "m color by power" in screen.text


async def test_next_problem_page_and_last_move_as_on_the_heatmap() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        await screen.press("o", "n")
        assert "▌  14" in screen.text
        await screen.press("G")
        assert "▌  99" in screen.text
        await screen.press("pageup")
        assert "▌  99" not in screen.text
        await screen.press("g")
        assert "▌  0" in screen.text


async def test_a_range_in_the_table_marks_every_row_between() -> None:
    async with run_dashboard() as screen:
        await screen.press("o", "v", "j", "j", "j", "v")
        assert screen.board.selected_ids == {"0", "1", "2", "3"}


async def test_a_click_on_a_heading_orders_by_it_and_on_a_row_takes_the_cursor() -> None:
    async with run_dashboard() as screen:
        await screen.press("o")
        await screen.pilot.click(InstanceTable, offset=(10, 0))
        await screen.rest()
        assert "State▲" in screen.text
        await screen.pilot.click(InstanceTable, offset=(10, 3))
        await screen.rest()
        assert screen.board.cursor == "63"


async def test_the_runs_batch_has_its_sign_in_the_table() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("o", "G")
        assert "▶96" in screen.text
        assert "▶95" not in screen.text


async def test_a_changed_instance_redraws_its_own_line_and_an_unchanged_reading_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with run_dashboard() as screen:
        await screen.press("o")
        drawn: list[tuple[object, ...]] = []
        refresh = InstanceTable.refresh

        def record_refresh(self: InstanceTable, *regions: object, **more: object) -> InstanceTable:
            drawn.append(regions)
            return refresh(self, *regions, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(InstanceTable, "refresh", record_refresh)
        snapshot = screen.services.snapshot
        await screen.report(view(replace(snapshot, instances=snapshot.instances)))
        assert drawn == []
        changed = tuple(
            structs.replace(i, latest_model_applied=False) if i.instance_id == "3" else i
            for i in snapshot.instances
        )
        await screen.report(view(Snapshot(snapshot.scale_set, changed, NOON)))
        assert len(drawn) == 1
        assert screen.line(" 3 ").split()[2:4] == ["·", "outdated"]


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
async def test_the_table_can_be_used_at_any_size(size: tuple[int, int]) -> None:
    async with run_dashboard(FakeServices(thousand()), size) as screen:
        await screen.press("o", "comma")
        assert screen.line("▌").split()[1:4] == ["459", "✖", "failed"]
        assert all(len(line) <= size[0] for line in screen.text.split("\n"))


async def test_the_table_marks_and_the_upgrade_takes_the_marks() -> None:
    async with run_dashboard() as screen:
        await screen.press("o", "comma", "j", "j", "j", "j", "v", "j", "v", "U")
        assert "Upgrade 2 instances of web-rg/web-vmss?" in screen.text


def test_an_order_asked_for_before_any_column_is_shown_stays_as_it_is() -> None:
    assert SortOrder().next(()) == SortOrder()


def test_a_table_without_rows_has_its_first_column() -> None:
    assert list(column_widths([], 2)) == [Column.ID]


async def test_a_filter_that_nothing_passes_leaves_an_empty_table() -> None:
    async with run_dashboard() as screen:
        await screen.press("o", "slash")
        await screen.type_text("ud:77")
        assert "○" not in screen.line("web-vmss_0")
        await screen.press("escape")
        assert screen.line(" 0 ")
