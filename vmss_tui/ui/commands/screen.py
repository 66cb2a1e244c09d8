"""The base class of screens whose keys are commands of the registry."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path, PurePath
from typing import ClassVar, Generic, TypeVar, cast

from textual.binding import BindingType

from vmss_tui.text import capitalize_sentence
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import COMMANDS_BY_ID, CommandScope, moved_key_labels
from vmss_tui.ui.commands.handlers import CommandHandler, handlers_by_command
from vmss_tui.ui.commands.keys import replace_keys_in_reason
from vmss_tui.ui.commands.search import PaletteName
from vmss_tui.ui.layers import Layer
from vmss_tui.ui.session import HasSession, Session

Result = TypeVar("Result")
_STYLES = Path(__file__).parents[1] / "styles"
STYLESHEETS: list[str | PurePath] = [
    _STYLES / f"{name}.tcss"
    for name in ("base", "lists", "instances", "timeline", "panels", "instance", "dialogs")
]
"""The style sheets of all screens. Parsed with the first of them, not with the app."""


class CommandScreen(Layer[Result], Generic[Result]):
    """A screen that runs commands. Keys typed before it has widgets are handled once it has."""

    CSS_PATH = STYLESHEETS
    COMMAND_SCOPE: ClassVar[CommandScope]
    BINDINGS: ClassVar[list[BindingType]] = []

    @property
    def session(self) -> Session:
        """The session that all screens share."""
        return cast(HasSession, self.app).session

    @cached_property
    def handlers(self) -> Mapping[str, CommandHandler]:
        """Command id -> method that carries it out: a `do_` method of the screen. A screen with
        controllers replaces it by theirs."""
        return handlers_by_command((self,), self.COMMAND_SCOPE)

    def command_context(self) -> CommandContext:
        """The state that the availability rules of commands depend on."""
        return CommandContext(read_only=self.session.read_only)

    def palette_names(self) -> Iterable[PaletteName]:
        """What the command palette can go to from here, besides commands."""
        return ()

    def command_below(self, command_id: str) -> Callable[[], object] | None:
        """What carries out a command of the scale set that this screen is over; None where it is
        over none."""
        return None

    def action_command(self, command_id: str, key: str = "") -> None:
        """Runs a command, or shows why it is unavailable; `key` is passed to commands that take
        the key pressed."""
        if not self.is_mounted:
            self.call_later(self.action_command, command_id, key)
            return
        command = COMMANDS_BY_ID[command_id]
        if reason := command.unavailable_reason(self.command_context()):
            reason = replace_keys_in_reason(reason, moved_key_labels(self.session.keys))
            self.say(capitalize_sentence(reason), warning=True)
            return
        handler = self.handlers[command_id]
        handler(key) if key else handler()

    def say(self, text: str, *, warning: bool = False, seconds: float | None = None) -> None:
        """Shows a notification of a few seconds; it replaces the one before."""
        self.app.clear_notifications()
        if warning:
            self.notify(text, severity="warning", markup=False, timeout=seconds or 6)
        else:
            self.notify(text, markup=False, timeout=seconds or 3)
