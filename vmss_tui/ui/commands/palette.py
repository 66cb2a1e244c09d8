"""The command palette: the same registry, found by name."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from rich.text import Text
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from vmss_tui.text import cell
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import Command, Group, Pane, of, shown_keys
from vmss_tui.ui.commands.screen import CommandScreen
from vmss_tui.ui.layers import Layer
from vmss_tui.ui.session import HasSession

Fuzzy = Callable[[str], float]
"""Scores a text by the letters typed; 0 where they do not come in it in this order."""
_LEAST = 4
"""Letters that a word and a title must share at their beginning, where the rest is mistyped."""


def rank(typed: str, title: str, command_id: str, tooltip: str, fuzzy: Fuzzy) -> float:
    """Higher is better; 0 where the command is not meant."""
    wanted = _words(typed)
    if not wanted:
        return 0
    named = _words(title)
    if " ".join(named).startswith(" ".join(wanted)):
        return 6 - len(named) / 100
    if _begin(wanted, named):
        return 5 - len(named) / 100
    if _begin(wanted, [*named, *_words(command_id)]):
        return 4
    if typed.lower().strip() in title.lower():
        return 3.5
    if _begin(wanted, [*named, *_words(command_id), *_words(tooltip)]):
        return 3
    if all(any(_nearly(each, name) for name in named) for each in wanted):
        return 2
    like = max(fuzzy(title), fuzzy(command_id))
    return like / (1 + like)


def _words(said: str) -> list[str]:
    return re.findall(r"[^\W_]+", said.lower())


def _begin(wanted: list[str], names: list[str]) -> bool:
    """Does each wanted word begin one of the names?"""
    return bool(names) and all(any(name.startswith(w) for name in names) for w in wanted)


def _nearly(wanted: str, name: str) -> bool:
    shared = next((n for n, (a, b) in enumerate(zip(wanted, name, strict=False)) if a != b),
                  min(len(wanted), len(name)))  # fmt: skip
    return shared >= max(_LEAST, len(wanted) - 1)


_OF_ONE = ("detail", "json", "copy-id", "pin")
"""What looks at one instance or at the set, and belongs to the action menu all the same."""

_OF_SET = ("edit-model", "capacity", "undo-edit", "start-os-upgrade", "start-extension-upgrade",
           "cancel-rolling-upgrade", "suspend-repairs", "resume-repairs")  # fmt: skip
"""What changes the whole set, whatever is selected: last in the action menu."""


class Palette(CommandPalette, Layer[None]):
    """Finds a command by what one types of it."""


class CommandsProvider(Provider):
    """Commands of the screen below the palette, and those that are everywhere."""

    async def discover(self) -> Hits:
        """All of them, in the order of the table."""
        for command, run, told in self._commands():
            title = self._title(command)
            yield DiscoveryHit(Text(title), run, text=title, help=told)

    async def search(self, query: str) -> Hits:
        """Those that what was typed names, the best first; equal ones in the table's order."""
        like = self.matcher(query).match
        for place, (command, run, told) in enumerate(self._commands()):
            score = rank(query, command.title, command.id, command.tooltip, like) - place / 1e5
            if score > 0:
                title = self._title(command)
                yield Hit(score, Text(title), run, text=title, help=told)

    def _commands(self) -> list[tuple[Command, Callable[[], object], str]]:
        found: list[tuple[Command, Callable[[], object], str]] = []
        screen, standing = self.screen, CommandContext()
        if isinstance(screen, CommandScreen):
            standing = screen.standing()
            for command in self.wanted(screen.PANE):
                if command.numbered:
                    continue  # only a key says which
                run = partial(screen.action_command, command.id)
                found.append((command, run, _told(command, standing)))
        for command in self.everywhere():
            run = partial(_everywhere, self.app, command.id)
            found.append((command, run, _told(command, standing)))
        return found

    def _title(self, command: Command) -> str:
        keys = cast(HasSession, self.app).session.keys
        shown = " ".join(shown_keys(command, keys.get(command.id)))
        return f"{command.title}  ({shown})" if shown else command.title

    def wanted(self, pane: Pane) -> Sequence[Command]:
        """The screen's own commands, those that change something first."""
        found = [command for command in of(pane) if command.group is not Group.MOVE]
        return sorted(found, key=lambda command: command.group is not Group.CHANGE)

    def everywhere(self) -> Sequence[Command]:
        """The app's own commands."""
        return of(Pane.APP)


class ActionsProvider(CommandsProvider):
    """Only what can be done with the selection, or with the run on screen."""

    def wanted(self, pane: Pane) -> Sequence[Command]:
        """Changes of instances, the run's commands, what tells of one; last the whole set's."""
        groups = (Group.CHANGE, Group.RUN)
        found = [c for c in of(pane) if c.group in groups or c.id in _OF_ONE]

        def place(command: Command) -> int:
            if command.id in _OF_SET:
                return 3
            return groups.index(command.group) if command.group in groups else len(groups)

        return sorted(found, key=place)

    def everywhere(self) -> Sequence[Command]:
        """None: they concern no selection."""
        return ()


def _everywhere(app: object, command_id: str) -> None:
    action = getattr(app, "action_everywhere", None)
    if action is not None:
        action(command_id)


def _told(command: Command, standing: CommandContext) -> str:
    """Content, which the palette takes as it is; in a plain string it would look for markup."""
    refusal = command.refused(standing)
    return cast(str, Content(f"not now: {cell(refusal)}" if refusal else command.tooltip))
