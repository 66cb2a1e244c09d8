"""The action menu: a search over the commands for a selection."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from rich.text import Text
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    Command,
    CommandGroup,
    CommandScope,
    commands_in,
    key_labels,
)
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.commands.search import rank
from vmss_tui.ui.commands.synonyms import SYNONYMS
from vmss_tui.ui.layers import Layer
from vmss_tui.ui.session import HasSession

_INSTANCE_COMMANDS = ("detail", "json", "copy-id", "pin")
"""Commands of the action menu that show something instead of changing it."""

_WHOLE_SET_COMMANDS = (
    "edit-model", "capacity", "undo-edit", "start-os-upgrade", "start-extension-upgrade",
    "cancel-rolling-upgrade", "suspend-repairs", "resume-repairs",
)  # fmt: skip
"""Commands that change the whole scale set, whatever is selected: last in the action menu."""


class Palette(CommandPalette, Layer[None]):
    """The command palette as one of the app's layers."""


class CommandsProvider(Provider):
    """Offers the commands of the screen below the palette, and those of the app."""

    async def discover(self) -> Hits:
        """All commands, in the order of the registry."""
        for command, run, help_text in self._commands():
            title = self._title(command)
            yield DiscoveryHit(Text(title), run, text=title, help=help_text)

    async def search(self, query: str) -> Hits:
        """Commands that match the query, best first; equal ones in the order of the registry."""
        match = self.matcher(query).match
        for place, (command, run, help_text) in enumerate(self._commands()):
            synonyms = SYNONYMS.get(command.id, ())
            score = rank(query, command.title, command.id, command.tooltip, match, synonyms)
            score -= place / 1e5
            if score > 0:
                title = self._title(command)
                yield Hit(score, Text(title), run, text=title, help=help_text)

    def _commands(self) -> list[tuple[Command, Callable[[], object], str]]:
        entries: list[tuple[Command, Callable[[], object], str]] = []
        screen, context = self.screen, CommandContext()
        if isinstance(screen, CommandScreen):
            context = screen.command_context()
            for command in self.screen_commands(screen.COMMAND_SCOPE):
                if command.takes_key:
                    continue  # without the pressed key there is nothing to run
                run = partial(screen.action_command, command.id)
                entries.append((command, run, _help_text(command, context)))
        for command in self.app_commands():
            run = partial(_run_app_command, self.app, command.id)
            entries.append((command, run, _help_text(command, context)))
        return entries

    def _title(self, command: Command) -> str:
        keys = cast(HasSession, self.app).session.keys
        labels = " ".join(key_labels(command, keys.get(command.id)))
        return f"{command.title}  ({labels})" if labels else command.title

    def screen_commands(self, scope: CommandScope) -> Sequence[Command]:
        """The screen's commands, those that change something first."""
        commands = [
            command for command in commands_in(scope) if command.group is not CommandGroup.MOVE
        ]
        return sorted(commands, key=lambda command: command.group is not CommandGroup.CHANGE)

    def app_commands(self) -> Sequence[Command]:
        """The commands of the app, available on every screen."""
        return commands_in(CommandScope.APP)


class ActionsProvider(CommandsProvider):
    """Offers only commands for the selected instances, for the run on screen and for the set."""

    def screen_commands(self, scope: CommandScope) -> Sequence[Command]:
        """Changes of instances, commands of the run, commands that show an instance, then those
        of the whole scale set."""
        groups = (CommandGroup.CHANGE, CommandGroup.RUN)
        commands = [
            c for c in commands_in(scope) if c.group in groups or c.id in _INSTANCE_COMMANDS
        ]

        def place(command: Command) -> int:
            if command.id in _WHOLE_SET_COMMANDS:
                return 3
            return groups.index(command.group) if command.group in groups else len(groups)

        return sorted(commands, key=place)

    def app_commands(self) -> Sequence[Command]:
        """None: no command of the app concerns the selection."""
        return ()


def _run_app_command(app: object, command_id: str) -> None:
    action = getattr(app, "action_app_command", None)
    if action is not None:
        action(command_id)


def _help_text(command: Command, context: CommandContext) -> str:
    """Help line of an entry. A `Content`, because the palette parses a plain string as markup."""
    reason = command.unavailable_reason(context)
    return cast(str, Content(f"not now: {cell(reason)}" if reason else command.tooltip))
