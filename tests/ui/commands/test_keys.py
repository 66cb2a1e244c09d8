"""The keys, pane by pane, as a manual: press this, be there."""

import pytest
from textual.widgets import Input

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import scale_set, thousand, web
from tests.support.pilot import Settled, settled
from tests.ui.screens.test_dashboard import fleet, with_run
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.run_folder import RunSummary
from vmss_tui.ui.dialogs.run_setup import RunSetupScreen
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.screens.run_list import RunListScreen
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

NINE = tuple(f"s{number}-vmss" for number in range(1, 10))


def zonal() -> FakeCockpit:
    """Thirty instances over three zones."""
    from dataclasses import replace

    from msgspec import structs

    found = web(30, odd=False)
    zoned = tuple(
        structs.replace(one, zone=str(number % 3 + 1)) for number, one in enumerate(found.instances)
    )
    return FakeCockpit(replace(found, instances=zoned))


def with_runs(count: int = 40) -> FakeCockpit:
    """A cockpit whose machine has seen runs."""
    cockpit = FakeCockpit()
    at: ScaleSetId = cockpit.snapshot.scale_set.id
    cockpit.run_control.listed = [
        RunSummary(
            name=f"web-vmss-{number:04x}", scale_set=at, phase=Phase.COMPLETED, reason="",
            message="", live=False, settled=20, total=20, started_at="2025-11-14T11:55:31+00:00",
            demo=False, damage="",
        )
        for number in range(count)
    ]  # fmt: skip
    return cockpit


def at(screen: Settled) -> str:
    """The cursor's instance."""
    return screen.board.cursor or ""


def row(screen: Settled) -> str:
    """The key of the table's cursor row."""
    shown = screen.app.screen
    return str(getattr(shown, "row_key", ""))


# On the heatmap


@pytest.mark.parametrize(("right", "left"), [("l", "h"), ("right", "left")])
async def test_right_and_left_go_along_the_line_and_back(right: str, left: str) -> None:
    async with settled(FakeCockpit(web(diagonal=False))) as screen:
        await screen.press(right, right)
        assert at(screen) == "5"
        await screen.press(left)
        assert at(screen) == "25"


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_down_and_up_go_from_row_to_row_and_back(down: str, up: str) -> None:
    async with settled(FakeCockpit(web(diagonal=False))) as screen:
        await screen.press(down, down)
        assert "UD 1" in screen.line("▌UD")
        await screen.press(up)
        assert "UD 0" in screen.line("▌UD")
        assert at(screen) == "50"


@pytest.mark.parametrize(("last", "first"), [("G", "g"), ("end", "home")])
async def test_last_and_first_go_to_the_ends(last: str, first: str) -> None:
    async with settled() as screen:
        await screen.press(last)
        assert at(screen) == "99"
        await screen.press(first)
        assert at(screen) == "0"


async def test_a_page_is_as_many_lines_as_there_are() -> None:
    async with settled() as screen:
        await screen.press("pagedown")
        assert "UD 4" in screen.line("▌UD")
        await screen.press("pageup")
        assert "UD 0" in screen.line("▌UD")


async def test_tab_goes_to_the_detail_where_j_scrolls_and_back() -> None:
    async with settled() as screen:
        await screen.press("tab", "j")
        assert at(screen) == "0"
        await screen.press("tab", "j")
        assert at(screen) != "0"


async def test_z_marks_the_zone_and_w_shows_the_ids() -> None:
    async with settled(zonal()) as screen:
        await screen.press("z")
        assert "10 marked" in screen.text
        await screen.press("w", "w")
        assert "Cells: wide" in screen.text
        assert "●0 " in screen.text


async def test_s_groups_rows_by_fault_domain_and_by_zone() -> None:
    async with settled(zonal()) as screen:
        await screen.press("s")
        assert "FD 0" in screen.text
        assert "Rows by fault domain" in screen.text
        await screen.press("s")
        assert "zone 2" in screen.text
        assert "Rows by zone" in screen.text


async def test_r_reads_again_now() -> None:
    async with settled() as screen:
        await screen.press("r")
        assert screen.cockpit.queries.watchers[-1].refreshed == 1


