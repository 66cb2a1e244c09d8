"""The hint of the demo: every scenario has a title and a line of keys to try."""

import re
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.support.fake_session import FakeServices
from tests.support.fleets import CONTEXT
from tests.support.pilot import run_dashboard
from tests.support.session_scenes import run_services
from vmss_tui.demo import DemoWorld, demo_welcome
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.ui.commands.bindings import COMMANDS, command_keys

KEYS = {key for command in COMMANDS for key in command_keys(command)} | {"enter", "/", "[", "]"}


def in_demo(scenario: str = "web-100") -> FakeServices:
    """Services of a demo."""
    services = FakeServices()
    services.welcome = demo_welcome(DemoWorld(scenario))
    cast(Any, services._gateway).context = replace(CONTEXT, demo=True)
    return services


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_every_story_has_a_title_and_a_hint_that_names_keys_there_are(name: str) -> None:
    title, hint = demo_welcome(DemoWorld(name))
    assert len(title) > 20
    assert 20 < len(hint) <= 72, "with what stands around it, one line of 80 columns"
    named = {word for word in re.findall(r"[^\s,;:]+", hint) if len(word) == 1} - {"a"}
    assert named
    assert named <= KEYS


@pytest.mark.parametrize("list_first", [True, False])
async def test_the_demo_opens_with_one_line_of_what_to_try_and_esc_hides_it(
    list_first: bool,
) -> None:
    async with run_dashboard(in_demo(), (80, 24), list_first=list_first) as screen:
        assert "try  u selects the domain under the cursor, U upgrades it" in screen.text
        if list_first:
            await screen.press("q")
            assert "try  enter opens the scale set" in screen.text
        await screen.press("escape")
        assert "try  " not in screen.text
        if list_first:
            await screen.press("enter")
            assert "try  " not in screen.text


async def test_esc_takes_a_filter_off_before_it_hides_the_hint() -> None:
    async with run_dashboard(in_demo(), (80, 24)) as screen:
        await screen.press("slash")
        await screen.type_text("ud:2")
        await screen.press("enter", "escape")
        assert "UD 0" in screen.text
        assert "try  u selects" in screen.text


async def test_while_a_run_is_live_the_line_and_the_foot_name_what_may_be_done_now() -> None:
    services = run_services()
    services.welcome = in_demo().welcome
    async with run_dashboard(services, (80, 24)) as screen:
        assert "try  p pauses and resumes the run, e shows its events" in screen.text
        foot = screen.line("? help")
        assert "p pause/resume │ enter instance  o view  n next problem │ x actions" in foot
        assert "U upgrade" not in foot
        assert "p pause  A abort  e event log" in screen.text


async def test_where_there_is_room_the_storys_title_stands_beside_it() -> None:
    async with run_dashboard(in_demo(), (200, 60)) as screen:
        assert "A hundred web servers in five update domains" in screen.text


async def test_outside_the_demo_there_is_no_tour() -> None:
    async with run_dashboard() as screen:
        assert "try  " not in screen.text


def test_a_world_of_another_make_has_no_hint() -> None:
    assert demo_welcome(DemoWorld("no-such-story")) == ("", "")
