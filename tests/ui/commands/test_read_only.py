"""Read-only on the screen: every writing command is refused in words, whatever is pressed."""

import pytest
from textual.screen import ModalScreen

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import NEWEST
from tests.support.pilot import settled
from tests.ui.screens.test_dashboard import with_failures, with_run
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.ui.commands.bindings import COMMANDS, Command, CommandScope

WRITING = [c for c in COMMANDS if c.writes and CommandScope.SCALE_SET in c.scopes]


def worlds() -> list[FakeCockpit]:
    """At rest, with a live run, with a halted one: each command could write in one of them."""
    found = [FakeCockpit(), with_run(), with_failures(Edit(image_version=NEWEST))]
    for cockpit in found:
        cockpit.permission.read_only = True
    return found


@pytest.mark.parametrize("command", WRITING, ids=lambda command: command.id)
async def test_every_writing_command_is_refused_in_read_only_and_opens_nothing(
    command: Command,
) -> None:
    for cockpit in worlds():
        async with settled(cockpit) as screen:
            screen.screen.action_command(command.id)
            await screen.rest()
            assert "this session only looks (read-only)" in screen.text.lower()
            assert not isinstance(screen.app.screen, ModalScreen)
            assert (cockpit.run_control.started, cockpit.model_writer.saved, cockpit.run_control.wishes) == ([], [], [])