async def test_the_left_bracket_goes_to_the_set_before() -> None:
    cockpit = fleet()
    async with settled(cockpit, list_first=True) as screen:
        await screen.press("j", "enter")
        assert screen.scale_set.name == "web-vmss"
        await screen.press("left_square_bracket")
        assert screen.scale_set.name == "api-vmss"


def in_a_pause() -> FakeCockpit:
    """A live run that has 300 s between its batches, 48 s after its first has settled."""
    cockpit = FakeCockpit()
    policy = Policy(pause_time_between_batches=300)
    plan = cockpit.planner.plan(cockpit.snapshot, Selection(), policy)
    run = cockpit.run_control.begin("web-vmss-7f3a", plan)
    ids, row = plan.batches[0].instance_ids, plan.batches[0].row
    run.add(
        ev.BatchIntent(number=1, row=row, instance_ids=ids, client_request_id="a"),
        ev.BatchAccepted(number=1),
        ev.InstancesUpgraded(instance_ids=ids),
        ev.BatchSettled(number=1, upgraded=len(ids), failed=0, gone=0),
    )
    run.later[0] = 48.0
    return cockpit


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_greater_than_ends_the_wait_between_two_batches(size: tuple[int, int]) -> None:
    async with settled(in_a_pause(), size=size) as screen:
        assert "pause: next batch in 4:12, > ends it" in screen.text
        assert "> end this wait" in screen.text
        screen.cockpit.run_control.followers["web-vmss-7f3a"].later[0] = 100.0
        await screen.rest()
        assert "pause: next batch in 3:20, > ends it" in screen.text
        await screen.press("greater_than_sign")
        assert screen.cockpit.run_control.wishes == [("web-vmss-7f3a", ev.IntentKind.END_WAIT)]
        assert "The wait is over" in screen.text


async def test_greater_than_says_that_nothing_is_waited_for_while_a_batch_is_at_work() -> None:
    async with settled(with_run()) as screen:
        assert "> end" not in screen.text
        await screen.press("greater_than_sign")
        assert screen.cockpit.run_control.wishes == []
        assert "Nothing is waited for: no pause between batches is running" in screen.text


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6", "7", "8", "9"])
@pytest.mark.parametrize("list_first", [True, False])
async def test_a_number_goes_to_the_set_that_is_pinned_on_it(key: str, list_first: bool) -> None:
    cockpit = FakeCockpit()
    for name in NINE:
        cockpit.pins.toggle(cockpit.context, scale_set(name).id)
    # as from the list with settled(list_first=True), so from a set
    async with settled(cockpit, list_first=list_first) as screen:
        await screen.press(key)
        assert screen.scale_set.name == f"s{key}-vmss"


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
async def test_the_palette_opens_by_either_key(key: str) -> None:
    async with settled() as screen:
        await screen.press(key)
        await screen.write("rolling run")
        await screen.palette()
        await screen.press("enter")
        assert isinstance(screen.app.screen, RunSetupScreen)


async def test_ctrl_z_hands_the_terminal_back_to_the_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suspended: list[bool] = []
    async with settled() as screen:
        monkeypatch.setattr(
            type(screen.app), "action_suspend_process", lambda _app: suspended.append(True)
        )
        await screen.press("ctrl+z")
        assert suspended == [True]
        assert "UD 0" in screen.text


# On the list of scale sets: settled(list_first=True)


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_on_the_list_down_and_up_choose_a_set(down: str, up: str) -> None:
    async with settled(fleet(), list_first=True) as screen:
        await screen.press(down)
        assert row(screen).endswith("web-vmss")
        await screen.press(up)
        assert row(screen).endswith("api-vmss")


@pytest.mark.parametrize(("last", "first"), [("G", "g"), ("end", "home"), ("pagedown", "pageup")])
async def test_on_the_list_the_ends_are_a_key_away(last: str, first: str) -> None:
    async with settled(fleet(), list_first=True) as screen:
        await screen.press(last)
        assert row(screen).endswith("lab-vmss")
        await screen.press(first)
        assert row(screen).endswith("api-vmss")


async def test_on_the_list_r_asks_azure_again() -> None:
    cockpit = fleet()
    async with settled(cockpit, list_first=True) as screen:
        cockpit.queries.listed = cockpit.queries.listed[:1]
        await screen.press("r")
        assert "1 scale set" in screen.text
        assert "api-vmss" not in screen.text


