"""How old the reading is, why there is no newer one, and what an empty reading shows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON, view, web
from tests.support.pilot import run_dashboard
from vmss_tui.gateway.failures import Condition
from vmss_tui.ui.text.reading_age import expires_at


async def test_a_question_over_an_old_reading_says_how_old_it_is() -> None:
    async with run_dashboard(size=(120, 35)) as screen:
        screen.app.session.now = lambda: NOON + timedelta(minutes=3)
        for keys in (("U",), ("R", "enter")):
            await screen.press(*keys)
            assert "data from 12:04:31, 3 min ago?" in screen.text
            assert "the data is old and may have changed" in screen.text
            await screen.press("escape", *(["escape"] if len(keys) > 1 else []))
        await screen.press("B", "c")
        assert "the data is old and may have changed" in screen.text
        await screen.press("escape")
        screen.app.session.now = lambda: NOON
        await screen.press("U")
        assert "data from" not in screen.text


async def test_an_old_reading_says_since_when() -> None:
    async with run_dashboard(now=NOON + timedelta(seconds=30)) as screen:
        assert "data from 12:04:31, not refreshed" in screen.text
        assert screen.heatmap.dimmed


async def test_a_fresh_reading_says_nothing_of_its_age() -> None:
    async with run_dashboard() as screen:
        assert "not refreshed" not in screen.text
        assert not screen.heatmap.dimmed


async def test_a_reading_grows_old_by_itself_and_a_newer_one_is_fresh_again() -> None:
    moment = [NOON]
    async with run_dashboard(now=lambda: moment[0]) as screen:
        latest = view(screen.services.snapshot)
        expires = expires_at(latest)
        assert expires is not None
        moment[0] = expires - timedelta(milliseconds=20)
        await screen.report(latest)
        dimmed = [screen.heatmap.dimmed]
        moment[0] = expires
        await screen.wait_until(lambda: "data from 12:04:31, not refreshed" in screen.text)
        dimmed.append(screen.heatmap.dimmed)
        await screen.report(view(replace(screen.services.snapshot, taken_at=expires)))
        dimmed.append(screen.heatmap.dimmed)
        assert dimmed == [False, True, False]
        assert "not refreshed" not in screen.text


async def test_the_next_try_is_counted_down_by_itself() -> None:
    moment = [NOON]
    async with run_dashboard(now=lambda: moment[0]) as screen:
        retry_at = NOON + timedelta(seconds=17)
        snapshot = screen.services.snapshot
        await screen.report(view(snapshot, condition=Condition.OFFLINE, retry_at=retry_at))
        assert "retry in 17 s" in screen.text
        moment[0] += timedelta(seconds=3)
        await screen.wait_until(lambda: "retry in 14 s" in screen.text)
        moment[0] = retry_at
        await screen.wait_until(lambda: "trying now" in screen.text)


@pytest.mark.parametrize("condition", [c for c in Condition if c not in ("fresh", "looking")])
async def test_the_condition_is_shown_with_its_countdown(condition: Condition) -> None:
    async with run_dashboard() as screen:
        latest = view(
            screen.services.snapshot,
            condition=condition,
            message="words of Azure",
            retry_at=NOON + timedelta(seconds=17),
        )
        await screen.report(latest)
        assert f"{condition}: words of Azure · retry in 17 s" in screen.text
        await screen.report(view(screen.services.snapshot))
        assert "words of Azure" not in screen.text


async def test_a_notice_of_one_line_comes_and_goes_without_moving_the_heatmap() -> None:
    async with run_dashboard(size=(80, 24)) as screen:
        region = screen.heatmap.region
        message = "Azure cannot be reached: connection refused (arm)"
        latest = view(screen.services.snapshot, condition=Condition.OFFLINE, message=message)
        await screen.report(latest)
        assert "offline: connection refused (arm)" in screen.text
        assert screen.heatmap.region == region
        await screen.report(view(screen.services.snapshot))
        assert "offline" not in screen.text
        assert screen.heatmap.region == region


async def test_an_empty_set_differs_from_one_that_was_not_read() -> None:
    async with run_dashboard(FakeServices(replace(web(), instances=()))) as screen:
        for key in ("U", "R"):
            await screen.press(key)
            assert "There is no instance to upgrade" in screen.text


async def test_a_grouping_that_no_instance_has_is_reported() -> None:
    snapshot = web()
    zoned = tuple(
        structs.replace(one, zone="1", update_domain=None, fault_domain=None)
        for one in snapshot.instances
    )
    async with run_dashboard(FakeServices(replace(snapshot, instances=zoned))) as screen:
        await screen.press("s")
        assert "Azure reports no fault domains here: grouped by zone" in screen.text
        assert "s group by zone" in screen.line("Instances")
        assert "U upgrade zone 1 (80 instances)" in screen.text
        await screen.press("s")
        assert "Group by: zone" in screen.text


async def test_before_the_first_reading_it_says_so_and_nothing_can_be_changed() -> None:
    services = FakeServices()
    services.first = view(None, condition=Condition.PENDING)
    async with run_dashboard(services) as screen:
        assert "reading …" in screen.text
        await screen.press("U")
        assert "The scale set has not been read yet" in screen.text
