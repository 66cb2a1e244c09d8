"""The list of scale sets: rows, counts, order, filter, selection, totals."""

from dataclasses import replace
from datetime import timedelta
from time import process_time
from typing import Any

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, SUBSCRIPTION, scale_set, web
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import run_services, three_set_services
from vmss_tui.fleet.estate.row import InstanceCount
from vmss_tui.fleet.scale_set import PolicyMode, ProvisioningState
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen


def names(screen: DashboardPilot) -> list[str]:
    """The names of the scale sets in the rows, top to bottom."""
    table = screen.app.screen
    assert isinstance(table, ScaleSetListScreen)
    return [key.rpartition("/")[2] for key in table.table.keys]


def two_set_services() -> FakeServices:
    """The usual scale set, and a smaller one."""
    services = FakeServices()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    return services


async def test_the_list_shows_every_scale_set_and_enter_opens_one() -> None:
    async with run_dashboard(two_set_services(), list_first=True) as screen:
        assert "2 scale sets" in screen.text
        assert "12" in screen.line("api-vmss")
        await screen.press("j", "enter")
        assert "UD 0" in screen.text
        await screen.press("q")
        assert "2 scale sets" in screen.text
        await screen.press("q")
        assert screen.app.return_value == 0


async def test_a_lone_scale_set_opens_at_once_and_q_goes_to_the_list() -> None:
    async with run_dashboard(list_first=True) as screen:
        assert "UD 0" in screen.text
        await screen.press("q")
        assert "1 scale set" in screen.text
        assert screen.app.return_value is None
        await screen.press("r")
        assert "UD 0" not in screen.text


async def test_what_is_counted_is_in_the_row_the_totals_and_the_bar() -> None:
    services = three_set_services()
    services.queries.unreadable = {"web-vmss"}
    async with run_dashboard(services, list_first=True) as screen:
        assert sorted(services.queries.observed_names) == ["api-vmss", "lab-vmss", "web-vmss"]
        row = screen.line("api-vmss")
        assert "77 ✖1" in row
        assert "eastus" in row
        assert "Manual" in row
        assert "1 newer" in row
        unread = screen.line("web-vmss")
        assert "cannot read" in unread
        assert "✖" not in unread
        totals = screen.line("3 scale sets   ")
        assert "1 region" in totals
        assert "3 Manual" in totals
        assert "300" in totals
        assert "154+ ✖2" in totals  # one of three could not be read
        assert "3 behind" in totals
        assert "1 not read yet" in screen.text
        await screen.press("G")
        assert "Web-vmss may not be read" in screen.text


async def test_a_set_that_has_itself_failed_says_so_beside_its_name() -> None:
    services = FakeServices()
    failed = scale_set("api-vmss", 12, provisioning=ProvisioningState.FAILED)
    services.queries.scale_sets = (failed, services.snapshot.scale_set)
    async with run_dashboard(services, list_first=True) as screen:
        assert "api-vmss Failed" in screen.text
        assert "Failed" not in screen.line("web-vmss")


async def test_an_old_count_says_of_when_it_is() -> None:
    later = NOON + timedelta(minutes=5)
    async with run_dashboard(three_set_services(), list_first=True, now=later) as screen:
        assert "at 12:04" in screen.line("api-vmss")
        assert "77" in screen.line("api-vmss")
        assert "▆" not in screen.line("api-vmss")


async def test_the_last_change_is_a_column_of_wide_terminals_that_knows_when_azure_works() -> None:
    services = two_set_services()
    first = structs.replace(
        web(odd=False).instances[0], provisioning=ProvisioningState.UPDATING, changed_at=None
    )
    async with run_dashboard(services, (200, 30), list_first=True) as screen:
        assert "14 Nov 12:03" in screen.line("web-vmss") or "14 Nov 11:04" in screen.text
        assert "Orchestration" in screen.text
        moving = web(odd=False)
        services.snapshot = replace(moving, instances=(first, *moving.instances[1:]))
        await screen.press("r")
        assert "in progress" in screen.line("web-vmss")


async def test_columns_depend_on_the_width_alone() -> None:
    services = three_set_services()
    async with run_dashboard(services, (80, 24), list_first=True) as screen:
        heading = screen.line("Upgrade policy")
        assert "Outdated" in heading
        assert "Newer" in heading
        assert "Region" not in heading
        await screen.press("slash")
        await screen.type_text("zzz")
        assert screen.line("Upgrade policy") == heading
        assert "No scale set matches the filter" in screen.text
    async with run_dashboard(services, (200, 50), list_first=True) as screen:
        assert "Contoso-Test" in screen.line("lab-vmss")
        assert "Contoso-Prod" in screen.line("api-vmss")


async def test_the_groups_name_is_spelled_as_the_set_spells_it() -> None:
    services = FakeServices()
    listed = replace(services.snapshot.scale_set, id=ScaleSetId(SUBSCRIPTION, "WEB-RG", "web-vmss"))
    services.queries.scale_sets = (listed, scale_set("api-vmss", 12))
    async with run_dashboard(services, list_first=True) as screen:
        assert "web-rg" in screen.line("web-vmss")
        assert "WEB-RG" not in screen.text


