"""The request of the list of scale sets: refused, repeated, or answered in part."""

from collections.abc import Sequence

import pytest

from tests.support.fake_session import FakeServices
from tests.support.pilot import run_dashboard
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import Refused


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
        await screen.wait_until(lambda: "web-vmss" in screen.text)
        await screen.wait_until(lambda: "the network is down" not in screen.text)
        assert answers == []


async def test_a_subscription_that_cannot_be_listed_has_a_line_above_the_others() -> None:
    services = FakeServices()
    services.queries.unlisted = ("subscription new (5ca1ab1e) cannot be listed: not registered",)
    async with run_dashboard(services, list_first=True) as screen:
        assert "web-vmss" in screen.text
        assert "subscription new (5ca1ab1e) cannot be listed: not registered" in screen.text
        notice = screen.app.screen.query_one("#notice")
        services.queries.unlisted = ("subscription new cannot be listed: " + "refused " * 60,)
        await screen.press("r")
        assert notice.size.height == 2, "more would hide rows"
        assert "…" in screen.text
