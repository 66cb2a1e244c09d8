"""What is asked of the table of commands: the keys of a pane, the hints, the README's table."""

from collections.abc import Iterable, Mapping

from textual.binding import Binding

from vmss_tui.ui.commands.command import Command, Group, Pane
from vmss_tui.ui.commands.keys import spoken
from vmss_tui.ui.commands.registry import COMMANDS

__all__ = ["BY_ID", "COMMANDS", "HINTED", "Command", "Group", "Pane"]

HINTED = (
    "open", "pause", "promote", "end-wait", "retry", "abort", "mark", "mark-row", "upgrade",
    "rolling-run", "edit-model", "filter", "meaning", "detail", "table", "form", "log", "runs",
    "refresh", "leave",
)  # fmt: skip
"""What the foot of the screen names, the most wanted first; the screen's width decides how many."""

BY_ID = {command.id: command for command in COMMANDS}


def of(pane: Pane) -> tuple[Command, ...]:
    """The commands of a pane, in the order of the table."""
    return tuple(command for command in COMMANDS if pane in command.panes)


def bindings(pane: Pane) -> list[Binding]:
    """The pane's keys; the ids let settings move them, and give a key to what has none.

    A binding needs a key: a command without one is bound to a name that no terminal sends.
    """
    name = "everywhere" if pane is Pane.APP else "command"
    numbered = [
        Binding(key, f"command('{command.id}', '{key}')", show=False, id=f"{command.id}-{key}")
        for command in of(pane)
        if command.numbered
        for key in keys_of(command)
    ]
    return numbered + [
        Binding(
            command.keys or f"no-key-{command.id}",
            f"{name}('{command.id}')",
            command.title,
            show=False,
            id=command.id,
            tooltip=command.tooltip,
            priority=command.id == "quit",
        )
        for command in of(pane)
        if not command.numbered
    ]


def shown_keys(command: Command, moved: str | None = None) -> tuple[str, ...]:
    """The keys as a person reads them: `↑`, `PgDn`, `?`; none where only `:` leads to it."""
    keys = keys_of(command, moved)
    if command.numbered:
        return (f"{keys[0]}–{keys[-1]}",)
    return tuple(_SPOKEN.get(key) or spoken(key) for key in keys)


def moved_signs(moved: Mapping[str, str]) -> dict[str, str]:
    """The first key of each command that was moved -> the one it has now, as a person reads it."""
    found = {}
    for command_id, keys in moved.items():
        command = BY_ID[command_id]
        if command.keys and (now := shown_keys(command, keys)):
            found[keys_of(command)[0]] = now[0]
    return found


def keys_of(command: Command, moved: str | None = None) -> tuple[str, ...]:
    """The keys as bindings write them."""
    return tuple(key.strip() for key in (moved or command.keys).split(",") if key.strip())


_SPOKEN = {
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


def grouped(commands: Iterable[Command]) -> dict[Group, list[Command]]:
    """Commands under their headings, in the order of the headings."""
    found: dict[Group, list[Command]] = {group: [] for group in Group}
    for command in commands:
        found[command.group].append(command)
    return {group: members for group, members in found.items() if members}


def markdown_table() -> str:
    """The README's table of keys."""
    lines = ["| keys | command | what it does |", "|---|---|---|"]
    for group, members in grouped(COMMANDS).items():
        lines.append(f"| **{group}** | | |")
        for command in members:
            keys = " ".join(_code(key) for key in shown_keys(command) or ("x", ":"))
            lines.append(f"| {keys} | {command.title} | {command.tooltip} |")
    return "\n".join(lines)


def _code(key: str) -> str:
    return f"`` {key} ``" if "`" in key else f"`{key}`"