async def test_rows_are_sorted_by_any_column_in_either_direction() -> None:
    services = two_set_services()
    services.queries.scale_sets = (*services.queries.scale_sets, scale_set("lab-vmss", 5))
    async with run_dashboard(services, list_first=True) as screen:
        assert names(screen) == ["api-vmss", "lab-vmss", "web-vmss"]
        assert "Name▲" in screen.text
        await screen.press("semicolon")
        assert "Name▼" in screen.text
        assert names(screen) == ["web-vmss", "lab-vmss", "api-vmss"]
        await screen.press("comma", "comma", "comma", "comma")
        assert "Capacity▼" in screen.text
        assert names(screen) == ["web-vmss", "api-vmss", "lab-vmss"]
        for key, heading in (("O", "Outdated▼"), ("L", "Latest model▼"), ("W", "Newer▼")):
            await screen.press(key)
            assert heading in screen.text
        await screen.press("N", "N")
        assert "Name▼" in screen.text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("test !api", ["lab-vmss"]),
        ("!behind", []),
        ("problem behind image:22.04 tag:role=web", ["web-vmss"]),
        ("!live region:west policy:manual group:LAB", ["lab-vmss"]),
    ],
)
async def test_the_filter_takes_words_and_escape_shows_all_again(
    typed: str, shown: list[str]
) -> None:
    services = three_set_services()
    changes: dict[str, dict[str, Any]] = {
        "web-vmss": {"tags": (("role", "web"),)},
        "lab-vmss": {"location": "westus3"},
    }
    services.queries.scale_sets = tuple(
        replace(listed, **changes.get(listed.name, {})) for listed in services.queries.scale_sets
    )
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("slash")
        await screen.type_text(typed)
        assert sorted(names(screen)) == shown
        assert f"{len(shown)} of 3 scale sets" in screen.text
        await screen.press("enter", "escape")
        assert len(names(screen)) == 3


async def test_a_word_that_is_no_filter_says_which_ones_there_are() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press("slash")
        await screen.type_text("regio:x")
        assert "no filter 'regio': use behind, problem, live" in screen.text
        assert len(names(screen)) == 3


async def test_selected_sets_are_summed_and_those_that_a_run_refuses_are_said() -> None:
    services = three_set_services()
    services.queries.scale_sets = (
        *services.queries.scale_sets,
        scale_set("zoo-vmss", 7, policy_mode=PolicyMode.ROLLING),
    )
    async with run_dashboard(services, list_first=True) as screen:
        await screen.press("space", "space")
        assert "✓" in screen.line("api-vmss")
        assert "2 selected, 154 outdated" in screen.text
        await screen.press("a")
        assert "4 selected, 308 outdated, 1 not Manual" in screen.text
        await screen.press("slash")
        await screen.type_text("lab")
        await screen.press("enter")
        assert "3 hidden by the filter" in screen.text
        await screen.press("escape", "backslash")
        assert "selected" not in screen.text.partition("space select")[0]
        await screen.press("slash")
        await screen.type_text("zoo")
        assert "Rolling upgrade policy: a run would be refused" in screen.text


async def test_several_selected_sets_are_what_the_brackets_walk_through() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press("space", "j", "space", "g", "enter")
        opened = []
        for _ in range(3):
            opened.append(screen.scale_set.name)
            await screen.press("right_square_bracket")
        assert len(set(opened)) == 2
        assert opened[0] == opened[2]


async def test_a_live_run_shows_how_far_it_is_on_the_list_and_its_phase_where_there_is_room() -> (
    None
):
    services = run_services()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    async with run_dashboard(services, list_first=True) as screen:
        assert "▶ 16/77" in screen.line("web-vmss")
        assert "▶" not in screen.line("api-vmss")
        await screen.press("slash")
        await screen.type_text("live")
        assert names(screen) == ["web-vmss"]


async def test_three_hundred_sets_are_sorted_and_filtered_within_fifty_milliseconds() -> None:
    services = FakeServices()
    services.queries.scale_sets = tuple(scale_set(f"s{n:03}-vmss", n) for n in range(300))
    services.queries.unreadable = {listed.name for listed in services.queries.scale_sets}
    async with run_dashboard(services, list_first=True) as screen:
        shown = screen.app.screen
        assert isinstance(shown, ScaleSetListScreen)
        seconds = []
        for column in ("outdated", "name", "capacity", "image"):
            began = process_time()
            shown.sort_by(column)
            seconds.append(process_time() - began)
        began = process_time()
        shown.filter_text = "behind !s0"
        shown.update_rows()
        seconds.append(process_time() - began)
        assert max(seconds) < 0.05
        assert len(services.queries.observed_names) <= 30  # the burst of Azure's budget


async def test_the_versions_in_use_say_where_each_runs_and_one_becomes_the_filter() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press("i")
        assert "Image versions in use" in screen.text
        assert "a  22.04.202510010  " in screen.text
        assert "enter or letter: show its scale sets" in screen.text
        await screen.press("a")
        assert "running=22.04.202510010" in screen.text
        assert len(names(screen)) == 3
        await screen.press("escape", "slash")
        await screen.type_text("running:22.04.1")
        assert names(screen) == []


async def test_an_indexed_row_is_only_shown_and_what_is_opened_is_read() -> None:
    services = FakeServices()
    planted = replace(scale_set("web-vmss", 7), etag=None, raw={}, model_digest="")
    old = InstanceCount("22.04.202509110", StateGroup.OUTDATED, 7)
    services.estate.reading = EstateReading(
        (scale_set("api-vmss", 12), planted),
        notes=("instances of Flexible scale sets are not counted: no table",),
        indexed_at=NOON,
        counts={planted.id.key: (old,)},
    )
    async with run_dashboard(services, list_first=True) as screen:
        assert "indexed 12:04  up to a minute old" in screen.text
        assert "are not counted: no table" in screen.text
        assert services.queries.observed_names == ["api-vmss"]  # the index does not count it
        assert "7" in screen.line("web-vmss")
        assert "1 newer" in screen.line("web-vmss")
        await screen.press("G", "enter")
        assert screen.scale_set.name == "web-vmss"
        assert "20 per row" in screen.text or "UD 0" in screen.text
        await screen.press("C")
        assert "Instance count (capacity)  100" in screen.text
        await screen.press("escape")
        assert services.model_writer.changes == []
