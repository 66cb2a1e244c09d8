"""The heatmap on screen: tiles, and which cells are drawn again."""

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, thousand, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.scale_set import PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.instances.heatmap_tiles import MAX_TILE_WIDTH, Tile


async def test_tiles_are_narrow_and_hold_every_instance_once() -> None:
    async with run_dashboard(FakeServices(thousand()), (200, 60)) as screen:
        tiles = list(screen.app.screen.query(Tile))
        instance_ids = [i for tile in tiles for i in tile.places]
        assert len(instance_ids) == len(set(instance_ids)) == 1000
        assert max(tile.size.width for tile in tiles) <= MAX_TILE_WIDTH


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
        assert len(drawn[0]) == 1
        assert screen.line("UD 2").count("◐") + screen.text.count("◐") >= 1
        drawn.clear()
        await screen.report(view(Snapshot(snapshot.scale_set, changed, NOON)))
        assert drawn == []


async def test_more_room_gives_another_form_and_keeps_the_cursor() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        await screen.press("n")
        cursor = screen.board.cursor
        await screen.pilot.resize_terminal(200, 60)
        await screen.rest()
        assert screen.board.cursor == cursor
        heatmap = screen.app.screen.query_one(Heatmap)
        assert heatmap.board.arrangement.width > 80


async def test_an_instance_that_is_stopped_is_told_apart_without_colours() -> None:
    stopped = structs.replace(web(odd=False).instances[0], power=PowerState.STOPPED)
    snapshot = Snapshot(web().scale_set, (stopped, *web(odd=False).instances[1:]), NOON)
    async with run_dashboard(FakeServices(snapshot)) as screen:
        assert "■" in screen.line("UD 0")
