"""A connection that fails, and the next attempt."""

from datetime import UTC

import pytest

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON
from tests.support.pilot import DashboardPilot
from vmss_tui.gateway import NotSignedIn, Unreachable
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.drawing.glyphs import Appearance


async def test_a_failed_connection_shows_the_error_and_exits_with_1() -> None:
    def connect() -> FakeServices:
        raise NotSignedIn("run az login first")

    app = VmssApp(connect)
    async with app.run_test() as pilot:
        screen = DashboardPilot(app, FakeServices(), pilot)
        await screen.rest()
        assert "run az login first" in screen.text
        await screen.press("q")
    assert app.return_value == 1


async def test_a_first_connection_that_fails_is_tried_again_until_it_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(VmssApp, "retry_interval", 0.01)
    services, refused = FakeServices(), ["Azure cannot be reached: no route to host"] * 2

    def connect() -> FakeServices:
        if refused:
            raise Unreachable(refused.pop())
        return services

    app = VmssApp(
        connect, services.snapshot.scale_set.id, appearance=Appearance(zone=UTC), now=lambda: NOON
    )
    async with app.run_test(size=(120, 36)) as pilot:
        at_rest = DashboardPilot(app, services, pilot)
        while len(app.screen_stack) == 1:
            await pilot.pause()
        await at_rest.rest()
        assert not refused
        assert "UD 0" in at_rest.text
        await at_rest.press("q")
    assert app.return_code == 0
