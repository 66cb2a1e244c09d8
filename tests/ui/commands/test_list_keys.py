"""The keys of the list of scale sets and of the list of runs, as a manual."""

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.support.fake_session import FakeServices
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import run_services, three_set_services
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.run_records import RunSummary
from vmss_tui.ui.screens.run_list import RunListScreen
from vmss_tui.upgrade.run.run import Phase


def with_runs(count: int = 40) -> FakeServices:
    """Services of a machine that has recorded runs."""
    services = FakeServices()
    scale_set_id: ScaleSetId = services.snapshot.scale_set.id
    services.run_control.run_summaries = [
        RunSummary(
            name=f"web-vmss-{number:04x}", scale_set=scale_set_id, phase=Phase.COMPLETED, reason="",
            message="", is_live=False, settled=20, upgraded=20, total=20,
            started_at="2025-11-14T11:55:31+00:00", demo=False, damage="",
        )
        for number in range(count)
    ]  # fmt: skip
    return services


def row(screen: DashboardPilot) -> str:
    """The row key of the table's cursor."""
    screen_on_top = screen.app.screen
    return str(getattr(screen_on_top, "cursor_key", ""))


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_on_the_list_down_and_up_choose_a_set(down: str, up: str) -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press(down)
        assert row(screen).endswith("lab-vmss")
        await screen.press(up)
        assert row(screen).endswith("api-vmss")


@pytest.mark.parametrize(("last", "first"), [("G", "g"), ("end", "home"), ("pagedown", "pageup")])
async def test_on_the_list_the_ends_are_a_key_away(last: str, first: str) -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press(last)
        assert row(screen).endswith("web-vmss")
        await screen.press(first)
        assert row(screen).endswith("api-vmss")


async def test_on_the_list_r_asks_azure_again() -> None:
    services = three_set_services()
    async with run_dashboard(services, list_first=True) as screen:
        services.queries.scale_sets = services.queries.scale_sets[1:]
        await screen.press("r")
        assert "2 scale sets" in screen.text
        assert "lab-vmss" not in screen.text


@pytest.mark.parametrize(
    ("key", "heading"), [("O", "Outdated▼"), ("L", "Latest model▼"), ("W", "Newer▼")]
)
async def test_on_the_list_a_key_sorts_by_what_an_operator_looks_for(
    key: str, heading: str
) -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        assert "Name▲" in screen.text
        await screen.press(key)
        assert heading in screen.text


async def test_on_the_list_b_shows_the_runs() -> None:
    async with run_dashboard(with_runs(), list_first=True) as screen:
        await screen.press("q")
        await screen.press("b")
        assert isinstance(screen.app.screen, RunListScreen)
        assert "11:55 (9 min ago)" in screen.line("web-vmss-0000")
        await screen.resize(80, 24)
        line = screen.line("web-vmss-0000")
        assert line.split()[3:6] == ["11:55", "web-vmss-0000", "web-rg/web-vmss"]


@pytest.mark.parametrize(("count", "counted"), [(1, "1 run"), (2, "2 runs")])
async def test_the_runs_are_counted_in_words_that_fit_their_number(
    count: int, counted: str
) -> None:
    async with run_dashboard(with_runs(count)) as screen:
        await screen.press("b")
        assert screen.line("on this machine").rstrip().endswith(f" {counted}")


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_among_the_runs_down_and_up_choose_one(down: str, up: str) -> None:
    async with run_dashboard(with_runs()) as screen:
        await screen.press("b", down, down)
        assert row(screen) == "web-vmss-0002"
        await screen.press(up)
        assert row(screen) == "web-vmss-0001"


@pytest.mark.parametrize(("last", "first"), [("G", "g"), ("end", "home")])
async def test_among_the_runs_the_ends_are_a_key_away(last: str, first: str) -> None:
    async with run_dashboard(with_runs()) as screen:
        await screen.press("b", last)
        assert row(screen) == "web-vmss-0027"
        await screen.press(first)
        assert row(screen) == "web-vmss-0000"


async def test_among_the_runs_a_page_is_a_screen() -> None:
    async with run_dashboard(with_runs(), (80, 24)) as screen:
        await screen.press("b", "pagedown")
        last_row = row(screen)
        assert last_row > "web-vmss-0005"
        await screen.press("pageup")
        assert row(screen) < last_row


async def test_r_reads_the_runs_again_and_enter_opens_one_on_its_set() -> None:
    services = run_services()
    async with run_dashboard(services) as screen:
        await screen.press("b")
        assert "No runs on this machine yet" in screen.text
        services.run_control.run_summaries = [
            RunSummary(
                name="web-vmss-7f3a", scale_set=services.snapshot.scale_set.id,
                phase=Phase.ROLLING_FORWARD, reason="", message="", is_live=True, settled=16,
                upgraded=12, failed=4, total=77, started_at="2025-11-14T11:55:31+00:00",
                demo=False, damage="",
            )
        ]  # fmt: skip
        await screen.press("r")
        row_text = screen.line("web-vmss-7f3a")
        assert f"▶ {Phase.ROLLING_FORWARD.label}" in row_text
        assert "12/77" in row_text
        assert row_text.split().count("4") == 1
        assert "14 Nov 11:55 (9 min ago)" in row_text
        (summary,) = services.run_control.run_summaries
        services.run_control.run_summaries = [replace(summary, is_live=False)]
        await screen.press("r")
        assert "Worker not running" in screen.line("web-vmss-7f3a")
        await screen.press("enter")
        assert "Run web-vmss-7f3a" in screen.text
        assert "UD 0" in screen.text


async def test_the_runs_are_sorted_and_filtered_and_escape_shows_all_again() -> None:
    services = with_runs(3)
    summaries = list(services.run_control.run_summaries)
    summaries[1] = replace(
        summaries[1], phase=Phase.FAULTED, message="instance 20 failed", is_live=True,
        started_at="2025-11-08T11:55:31+00:00",
    )  # fmt: skip
    services.run_control.run_summaries = summaries
    async with run_dashboard(services) as screen:
        await screen.press("b")
        assert "Started▼" in screen.text
        assert "8 Nov 11:55 (6 d ago)" in screen.line("instance 20 failed")
        assert "1 halted" in screen.text
        await screen.press("semicolon", "g")
        assert row(screen) == "web-vmss-0001"
        await screen.press("N", "comma")
        assert "Scale set▲" in screen.text
        await screen.press("slash")
        await screen.type_text("halted live")
        assert "1 of 3 runs" in screen.text
        await screen.press("enter", "escape")
        assert "web-vmss-0002" in screen.text


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_from_the_runs_back_to_the_set_by_either_key(key: str) -> None:
    async with run_dashboard(with_runs()) as screen:
        await screen.press("b", key)
        assert "UD 0    4/20" in screen.text
        assert screen.app.return_value is None


async def test_the_next_scale_set_is_the_next_of_those_that_the_list_shows() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press("slash")
        await screen.type_text("!lab")
        await screen.press("enter", "enter")
        names = []
        for _ in range(3):
            names.append(screen.scale_set.name)
            await screen.press("right_square_bracket")
        assert names == ["api-vmss", "web-vmss", "api-vmss"]


@pytest.mark.parametrize("key", ["R", "E", "e", "d", "C"])
async def test_a_key_of_a_scale_set_says_on_the_list_that_one_has_to_be_opened(key: str) -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press(key)
        assert "open a scale set first (enter)" in screen.text
        await screen.press("slash", key)
        assert screen.app.screen.query_one("#filter", Input).value == key
