"""Screens that run commands: keys arrive as ids, an obstacle may refuse in words.

A command `edit-model` is carried out by the screen's method `do_edit_model`.
"""

from pathlib import Path
from typing import ClassVar, Generic, TypeVar, cast

from textual.binding import BindingType

from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, CommandScope, moved_key_labels
from vmss_tui.ui.commands.keys import replace_keys_in_reason
from vmss_tui.ui.layers import Layer
from vmss_tui.ui.session import HasSession, Session

Result = TypeVar("Result")
SHEET = Path(__file__).parents[1] / "app.tcss"
"""What everything looks like. Read with the first screen that needs it, not with the app."""


class CommandScreen(Layer[Result], Generic[Result]):
    """A screen whose keys come from the registry; what is typed ahead waits for its widgets."""

    CSS_PATH = SHEET
    COMMAND_SCOPE: ClassVar[CommandScope]
    BINDINGS: ClassVar[list[BindingType]] = []

    @property
    def session(self) -> Session:
        """The cockpit and the looks that all screens share."""
        return cast(HasSession, self.app).session

    def standing(self) -> CommandContext:
        """What obstacles may know here and now."""
        return CommandContext(read_only=self.session.read_only)

    def action_command(self, command_id: str, key: str = "") -> None:
        """Runs a command, or says why not; `key` is the one pressed, where that matters."""
        if not self.is_mounted:
            self.call_later(self.action_command, command_id, key)
            return
        command = COMMANDS_BY_ID[command_id]
        if refusal := command.unavailable_reason(self.standing()):
            refusal = replace_keys_in_reason(refusal, moved_key_labels(self.session.keys))
            self.say(refusal[:1].upper() + refusal[1:], warning=True)
            return
        carry_out = getattr(self, f"do_{command_id.replace('-', '_')}")
        carry_out(key) if key else carry_out()

    def say(self, words: str, *, warning: bool = False) -> None:
        """A short word at the edge of the screen."""
        self.app.clear_notifications()
        if warning:
            self.notify(words, severity="warning", markup=False, timeout=6)
        else:
            self.notify(words, markup=False, timeout=3)
