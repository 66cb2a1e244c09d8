"""The line at the bottom: the most important keys."""

from collections.abc import Callable, Mapping

from textual import events
from textual.content import Content

from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    COMMANDS_BY_ID,
    FOOTER_ORDER,
    Command,
    CommandGroup,
    CommandScope,
    commands_in,
    key_labels,
)
from vmss_tui.ui.drawing.static_text import ComputedText


class Footer(ComputedText):
    """Keys of the screen's commands; a command that is unavailable is faint."""

    def __init__(
        self,
        scope: CommandScope,
        command_context: Callable[[], CommandContext],
        keys: Mapping[str, str],
    ) -> None:
        super().__init__(self._line)
        self.scope, self.command_context, self.keys = scope, command_context, keys
        self._shown_for: tuple[CommandContext, int] | None = None
        self._command_spans: list[tuple[int, int, Command]] = []
        """First column, column after the last, and command of each label."""

    async def on_click(self, event: events.Click) -> None:
        """Runs the clicked command."""
        for first, last, command in self._command_spans:
            if first <= event.x < last:
                action = (
                    "app.app_command" if CommandScope.APP in command.scopes else "screen.command"
                )
                await self.app.run_action(f"{action}('{command.id}')")

    def update_content(self) -> None:
        """Builds the line again if the command context or the width has changed."""
        previous, self._shown_for = self._shown_for, (self.command_context(), self.size.width)
        if previous != self._shown_for:
            super().update_content()

    def _line(self, width: int) -> Content:
        """As many commands as fit; help is always the last."""
        context = self.command_context()
        commands = {command.id: command for command in commands_in(self.scope)}
        ordered = [commands[command_id] for command_id in FOOTER_ORDER if command_id in commands]
        ordered = [
            command
            for command in ordered
            if command.group is not CommandGroup.RUN or command.unavailable_reason(context) is None
        ]
        ordered.sort(key=lambda command: _priority(command, context))
        labels: list[Content] = []
        self._command_spans, column = [], 1
        available = width - 2 - len("? help")
        for command in (*ordered, COMMANDS_BY_ID["help"]):
            key = next(iter(key_labels(command, self.keys.get(command.id))), ":")
            label = command.footer_label or command.title
            length = len(key) + 1 + len(label) + 3
            if command.id != "help" and length > available:
                continue
            available -= length
            self._command_spans.append((column, column + length - 3, command))
            column += length
            is_faint = command.unavailable_reason(context) is not None
            labels.append(
                Content.assemble(
                    (key, "$quiet" if is_faint else "bold $accent"),
                    " ",
                    (label, "$quiet"),
                )
            )
        return Content.assemble(" ", Content("   ").join(labels)).truncate(width)


def _priority(command: Command, context: CommandContext) -> int:
    """Commands of a run come first, then the views of a live run; unavailable ones are last."""
    if command.unavailable_reason(context) is not None:
        return 3
    if command.group is CommandGroup.RUN:
        return 0
    return 1 if context.run_is_live and command.id in ("log", "runs") else 2
