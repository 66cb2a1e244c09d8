"""The keys of the scale-set screen, as a manual: press a key, see the result."""

import re
from dataclasses import replace

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import scale_set, thousand, web
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import run_services, three_set_services
from vmss_tui.ui.forms.run_setup import RunSetupScreen
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection

NINE = tuple(f"s{number}-vmss" for number in range(1, 10))


def zonal() -> FakeServices:
    """Services with thirty instances in three zones."""
    snapshot = web(30, odd=False)
    instances = tuple(
        structs.replace(instance, zone=str(number % 3 + 1))
        for number, instance in enumerate(snapshot.instances)
    )
    return FakeServices(replace(snapshot, instances=instances))


def cursor_id(screen: DashboardPilot) -> str:
    """The id of the cursor's instance."""
    return screen.board.cursor or ""


async def test_arrows_and_letters_go_along_the_line_and_from_line_to_line_and_back() -> None:
    async with run_dashboard(FakeServices(web(diagonal=False))) as screen:
        before = cursor_id(screen)
        for right, left in (("l", "h"), ("right", "left")):
            await screen.press(right, right)
            assert cursor_id(screen) == screen.board.arrangement.order[2], right
            await screen.press(left, left)
            assert cursor_id(screen) == before, left
        positions = screen.board.arrangement.positions
        for down, up in (("j", "k"), ("down", "up")):
            await screen.press(down, down)
            (x, y), (x_before, y_before) = positions[cursor_id(screen)], positions[before]
            assert (x == x_before, y > y_before) == (True, True), down
            await screen.press(up, up)
            assert cursor_id(screen) == before, up


def cursor_domain(screen: DashboardPilot) -> int | None:
    """The number of the cursor's update domain."""
    return screen.board.full_grid.row_keys[cursor_id(screen)].number


async def test_keys_go_to_domains_ends_pages_and_panes_and_open_the_palette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suspended: list[bool] = []
    async with run_dashboard() as screen:
        for last, first in (("G", "g"), ("end", "home")):
            await screen.press(last)
            assert cursor_id(screen) == "99", last
            await screen.press(first)
            assert cursor_id(screen) == "0", first
        await screen.press("pagedown")
        assert cursor_domain(screen) == 4, "a page is as many lines as there are"
        await screen.press("pageup")
        assert cursor_domain(screen) == 0
        for down, up in (("J", "K"), ("}", "{")):
            await screen.press("g", down, down)
            assert (cursor_domain(screen), cursor_id(screen)) == (2, "2"), down
            await screen.press(up)
            assert cursor_domain(screen) == 1, up
        await screen.press("g", "u", "u")
        assert (len(screen.board.selected_ids), cursor_domain(screen)) == (40, 2)
        await screen.press("K", "u")
        assert (len(screen.board.selected_ids), cursor_domain(screen)) == (20, 1)
        await screen.press("backslash", "g", "tab", "j")
        assert cursor_id(screen) == "0", "j scrolls the detail"
        await screen.press("tab", "j")
        assert cursor_id(screen) != "0"
        await screen.press("r")
        assert screen.services.queries.watchers[-1].refresh_count == 1
        monkeypatch.setattr(
            type(screen.app), "action_suspend_process", lambda _app: suspended.append(True)
        )
        await screen.press("ctrl+z")
        assert suspended == [True]
        assert "UD 0" in screen.text
        for key in ("ctrl+p", "colon"):
            await screen.press(key)
            await screen.search_palette("rolling run")
            await screen.press("enter")
            assert isinstance(screen.app.screen, RunSetupScreen), key
            await screen.press("escape")


async def test_z_selects_the_zone_w_sets_the_size_of_cells_and_s_groups_rows() -> None:
    async with run_dashboard(zonal()) as screen:
        await screen.press("z")
        assert "10 selected" in screen.text
        await screen.press("w")
        assert "Density: 8x4" in screen.text
        assert screen.board.arrangement.cell_size == (8, 4)
        screen.clear_toasts()
        await screen.press("s")
        assert "FD 0" in screen.text
        assert "Group by: fault domain" in screen.text
        await screen.press("s")
        assert "zone 2" in screen.text
        assert "Group by: zone" in screen.text


async def test_the_left_bracket_goes_to_the_set_before() -> None:
    services = three_set_services()
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("j", "enter")
        assert screen.scale_set.name == "lab-vmss"
        await screen.press("left_square_bracket")
        assert screen.scale_set.name == "api-vmss"


