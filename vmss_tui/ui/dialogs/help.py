"""The help screen: all keys, from the command registry."""

from collections.abc import Mapping

from textual.content import Content

from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import COMMANDS, commands_by_group, key_labels
from vmss_tui.ui.dialogs.text_viewer import TextViewer

_NOTE = """Lower case looks. UPPER CASE changes something: it always shows what first, and Cancel \
is where you start. Enter alone never confirms; pasted text never does, and no key typed before a \
question could be read.

filter terms: ud fd zone pg state power health provisioning image model id name size
  ud:2 state:failed   both must hold        !zone:1   not in zone 1
  image:22.04.*       * and ? match any     web       in ids, names and states
  ud:1 ud:2           either one            pg:1      by its number, or its id's beginning
"""


def help_viewer(context: CommandContext, keys: Mapping[str, str]) -> TextViewer:
    """A viewer of all keys, with the reason of each command that is unavailable in `context`."""
    return TextViewer("keys", _help_text(context, keys))


def _help_text(context: CommandContext, keys: Mapping[str, str]) -> Content:
    lines: list[Content] = []
    for group, commands in commands_by_group(COMMANDS).items():
        lines += [Content.styled(group, "bold $accent")]
        for command in commands:
            labels = " ".join(key_labels(command, keys.get(command.id))) or ":"
            line = Content.assemble((f"  {labels:<11}", "bold"), (f"{command.title:<26}", ""),
                                    (command.tooltip, "$quiet"))  # fmt: skip
            reason = command.unavailable_reason(context)
            if reason:
                lines += [line, Content.styled(f"{'':<13}not now: {reason}", "$tone-unhealthy")]
            else:
                lines.append(line)
        lines.append(Content(""))
    return Content("\n").join([*lines, Content(_NOTE)])