async def test_on_the_list_b_shows_the_runs() -> None:
    async with settled(with_runs(), list_first=True) as screen:
        await screen.press("b")
        assert isinstance(screen.app.screen, RunListScreen)
        assert "web-vmss-0000" in screen.text


# On the list of runs


@pytest.mark.parametrize(("count", "said"), [(1, "1 run"), (2, "2 runs")])
async def test_the_runs_are_counted_in_words_that_fit_their_number(count: int, said: str) -> None:
    async with settled(with_runs(count)) as screen:
        await screen.press("b")
        assert screen.line("runs").rstrip().endswith(f" {said}")


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_among_the_runs_down_and_up_choose_one(down: str, up: str) -> None:
    async with settled(with_runs()) as screen:
        await screen.press("b", down, down)
        assert row(screen) == "web-vmss-0002"
        await screen.press(up)
        assert row(screen) == "web-vmss-0001"


@pytest.mark.parametrize(("last", "first"), [("G", "g"), ("end", "home")])
async def test_among_the_runs_the_ends_are_a_key_away(last: str, first: str) -> None:
    async with settled(with_runs()) as screen:
        await screen.press("b", last)
        assert row(screen) == "web-vmss-0027"
        await screen.press(first)
        assert row(screen) == "web-vmss-0000"


async def test_among_the_runs_a_page_is_a_screen() -> None:
    async with settled(with_runs(), (80, 24)) as screen:
        await screen.press("b", "pagedown")
        below = row(screen)
        assert below > "web-vmss-0005"
        await screen.press("pageup")
        assert row(screen) < below


async def test_r_reads_the_runs_again_and_enter_opens_one_on_its_set() -> None:
    cockpit = with_run()
    async with settled(cockpit) as screen:
        await screen.press("b")
        assert "No runs yet on this machine." in screen.text
        cockpit.run_control.listed = [
            RunSummary(
                name="web-vmss-7f3a", scale_set=cockpit.snapshot.scale_set.id,
                phase=Phase.ROLLING_FORWARD, reason="", message="", live=True, settled=16,
                total=77, started_at="2025-11-14T11:55:31+00:00", demo=False, damage="",
            )
        ]  # fmt: skip
        await screen.press("r")
        assert "RollingForward" in screen.line("web-vmss-7f3a")
        await screen.press("enter")
        assert "run web-vmss-7f3a" in screen.text
        assert "UD 0" in screen.text


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_from_the_runs_back_to_the_set_by_either_key(key: str) -> None:
    async with settled(with_runs()) as screen:
        await screen.press("b", key)
        assert "UD 0   4/20" in screen.text
        assert screen.app.return_value is None


# From one screen to what another knows


async def test_the_next_scale_set_is_the_next_of_those_that_the_list_shows() -> None:
    async with settled(fleet(), list_first=True) as screen:
        await screen.press("slash")
        await screen.write("!lab")
        await screen.press("enter", "enter")
        seen = []
        for _ in range(3):
            seen.append(screen.scale_set.name)
            await screen.press("right_square_bracket")
        assert seen == ["api-vmss", "web-vmss", "api-vmss"]


@pytest.mark.parametrize("key", ["U", "E", "e", "d", "C"])
async def test_a_key_of_a_scale_set_says_on_the_list_that_one_has_to_be_opened(key: str) -> None:
    async with settled(fleet(), list_first=True) as screen:
        await screen.press(key)
        assert "open a scale set first (enter)" in screen.text
        await screen.press("slash", key)
        assert screen.app.screen.query_one("#filter", Input).value == key


async def test_the_action_menu_begins_with_what_the_selection_is_for() -> None:
    async with settled(size=(80, 40)) as screen:
        await screen.press("x")
        places = [screen.text.index(f"{title}  (") for title in ("upgrade", "restart", "delete")]
        assert places == sorted(places)
        assert "edit model" not in screen.text[: places[-1]]


async def test_a_preview_of_a_thousand_instances_is_read_to_its_end() -> None:
    async with settled(FakeCockpit(thousand()), size=(80, 24)) as screen:
        await screen.press("R")
        first = screen.app.screen.query_one(Heatmap)
        assert first.max_scroll_y > 0
        await screen.press(*["pagedown"] * 40)
        assert first.scroll_y == first.max_scroll_y
