"""The list of scale sets: rows, counts, order, filter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from rich.text import Text

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, scale_set, web
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import run_services, three_set_services
from vmss_tui.fleet.scale_set import ProvisioningState, ScaleSet
from vmss_tui.gateway import Refused
from vmss_tui.ui.screens.base_table import TableScreen


async def test_the_list_shows_every_scale_set_and_enter_opens_one() -> None:
    services = FakeServices()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    async with run_dashboard(services, list_first=True) as screen:
        assert "2 scale sets" in screen.text
        assert "12" in screen.line("api-vmss")
        await screen.press("j", "enter")
        assert "20 of 100 current" in screen.text
        await screen.press("q")
        assert "2 scale sets" in screen.text
        await screen.press("q")
        assert screen.app.return_value == 0


async def test_the_list_counts_stale_instances_of_what_is_in_sight_and_each_once() -> None:
    services = three_set_services()
    async with run_dashboard(services, list_first=True) as screen:
        assert "80 ━───────" in screen.line("api-vmss")
        assert sorted(services.queries.observed_names) == ["api-vmss", "lab-vmss", "web-vmss"]


async def test_a_set_that_cannot_be_counted_has_a_dash_and_the_others_their_counts() -> None:
    services = three_set_services()
    services.queries.unreadable = {"web-vmss"}
    async with run_dashboard(services, list_first=True) as screen:
        assert " – " in screen.line("web-vmss")
        assert "━──" in screen.line("api-vmss")


async def test_the_list_says_which_set_has_itself_failed() -> None:
    services = FakeServices()
    failed = scale_set("api-vmss", 12, provisioning=ProvisioningState.FAILED)
    services.queries.scale_sets = (failed, services.snapshot.scale_set)
    async with run_dashboard(services, (160, 24), list_first=True) as screen:
        assert "Failed" in screen.line("api-vmss")
        assert "Failed" not in screen.line("web-vmss")
        assert " state " in screen.text


async def test_an_old_count_says_of_when_it_is() -> None:
    later = NOON + timedelta(minutes=5)
    async with run_dashboard(three_set_services(), list_first=True, now=later) as screen:
        assert "80 at 12:04" in screen.line("api-vmss")
        assert "──" not in screen.line("api-vmss")


async def test_the_list_says_when_a_set_last_changed_or_that_azure_is_at_work_on_it() -> None:
    async with run_dashboard(FakeServices(web(odd=False)), (160, 24), list_first=True) as screen:
        assert "changed" in screen.text
        assert "14 Nov 11:04" in screen.line("web-vmss")  # an hour ago, the newest of a hundred
    moving = web(odd=False)
    first = structs.replace(
        moving.instances[0], provisioning=ProvisioningState.UPDATING, changed_at=None
    )
    moving = replace(moving, instances=(first, *moving.instances[1:]))
    async with run_dashboard(FakeServices(moving), (160, 24), list_first=True) as screen:
        assert "at work" in screen.line("web-vmss")
    services = three_set_services()
    services.queries.unreadable = {"web-vmss"}
    async with run_dashboard(services, (160, 24), list_first=True) as screen:
        assert "Nov" not in screen.line("web-vmss")
        assert "Nov" in screen.line("api-vmss")


async def test_several_subscriptions_have_a_column_and_are_in_its_order() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        sets = [line.split()[:2] for line in screen.text.split("\n") if "-vmss" in line]
        assert sets == [
            ["Contoso-Prod", "api-vmss"],
            ["Contoso-Prod", "web-vmss"],
            ["Contoso-Test", "lab-vmss"],
        ]
    async with run_dashboard(list_first=True) as screen:
        assert "Contoso" not in screen.text


async def test_slash_on_the_list_filters_by_names_and_escape_shows_all_again() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        await screen.press("slash")
        await screen.type_text("test !api")
        assert "1 of 3 scale sets" in screen.text
        assert "lab-vmss" in screen.text
        assert "web-vmss" not in screen.text
        await screen.press("enter", "escape")
        assert "3 scale sets" in screen.text
        assert "web-vmss" in screen.text


async def test_a_live_run_shows_its_phase_and_how_far_it_is_on_the_list() -> None:
    services = run_services()
    services.queries.scale_sets = (scale_set("api-vmss", 12), services.snapshot.scale_set)
    async with run_dashboard(services, list_first=True) as screen:
        assert "Upgrading 16/77" in screen.line("web-vmss")
        assert "Rolling" not in screen.line("api-vmss")


@pytest.mark.parametrize("width", [80, 120])
async def test_columns_give_way_but_never_the_counts_and_the_run(width: int) -> None:
    services = run_services()
    async with run_dashboard(services, size=(width, 24), list_first=True) as screen:
        row = screen.line("web-vmss")
        assert "80 ━" in row
        assert "Upgrading" in row
        assert ("eastus" in row) is (width == 120)


async def test_rows_that_are_drawn_at_once_are_not_cut() -> None:
    async with run_dashboard(three_set_services(), list_first=True) as screen:
        table = screen.app.screen
        assert isinstance(table, TableScreen)
        table.set_columns(["name"])
        table.set_rows({"one": [Text("a name that is longer than its column's title")]})
        assert screen.line("a name that is longer than its column's title"), "not at rest yet"


async def test_a_list_that_cannot_be_read_says_why() -> None:
    services = FakeServices()

    def refuse() -> tuple[()]:
        raise Refused("ops may not read subscription 5ca1ab1e")

    services.queries.list_scale_sets = refuse  # type: ignore[method-assign]
    async with run_dashboard(services, list_first=True) as screen:
        assert "ops may not read subscription 5ca1ab1e" in screen.text


async def test_a_list_that_could_not_be_read_is_read_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vmss_tui.ui.screens.scale_set_list._RETRY_INTERVAL", 0.2)
    services = FakeServices()
    answers = [Refused("the network is down")]

    def listed() -> Sequence[ScaleSet]:
        if answers:
            raise answers.pop()
        return services.queries.scale_sets

    services.queries.list_scale_sets = listed  # type: ignore[method-assign]
    async with run_dashboard(services, list_first=True) as screen:
        for _ in range(50):
            if "1 scale set" in screen.text:
                break
            await screen.pilot.pause(0.1)
        assert "web-vmss" in screen.text
        assert "the network is down" not in screen.text


async def test_a_subscription_that_cannot_be_listed_has_a_line_above_the_others() -> None:
    services = FakeServices()
    services.queries.unlisted = ("subscription new (5ca1ab1e) cannot be listed: not registered",)
    async with run_dashboard(services, list_first=True) as screen:
        assert "web-vmss" in screen.text
        assert "subscription new (5ca1ab1e) cannot be listed: not registered" in screen.text
