"""A read-only session: every command that writes is refused with the reason."""

import asyncio
from functools import cache

import pytest
from textual.screen import ModalScreen

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEWEST
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.session_scenes import halted_services, run_services
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.ui.commands.bindings import COMMANDS, Command, CommandScope

WRITING = [c for c in COMMANDS if c.writes and CommandScope.SCALE_SET in c.scopes]


def all_states() -> list[FakeServices]:
    """Without a run, with a live run, with a halted one: each command is available in one."""
    all_services = [FakeServices(), run_services(), halted_services(Edit(image_version=NEWEST))]
    for services in all_services:
        services.permission.read_only = True
    return all_services


@cache
def faults_by_command() -> dict[str, list[str]]:
    """Calls every writing command in every state, and returns what was wrong each time."""
    faults: dict[str, list[str]] = {command.id: [] for command in WRITING}

    async def call_all() -> None:
        for services in all_states():
            async with run_dashboard(services) as screen:
                for command in WRITING:
                    screen.app.clear_notifications()
                    await screen.rest()
                    faults[command.id] += await call(services, screen, command)

    async def call(services: FakeServices, screen: DashboardPilot, command: Command) -> list[str]:
        screen.screen.action_command(command.id)
        await screen.rest()
        messages = []
        if "this session is read-only" not in screen.text.lower():
            messages.append(f"no reason:\n{screen.text}")
        if isinstance(screen.app.screen, ModalScreen):
            messages.append(f"a dialog:\n{screen.text}")
            await screen.press("escape")
        runs = services.run_control
        if runs.started_plans or services.model_writer.changes or runs.intents:
            messages.append("a write")
        return messages

    asyncio.run(call_all())
    return faults


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command.id)
def test_every_writing_command_is_refused_in_read_only_and_opens_nothing(command: Command) -> None:
    assert faults_by_command()[command.id] == []
