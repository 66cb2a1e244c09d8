"""The line at the bottom: the most important keys, in groups."""

from collections.abc import Callable, Mapping

from textual import events
from textual.content import Content

from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import (
    Command,
    CommandScope,
    commands_in,
    key_labels,
)
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.drawing.static_text import ComputedText

_GROUPS = (
    ("instance-tab", "previous-instance", "next-instance", "back"),
    ("pause", "promote", "end-wait", "retry", "revert", "abort"),
    ("pause-campaign", "approve-stage", "skip-member", "retry-members", "revert-campaign",
     "abort-campaign"),
    ("open", "detail", "table", "filter", "next-problem", "problems-only", "meaning"),
    ("mark", "mark-row", "upgrade", "upgrade-sets", "rolling-run", "edit-model"),
    ("log", "report-campaign", "runs", "campaigns", "images", "refresh"),
    ("actions", "palette", "leave", "help"),
)  # fmt: skip
"""Commands in the footer, in the order in which they are shown."""
_IMPORTANCE = (
    "help", "open", "pause-campaign", "approve-stage", "pause", "promote", "end-wait", "retry",
    "revert", "detail", "table", "upgrade", "upgrade-sets",
    "next-problem", "actions", "mark", "mark-row", "filter", "palette", "abort", "rolling-run",
    "retry-members", "abort-campaign", "revert-campaign", "skip-member", "report-campaign",
    "instance-tab", "back", "next-instance", "previous-instance",
    "edit-model", "runs", "campaigns", "log", "problems-only", "meaning", "images", "refresh",
    "leave",
)  # fmt: skip
"""The same commands, the most important first: the width limits how many are shown."""
_GAP = "  "


class Footer(ComputedText):
    """Keys of the commands that can be used now."""

    def __init__(
        self,
        scope: CommandScope,
        command_context: Callable[[], CommandContext],
        keys: Mapping[str, str],
        appearance: Appearance | None = None,
    ) -> None:
        super().__init__(self._line)
        self.scope, self.command_context, self.keys = scope, command_context, keys
        self._separator = "|" if appearance and appearance.glyphs is Glyphs.ASCII else "│"
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
        """As many commands as fit, the most important ones."""
        context = self.command_context()
        scopes = (self.scope, CommandScope.APP)
        commands = {command.id: command for scope in scopes for command in commands_in(scope)}
        usable = {
            command_id: commands[command_id]
            for command_id in _IMPORTANCE
            if command_id in commands and commands[command_id].unavailable_reason(context) is None
        }
        shown: set[str] = set()
        for command_id in usable:
            if self._width_of(shown | {command_id}, usable) <= width:
                shown.add(command_id)
        return self._assembled(shown, usable)

    def _label(self, command: Command) -> tuple[str, str]:
        labels = key_labels(command, self.keys.get(command.id)) or (":",)
        key = min(labels, key=len) if CommandScope.APP in command.scopes else labels[0]
        return key, command.footer_label or command.title

    def _width_of(self, shown: set[str], commands: Mapping[str, Command]) -> int:
        groups = [[i for i in group if i in shown] for group in _GROUPS]
        labels = [sum(map(len, self._label(commands[i]))) + 1 for i in shown]
        gaps = len(_GAP) * (len(shown) - 1)
        return 2 + sum(labels) + gaps + 2 * max(0, sum(map(bool, groups)) - 1)

    def _assembled(self, shown: set[str], commands: Mapping[str, Command]) -> Content:
        self._command_spans = []
        line = Content(" ")
        for group in _GROUPS:
            members = [commands[command_id] for command_id in group if command_id in shown]
            if members and line.cell_length > 1:
                line = Content.assemble(line, " ", (self._separator, "$line"), " ")
            for number, command in enumerate(members):
                key, label = self._label(command)
                line = Content.assemble(line, _GAP if number else "")
                first = line.cell_length
                line = Content.assemble(line, (key, "bold $key"), " ", (label, "$quiet"))
                self._command_spans.append((first, line.cell_length, command))
        return line
