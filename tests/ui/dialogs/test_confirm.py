"""The question before a change: what does not confirm says so."""

import pytest
from textual.containers import VerticalScroll
from textual.geometry import Region

from tests.support.fake_session import FakeServices
from tests.support.pilot import run_dashboard
from vmss_tui.ui.dialogs.confirm import ConfirmScreen
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame
from vmss_tui.ui.dialogs.lit_cells import FreeRows, free_rows

PASTE = "\x1b[200~{}\x1b[201~"


@pytest.mark.parametrize(
    ("keys", "data", "expected"),
    [
        (["U"], PASTE.format("y"), "Pasted text does not confirm: press y"),
        (["a", "U"], PASTE.format("web-vmss"), "confirm: press tab, then type web-vmss"),
        (["a", "U", "tab"], PASTE.format("web-vmss"), "confirm: press tab, then type web-vmss"),
        (["a", "U", "tab"], "\x16", "confirm: press tab, then type web-vmss"),
        (["a", "U"], "web-vmss", "Press tab to go to the field first, then type web-vmss"),
        (["a", "U"], "y", "Press tab to go to the field first, then type web-vmss"),
    ],
)
async def test_a_name_that_does_not_count_is_answered(
    keys: list[str], data: str, expected: str
) -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        await screen.press(*keys)
        await screen.receive(data)
        assert isinstance(screen.app.screen, ConfirmScreen)
        assert expected in " ".join(screen.text.split())
        await screen.press("enter")
        assert services.run_control.started_plans == []


async def test_the_cells_in_question_keep_their_colours_behind_it() -> None:
    async with run_dashboard(size=(200, 60)) as screen:

        def grounds(instance_id: str) -> set[str]:
            assert screen.text  # drawn with the screen behind the dialog
            (region,) = screen.heatmap.cell_regions([instance_id])
            strips = screen.app.screen._compositor.render_strips()
            parts = [strips[y].crop(*region.column_span) for y in region.line_range]
            return {str(s.style.bgcolor) for part in parts for s in part if s.style}

        before = {i: grounds(i) for i in ("0", "20", "95", "96")}
        await screen.press("U")
        assert isinstance(screen.app.screen, ConfirmScreen)
        same = [i for i in before if grounds(i) == before[i]]
        assert same == ["20", "95"]  # outdated instances of the cursor's domain


async def test_it_leaves_the_cells_in_question_free_where_its_text_has_room() -> None:
    async with run_dashboard(size=(120, 36)) as screen:
        for keys, in_question in ((["U"], "20"), (["escape", "J", "J", "J", "J", "U"], "99")):
            await screen.press(*keys)
            dialog = screen.app.screen
            assert isinstance(dialog, ConfirmScreen)
            frame, body = dialog.query_one(DialogFrame), dialog.query_one(VerticalScroll)
            (cell,) = screen.heatmap.cell_regions([in_question])
            assert in_question in dialog.lit_ids
            assert not frame.region.overlaps(Region(0, cell.y, 120, cell.height))
            assert dialog.region.contains_region(frame.region)
            assert body.size.height >= 12
            assert body.virtual_size.height > body.size.height, "the rest scrolls"


def test_rows_below_the_cells_are_preferred_to_those_above() -> None:
    def free(y: int) -> FreeRows | None:
        return free_rows([Region(5, y, 40, 2), Region(5, y + 2, 40, 1)], 36, 18)

    assert [free(y) for y in (6, 15, 16, 18)] == [
        FreeRows(is_above=False, height=27),
        FreeRows(is_above=False, height=18),
        None,
        FreeRows(is_above=True, height=18),
    ]
    assert free_rows([], 36, 18) is None


async def test_keys_that_scroll_a_question_and_the_typed_name_are_not_warned_of() -> None:
    services = FakeServices()
    async with run_dashboard(services) as screen:
        await screen.press("a", "U", "j", "k")
        assert "Press tab to go" not in screen.text
        await screen.press("tab")
        await screen.receive("web-vmss")
        assert "Press tab to go" not in screen.text
        await screen.press("enter")
        assert len(services.run_control.started_plans) == 1
