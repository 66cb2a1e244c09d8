"""Queries over the command registry: key bindings, key labels, footer order, README table."""

from collections.abc import Iterable, Mapping

from textual.binding import Binding

from vmss_tui.ui.commands.command import Command, CommandGroup, CommandScope
from vmss_tui.ui.commands.keys import key_label, key_name
from vmss_tui.ui.commands.registry import COMMANDS

__all__ = ["COMMANDS", "COMMANDS_BY_ID", "FOOTER_ORDER", "Command", "CommandGroup", "CommandScope"]

FOOTER_ORDER = (
    "open", "pause", "promote", "end-wait", "retry", "revert", "abort", "mark", "mark-row",
    "upgrade", "rolling-run", "edit-model", "filter", "meaning", "detail", "table", "form", "log",
    "runs", "refresh", "leave",
)  # fmt: skip
"""Commands in the footer, most important first; the width of the screen limits how many."""

COMMANDS_BY_ID = {command.id: command for command in COMMANDS}


def commands_in(scope: CommandScope) -> tuple[Command, ...]:
    """The commands of a scope, in the order of the registry."""
    return tuple(command for command in COMMANDS if scope in command.scopes)


def bindings_for(scope: CommandScope) -> list[Binding]:
    """The key bindings of a scope; binding ids are command ids, so that settings can change keys.

    A binding needs a key: a command without one is bound to a name that no terminal sends.
    """
    action = "app_command" if scope is CommandScope.APP else "command"
    key_bindings = [
        Binding(key, f"command('{command.id}', '{key}')", show=False, id=f"{command.id}-{key}")
        for command in commands_in(scope)
        if command.takes_key
        for key in command_keys(command)
    ]
    return key_bindings + [
        Binding(
            command.keys or f"no-key-{command.id}",
            f"{action}('{command.id}')",
            command.title,
            show=False,
            id=command.id,
            tooltip=command.tooltip,
            priority=command.id == "quit",
        )
        for command in commands_in(scope)
        if not command.takes_key
    ]


def key_labels(command: Command, configured: str | None = None) -> tuple[str, ...]:
    """The keys as the screen shows them: `↑`, `PgDn`, `?`; `configured` replaces the default keys.
    Empty for a command without a key."""
    keys = command_keys(command, configured)
    if command.takes_key:
        return (f"{keys[0]}–{keys[-1]}",)
    return tuple(_KEY_LABELS.get(key) or key_label(key) for key in keys)


def moved_key_labels(configured: Mapping[str, str]) -> dict[str, str]:
    """First default key of each reconfigured command -> label of its configured key."""
    labels = {}
    for command_id, keys in configured.items():
        command = COMMANDS_BY_ID[command_id]
        if command.keys and (new_labels := key_labels(command, keys)):
            labels[command_keys(command)[0]] = new_labels[0]
    return labels


def command_keys(command: Command, configured: str | None = None) -> tuple[str, ...]:
    """The keys of a command as Textual key names; `configured` replaces the default keys."""
    return tuple(key.strip() for key in (configured or command.keys).split(",") if key.strip())


def command_of_key(key: str, scope: CommandScope, configured: Mapping[str, str]) -> Command | None:
    """The command of a scope that has this key; `configured` are configured keys by command id."""
    for command in commands_in(scope):
        if key in map(key_name, command_keys(command, configured.get(command.id))):
            return command
    return None


_KEY_LABELS = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "escape": "esc",
    "comma": ",",
}


def commands_by_group(commands: Iterable[Command]) -> dict[CommandGroup, list[Command]]:
    """Commands by group, in the order of the groups; empty groups are left out."""
    groups: dict[CommandGroup, list[Command]] = {group: [] for group in CommandGroup}
    for command in commands:
        groups[command.group].append(command)
    return {group: members for group, members in groups.items() if members}


def markdown_table() -> str:
    """The table of keys in the README, in Markdown."""
    lines = ["| keys | command | what it does |", "|---|---|---|"]
    for group, members in commands_by_group(COMMANDS).items():
        lines.append(f"| **{group}** | | |")
        for command in members:
            keys = " ".join(_markdown_code(key) for key in key_labels(command) or ("x", ":"))
            lines.append(f"| {keys} | {command.title} | {command.tooltip} |")
    return "\n".join(lines)


def _markdown_code(key: str) -> str:
    return f"`` {key} ``" if "`" in key else f"`{key}`"


def command_key(command_id: str, configured: Mapping[str, str]) -> str:
    """The label of the first key of a command; empty where it has none. `configured` has the keys
    of the settings by command id."""
    command = COMMANDS_BY_ID[command_id]
    return next(iter(key_labels(command, configured.get(command_id))), "")
