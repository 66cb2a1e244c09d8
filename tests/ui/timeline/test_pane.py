"""The timeline view: a live run, a halted one, the last run, none; keys, filter, sizes, forms."""

import pytest
from textual.geometry import Region

from tests.support.fake_session import FakeServices
from tests.support.fleets import web
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import halted_services, run_services
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.timeline.pane import TimelinePane
from vmss_tui.ui.timeline.track_view import TrackView
from vmss_tui.upgrade import events as ev


async def open_timeline(screen: DashboardPilot) -> TimelinePane:
    await screen.press("o", "o")
    pane = screen.app.screen.query_one(TimelinePane)
    assert pane.display
    return pane


async def test_o_shows_the_live_run_with_the_cursor_of_the_board_and_then_the_heat_map() -> None:
    async with run_dashboard(run_services()) as screen:
        pane = await open_timeline(screen)
        assert "Timeline of run web-vmss-7f3a" in screen.text
        assert "0 of 15 complete, running for" in screen.line("▶ Batch 2"), "it is in view"
        assert "16 instances planned" in screen.line(" Batch 3")
        assert "now " in screen.text
        assert "ETA" in screen.line("VMs a minute")
        assert "77 instances in 5 batches" in screen.text
        assert "batch 1 complete:" not in screen.text, "the run panel makes room"
        await screen.press("g")
        assert "16 complete in 1:00, median 0:40" in screen.line("✓ Batch 1")
        first = screen.board.cursor
        await screen.press("j", "G")
        assert screen.board.cursor == pane.tracks.rows[-1].instance_ids[0]
        await screen.press("g", "space")
        assert screen.board.selected_ids == {first}
        await screen.press("enter")
        assert "3 Boot log" in screen.text, "the screen of the instance is open"
        await screen.press("escape", "o")
        assert not pane.display
        assert screen.heatmap.display
        assert "batch 1 complete: 16 upgraded" in screen.text


async def test_keys_typed_together_end_in_a_view_that_is_drawn() -> None:
    async with run_dashboard(run_services()) as screen:
        await screen.receive("oo")
        assert "0 of 15 complete, running for" in screen.line("▶ Batch 2")
        await screen.receive("oo")
        assert "latest model" in screen.line("▌  0 ")
        await screen.press("o")
        assert "Timeline of run web-vmss-7f3a" in screen.text
        await screen.press("o")
        assert screen.heatmap.has_focus
        assert "4/20" in screen.line("UD 0 ")


async def test_comma_sorts_and_w_zooms_and_a_filter_hides_rows() -> None:
    services = run_services()
    run = services.run_control.followers["web-vmss-7f3a"]
    ids = run.folder.manifest.plan.batches[1].instance_ids
    run.add(ev.InstancesFailed(instance_ids=ids[3:4], message="VMExtensionProvisioningError: x"))
    async with run_dashboard(services) as screen:
        pane = await open_timeline(screen)
        await screen.press("comma")
        assert pane.tracks.rows[0].instance_ids == ids[3:4]
        assert screen.board.cursor == ids[3]
        assert "batch 2" in screen.line("VMExtensionProvisioningError: x")
        await screen.press("comma")
        assert "sort (longest first)" in screen.text
        await screen.press("comma")
        before, count = screen.line("╷"), len(pane.tracks.rows)
        await screen.press("w")
        assert screen.line("╷") != before
        await screen.press("w", "w")
        assert screen.line("╷") == before
        await screen.press("slash", *"ud:1", "enter")
        assert 0 < len(pane.tracks.rows) < count


async def test_a_halted_run_shows_the_failure_and_its_reason_at_the_right() -> None:
    async with run_dashboard(halted_services(), size=(200, 60)) as screen:
        await open_timeline(screen)
        assert "OSProvisioningTimedOut" in screen.line("✖    20")
        assert "halted" in screen.text
        await screen.press("g")
        assert "instance 20: OSProvisioningTimedOut" in screen.line("1 instance in 1 batch")
        assert "now " not in screen.text


async def test_without_a_run_on_screen_the_last_one_is_shown_in_any_size() -> None:
    services = run_services()
    run = services.run_control.followers["web-vmss-7f3a"]
    run.add(ev.Completed(upgraded=77, failed=0, gone=0, skipped=0))
    services.run_control.live_run = None
    async with run_dashboard(services, size=(200, 60)) as screen:
        assert screen.screen.context.run is None
        await open_timeline(screen)
        assert "Timeline of run web-vmss-7f3a" in screen.text
        assert "on average" in screen.text
        for width, height in ((80, 24), (60, 14), (40, 10)):
            await screen.pilot.resize_terminal(width, height)
            await screen.rest()
            assert "Batch 2" in screen.text
            assert all(len(line) <= width for line in screen.text.split("\n"))


async def test_without_any_run_the_view_says_what_it_will_show() -> None:
    async with run_dashboard(FakeServices(web())) as screen:
        await open_timeline(screen)
        assert "No run on this scale set yet" in screen.text
        await screen.press("j", "w", "comma")
        assert "No run on this scale set yet" in screen.text


async def test_without_unicode_the_bars_are_of_ascii_characters() -> None:
    appearance = Appearance(theme="vmss-mono", glyphs=Glyphs.ASCII)
    services = run_services()
    services.run_control.followers["web-vmss-7f3a"].add(ev.BatchAccepted(number=2))
    services.run_control.followers["web-vmss-7f3a"].seconds_since_record[0] = 60.0
    async with run_dashboard(services, appearance=appearance) as screen:
        pane = await open_timeline(screen)
        lines = screen.text.split("\n")[pane.region.y : pane.region.bottom]
        assert all(line.isascii() for line in lines), lines
        assert ".~~~~" in screen.text


async def test_at_rest_nothing_is_sent_and_later_the_line_of_now_moves_in_every_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = run_services()
    run = services.run_control.followers["web-vmss-7f3a"]
    async with run_dashboard(services) as screen:
        pane = await open_timeline(screen)
        refreshed: list[Region] = []
        refresh = pane.tracks.refresh

        def record(*regions: Region, **options: bool) -> TrackView:
            refreshed.extend(regions)
            return refresh(*regions, **options)

        monkeypatch.setattr(pane.tracks, "refresh", record)
        pane.draw()
        assert refreshed == []
        column = pane.tracks.scene.now_column
        run.seconds_since_record[0] += 30.0
        await screen.wait_until(lambda: pane.tracks.scene.now_column > column)
        assert refreshed
        await screen.rest()
        column = pane.tracks.region.x + pane.tracks.scene.now_column
        waiting = [line for line in screen.text.split("\n") if line.startswith("│   ·")]
        assert len(waiting) > 3
        assert {line[column] for line in waiting} == {"│"}
