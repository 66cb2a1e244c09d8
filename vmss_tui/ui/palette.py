"""The command palette: the same registry, found by name."""

from collections.abc import Callable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from vmss_tui.ui.commanded import CommandScreen
from vmss_tui.ui.commands import Command, Group, Pane, of, shown_keys
from vmss_tui.ui.obstacles import Standing


class CommandsProvider(Provider):
    """Commands of the screen below the palette, and those that are everywhere."""

    async def discover(self) -> Hits:
        """All of them, in the order of the table."""
        for command, run, told in self._commands():
            yield DiscoveryHit(_title(command), run, help=told)

    async def search(self, query: str) -> Hits:
        """Those whose title or tooltip is like what was typed."""
        matcher = self.matcher(query)
        for command, run, told in self._commands():
            score = max(matcher.match(command.title), matcher.match(command.tooltip))
            if score > 0:
                yield Hit(score, _title(command), run, help=told)

    def _commands(self) -> list[tuple[Command, Callable[[], object], str]]:
        found: list[tuple[Command, Callable[[], object], str]] = []
        screen = self.screen
        standing = Standing()
        if isinstance(screen, CommandScreen):
            standing = screen.standing()
            wanted = [command for command in of(screen.PANE) if command.group is not Group.MOVE]
            for command in sorted(wanted, key=lambda command: command.group is not Group.CHANGE):
                run = partial(screen.action_command, command.id)
                found.append((command, run, _told(command, standing)))
        for command in of(Pane.APP):
            run = partial(_everywhere, self.app, command.id)
            found.append((command, run, _told(command, standing)))
        return found


def _everywhere(app: object, command_id: str) -> None:
    action = getattr(app, "action_everywhere", None)
    if action is not None:
        action(command_id)


def _title(command: Command) -> str:
    return f"{command.title}  ({' '.join(shown_keys(command))})"


def _told(command: Command, standing: Standing) -> str:
    refusal = command.refused(standing)
    return f"not now: {refusal}" if refusal else command.tooltip
