"""A read-only session: every command that writes is refused with the reason."""

import pytest
from textual.screen import ModalScreen

from tests.support.fake_session import FakeServices
from tests.support.fleets import NEWEST
from tests.support.pilot import run_dashboard
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


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command.id)
async def test_every_writing_command_is_refused_in_read_only_and_opens_nothing(
    command: Command,
) -> None:
    for services in all_states():
        async with run_dashboard(services) as screen:
            screen.screen.action_command(command.id)
            await screen.rest()
            assert "this session only looks (read-only)" in screen.text.lower()
            assert not isinstance(screen.app.screen, ModalScreen)
            assert (
                services.run_control.started_plans,
                services.model_writer.changes,
                services.run_control.intents,
            ) == ([], [], [])
