"""The heatmap on screen: tiles, and which cells are drawn again."""

from collections import Counter

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, thousand, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.scale_set import PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.heatmap_tiles import Tile


async def test_a_panel_has_one_tile_and_tiles_hold_every_instance_once() -> None:
    async with run_dashboard(FakeServices(thousand()), (200, 60)) as screen:
        tiles = list(screen.app.screen.query(Tile))
        instance_ids = [i for tile in tiles for i in tile.places]
        assert len(instance_ids) == len(set(instance_ids)) == 1000
        assert len(tiles) == len(screen.board.arrangement.panels)


async def test_a_changed_instance_redraws_its_own_cell_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with run_dashboard() as screen:
        drawn: list[tuple[object, ...]] = []
        refresh = Tile.refresh

        def record_refresh(self: Tile, *regions: object, **more: object) -> Tile:
            drawn.append(regions)
            return refresh(self, *regions, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(Tile, "refresh", record_refresh)
        snapshot = screen.services.snapshot
        changed = tuple(
            structs.replace(i, provisioning=ProvisioningState.UPDATING)
            if i.instance_id == "42"
            else i
            for i in snapshot.instances
        )
        await screen.report(view(Snapshot(snapshot.scale_set, changed, NOON)))
        assert len(drawn) == 1
        size = screen.board.arrangement.cell_size
        assert [region.size for region in drawn[0]] == [size]  # type: ignore[attr-defined]
        assert "◐" in screen.text
        drawn.clear()
        await screen.report(view(Snapshot(snapshot.scale_set, changed, NOON)))
        assert drawn == []


async def test_another_size_gives_cells_of_another_size_and_keeps_the_cursor() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        assert "77 outdated ■ 1 stopped □ 1 dealloc." in screen.text, "every state has its name"
        await screen.press("n")
        cursor = screen.board.cursor
        small = screen.board.arrangement.cell_size
        await screen.pilot.resize_terminal(200, 60)
        await screen.rest()
        assert screen.board.cursor == cursor
        large = screen.board.arrangement.cell_size
        assert (large.width > small.width, large.height > small.height) == (True, True)
        tiles = list(screen.app.screen.query(Tile))
        await screen.pilot.resize_terminal(40, 10)
        await screen.rest()
        assert (screen.board.arrangement.cell_size, screen.heatmap.room) == ((1, 1), (40, 6))
        # What is drawn before the tiles of the size before are removed has no such rows.
        lowest = [tile.render_line(tile.place.height - 1) for tile in tiles]
        assert not "".join(strip.text for strip in lowest).strip()


async def test_the_frame_counts_what_is_off_screen_until_everything_fits() -> None:
    snapshot = thousand()
    async with run_dashboard(FakeServices(snapshot), (80, 24)) as screen:

        def shown() -> int:
            top = round(screen.heatmap.scroll_y)
            rows = range(top, top + screen.heatmap.room[1])
            return sum(y in rows for _, y in screen.board.arrangement.positions.values())

        counts = screen.heatmap.hidden_counts()
        assert screen.heatmap.hidden_counts() is counts  # as nothing has changed
        total = sum(counts.below.values())
        assert (total, counts.above) == (1000 - shown(), Counter())
        assert f"▼ {total} ✖ {counts.below[StateGroup.FAILED]}" in screen.text
        await screen.press("G")
        assert f"▲ {1000 - shown()} " in screen.text
        assert "▼" not in screen.text
        await screen.pilot.resize_terminal(200, 60)
        await screen.rest()
        assert "▲" not in screen.text


async def test_the_cursor_is_framed_in_the_gaps_and_moves_without_drawing_cells_anew() -> None:
    async with run_dashboard() as screen:
        lines = screen.text.split("\n")
        x, y = screen.board.arrangement.positions[screen.board.cursor or ""]
        origin = screen.app.screen.query_one(Heatmap).content_region.offset
        width, height = screen.board.arrangement.cell_size
        for row in range(y, y + height):
            line = lines[origin.y + row]
            left = origin.x + x
            assert (line[left - 1], line[left + width]) == ("▐", "▌")
        below = lines[origin.y + y + height]
        assert below[origin.x + x - 1 : origin.x + x + width + 1] == f"▝{'▀' * width}▘"
        cells = dict(screen.app.screen.query_one(Heatmap).cells)
        await screen.press("l")
        assert screen.app.screen.query_one(Heatmap).cells == cells
        assert screen.text.count("▝") == 1


async def test_an_instance_that_is_stopped_is_told_apart_without_colours() -> None:
    stopped = structs.replace(web(odd=False).instances[0], power=PowerState.STOPPED)
    snapshot = Snapshot(web().scale_set, (stopped, *web(odd=False).instances[1:]), NOON)
    async with run_dashboard(FakeServices(snapshot)) as screen:
        assert "■" in screen.text
        assert "■ 1" in screen.line("UD 0") + screen.text


async def test_the_count_of_problems_of_a_domain_goes_with_the_last_one() -> None:
    async with run_dashboard() as screen:
        assert screen.line("UD 2   ").endswith("✖ 1│")
        snapshot = screen.services.snapshot
        succeeded = tuple(
            structs.replace(i, provisioning=ProvisioningState.SUCCEEDED) for i in snapshot.instances
        )
        await screen.report(view(Snapshot(snapshot.scale_set, succeeded, NOON)))
        assert "✖" not in screen.line("UD 2   ")
