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


def test_every_column_orders_every_instance_once_and_what_says_nothing_comes_last() -> None:
    snapshot = thousand()
    for column in Column:
        for descending in (False, True):
            ordered = ids(SortOrder(column, descending), snapshot)
            assert len(set(ordered)) == len(ordered) == 1000, (column, descending)
    with_value = web().instances[0]
    without_value = structs.replace(web().instances[1], update_domain=None)
    for descending in (False, True):
        order = SortOrder(Column.UPDATE_DOMAIN, descending)
        assert sort_instances((without_value, with_value), order)[-1] is without_value, descending


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


async def test_o_shows_the_table_with_the_cursor_the_marks_and_the_keys_of_the_heatmap() -> None:
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
        await screen.press("comma")
        assert "Only the table can be sorted: o shows it" in screen.text
        screen.clear_toasts()
        await screen.press("backslash", "g", "o", "v", "j", "j", "j", "v")
        assert screen.board.selected_ids == {"0", "1", "2", "3"}
        await screen.press("backslash", "slash")
        await screen.type_text("ud:77")
        assert "○" not in screen.line("web-vmss_0")
        await screen.press("escape", "g")
        assert screen.line(" 0 ")
        await screen.resize(80, 24)
        await screen.press("n")
        assert "▌  14" in screen.text
        await screen.press("G")
        assert "▌  99" in screen.text
        await screen.press("pageup")
        assert "▌  99" not in screen.text
        await screen.press("g")
        assert "▌  0" in screen.text


async def test_the_table_redraws_changed_lines_alone_and_is_sorted_filtered_and_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with run_dashboard() as screen:
        await screen.press("o")
        drawn: list[tuple[object, ...]] = []
        refresh = InstanceTable.refresh

        def record_refresh(self: InstanceTable, *regions: object, **more: object) -> InstanceTable:
            drawn.append(regions)
            return refresh(self, *regions, **more)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(InstanceTable, "refresh", record_refresh)
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
        await screen.press("comma")
        assert "State▲" in screen.text
        assert screen.line("▌").split()[1:4] == ["37", "✖", "failed"]
        await screen.press("semicolon")
        assert "State▼" in screen.text
        assert screen.line("▌").split()[1:4] == ["0", "●", "latest"]
        await screen.pilot.click(InstanceTable, offset=(10, 0))
        await screen.rest()
        assert "State▲" in screen.text
        await screen.pilot.click(InstanceTable, offset=(10, 3))
        await screen.rest()
        assert screen.board.cursor == "63"
        await screen.press("g", "j", "j", "j", "j", "v", "j", "v", "U")
        assert "Upgrade 2 instances of web-rg/web-vmss?" in screen.text
        await screen.press("escape", "backslash", "g", "f")
        assert "✚ unhealthy" in screen.text
        assert "▌  14" in screen.text or "▌  37" in screen.text
        assert "· outdated  " not in screen.text.partition("problems only")[0]
        await screen.press("f", "m")
        assert screen.line("98 running").startswith(" ●  98 running")
        assert "m color by power" in screen.text


async def test_the_table_of_a_thousand_can_be_used_at_any_size() -> None:
    async with run_dashboard(FakeServices(thousand()), (200, 60)) as screen:
        await screen.press("o", "comma")
        for width, height in ((200, 60), (80, 24), (40, 10)):
            await screen.resize(width, height)
            assert screen.line("▌").split()[1:4] == ["459", "✖", "failed"], (width, height)
            assert all(len(line) <= width for line in screen.text.split("\n")), (width, height)


async def test_the_runs_batch_has_its_sign_in_the_table() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.press("o", "G")
        assert "▶96" in screen.text
        assert "▶95" not in screen.text


def test_an_order_asked_for_before_any_column_is_shown_stays_as_it_is() -> None:
    assert SortOrder().next(()) == SortOrder()


def test_a_table_without_rows_has_its_first_column() -> None:
    assert list(column_widths([], 2)) == [Column.ID]