def in_a_pause() -> FakeServices:
    """A live run with a pause of 300 s between batches, 48 s after its first batch has settled."""
    services = FakeServices()
    policy = Policy(pause_time_between_batches=300)
    plan = services.planner.plan(services.snapshot, Selection(), policy)
    run = services.run_control.begin("web-vmss-7f3a", plan)
    ids, row = plan.batches[0].instance_ids, plan.batches[0].row
    run.add(
        ev.BatchIntent(number=1, row=row, instance_ids=ids, client_request_id="a"),
        ev.BatchAccepted(number=1),
        ev.InstancesUpgraded(instance_ids=ids),
        ev.BatchSettled(number=1, upgraded=len(ids), failed=0, gone=0),
    )
    run.seconds_since_record[0] = 48.0
    return services


async def test_a_moved_key_is_named_where_the_pause_is() -> None:
    keys = {"end-wait": "9", "meaning": "8", "mark-range": "7"}
    async with run_dashboard(in_a_pause(), (80, 24), keys=keys) as screen:
        assert "(9 skip)" in screen.text
        await screen.press("8", "7")
        assert "8 color by" in screen.text  # on a narrow screen too, as it is not the default
        assert "7 ends the range" in screen.text


async def test_greater_than_ends_the_wait_between_two_batches() -> None:
    async with run_dashboard(in_a_pause(), size=(120, 35)) as screen:
        for width, height in ((120, 35), (80, 24)):
            await screen.resize(width, height)
            assert "Next batch in 4:12 (> skip)" in screen.text, width
            assert "> skip pause" in screen.text, width
        screen.services.run_control.followers["web-vmss-7f3a"].seconds_since_record[0] = 100.0
        await screen.rest()
        assert "Next batch in 3:20 (> skip)" in screen.text
        await screen.press("greater_than_sign")
        assert screen.services.run_control.intents == [("web-vmss-7f3a", ev.IntentKind.END_WAIT)]
        assert "Pause skipped: the next batch starts" in screen.text
    async with run_dashboard(run_services()) as screen:
        assert "> skip pause" not in screen.text
        await screen.press("greater_than_sign")
        assert screen.services.run_control.intents == []
        assert "The run is not in a pause between batches" in screen.text


async def test_a_number_goes_to_the_set_that_is_pinned_on_it_from_the_list_and_from_a_set() -> None:
    services = FakeServices()
    for name in NINE:
        services.pins.toggle(services.context, scale_set(name).id)
    async with run_dashboard(services, list_first=True, size=(80, 24)) as screen:
        for key in ("1", "2", "3", "4", "5", "6", "7", "8", "9"):
            await screen.press(key)
            assert screen.scale_set.name == f"s{key}-vmss", f"{key} from the list"
            await screen.press("escape")
            assert isinstance(screen.app.screen, ScaleSetListScreen)
        for key in ("5", "1", "9"):
            await screen.press(key)
            assert screen.scale_set.name == f"s{key}-vmss", f"{key} from a set"


async def test_the_action_menu_begins_with_what_the_selection_is_for() -> None:
    async with run_dashboard(size=(80, 40)) as screen:
        await screen.press("x")
        menu = screen.text[screen.text.index("Actions: UD 0") :]
        groups = ("Upgrade  ", "Power and protection", "Azure's own", "Data is lost")
        places = [menu.index(f"│ {heading}") for heading in groups]
        assert places == sorted(places)
        upgrade, restart, delete = (
            re.search(rf"│  {key}     {title} ", menu).start()  # type: ignore[union-attr]
            for key, title in (("U", "Upgrade"), ("B", "Restart"), ("D", "Delete"))
        )
        assert upgrade < menu.index("Edit model") < restart < delete


async def test_a_map_and_a_preview_of_a_thousand_instances_are_read_to_their_end() -> None:
    async with run_dashboard(FakeServices(thousand()), size=(110, 34)) as screen:
        first, last = "Placement group 1 ", "Placement group 10 "
        assert (first in screen.text, last in screen.text) == (True, False)
        await screen.press("end")
        assert cursor_id(screen) == "999"
        assert (first in screen.text, last in screen.text) == (False, True)
        await screen.press("up")
        assert cursor_id(screen) not in {"", "999"}
        await screen.press("R")
        preview = screen.app.screen.query_one(Heatmap)
        assert preview.max_scroll_y > 0
        assert (first in screen.text, last in screen.text) == (True, False)
        await screen.press(*["pagedown"] * 40)
        assert preview.scroll_y == preview.max_scroll_y
        assert (first in screen.text, last in screen.text) == (False, True)
