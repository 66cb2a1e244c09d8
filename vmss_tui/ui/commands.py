"""Every command, declared once: its id, keys, title, and why it may not run now.

Bindings, the hints at the foot, help, the palette and the README's table come from here. Lower
case looks, UPPER CASE changes something; `G` and `N` are motions, and in a live run `p`, `.`
and `>` only hold or let go a plan already approved.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding

from vmss_tui.ui.obstacles import (
    Obstacle,
    Standing,
    abortable,
    at_checkpoint,
    may_pause_or_resume,
    needs_cursor,
    needs_live_run,
    needs_reading,
    needs_run,
    nothing,
    retryable,
    revertible,
    scalable,
    upgradable,
)


class Pane(StrEnum):
    """Where a command can be given."""

    APP = "everywhere"
    LIST = "list of scale sets"
    SET = "scale set"
    RUNS = "list of runs"


class Group(StrEnum):
    """Headings of the help and of the README's table."""

    MOVE = "Move"
    MARK = "Mark"
    LOOK = "Look"
    CHANGE = "Change"
    RUN = "In a run"
    LEAVE = "Leave and help"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can ask for."""

    id: str
    keys: str
    """As bindings write them, comma-separated; people can move them by id in the settings."""
    title: str
    tooltip: str
    group: Group
    panes: tuple[Pane, ...] = (Pane.SET,)
    writes: bool = False
    """Leads to something that changes Azure; refused where the session is read-only."""
    obstacle: Obstacle = nothing
    hint: str = ""
    """Its word at the foot of the screen, where its title is too long for it."""

    def refused(self, standing: Standing) -> str | None:
        """The sentence that says why it may not run now; None where it may."""
        if self.writes and standing.read_only:
            return f"this session only looks (read-only): no {self.title}"
        if self.writes and standing.protected:
            return "the settings protect this scale set: ! and its name typed unlock it"
        return self.obstacle(standing)


_EVERY = (Pane.LIST, Pane.SET, Pane.RUNS)
_C, _G = Command, Group

COMMANDS: tuple[Command, ...] = (
    _C("left", "h,left", "left", "Cell to the left", _G.MOVE),
    _C("down", "j,down", "down", "Down", _G.MOVE, _EVERY),
    _C("up", "k,up", "up", "Up", _G.MOVE, _EVERY),
    _C("right", "l,right", "right", "Cell to the right", _G.MOVE),
    _C("first", "g,home", "first", "First", _G.MOVE, _EVERY),
    _C("last", "G,end", "last", "Last", _G.MOVE, _EVERY),
    _C("page-up", "pageup", "page up", "A page up", _G.MOVE, _EVERY),
    _C("page-down", "pagedown", "page down", "A page down", _G.MOVE, _EVERY),
    _C("next-pane", "tab", "next pane", "To the next pane", _G.MOVE),
    _C("next-problem", "n", "next problem", "Next failed, unhealthy or unknown instance", _G.MOVE,
       obstacle=needs_reading),
    _C("previous-problem", "N", "previous problem", "Previous problem", _G.MOVE,
       obstacle=needs_reading),
    _C("mark", "space", "mark", "Mark the instance, or take its mark off", _G.MARK,
       obstacle=needs_cursor),
    _C("mark-range", "v", "mark a range", "Begin a range here; move; end it", _G.MARK,
       obstacle=needs_cursor),
    _C("mark-row", "u", "mark the row", "Mark all of the row (its update domain)", _G.MARK,
       obstacle=needs_cursor, hint="row"),
    _C("mark-zone", "z", "mark the zone", "Mark all of the zone", _G.MARK, obstacle=needs_cursor),
    _C("mark-all", "a", "mark all shown", "Mark every instance that is shown", _G.MARK,
       obstacle=needs_cursor),
    _C("clear-marks", "\\", "clear marks", "Take all marks off", _G.MARK),
    _C("open", "enter", "open", "Open it", _G.LOOK, (Pane.LIST, Pane.RUNS)),
    _C("filter", "/", "filter",
       "Show some only: ud:2 state:failed zone:1 image:22.04.* !fd:0; on the list, parts of names",
       _G.LOOK, (Pane.LIST, Pane.SET)),
    _C("problems-only", "f", "problems only", "Show problems only, or everything again", _G.LOOK,
       obstacle=needs_reading),
    _C("detail", "enter,d", "detail", "All that is known of the instance", _G.LOOK,
       obstacle=needs_cursor),
    _C("json", "y", "JSON", "The instance as Azure says it (one request)", _G.LOOK,
       obstacle=needs_cursor),
    _C("copy-id", "c", "copy id", "Copy the resource id of the instance", _G.LOOK,
       obstacle=needs_cursor),
    _C("meaning", "m", "cell meaning",
       "What cells say: state, power, health, model, image version, provisioning, time", _G.LOOK,
       hint="meaning"),
    _C("form", "w", "dense or wide", "Cells automatically, dense, or wide with their ids", _G.LOOK,
       hint="width"),
    _C("group", "s", "group rows", "Rows by update domain, fault domain or zone", _G.LOOK),
    _C("previous-set", "[", "previous scale set", "The one before it in the list", _G.LOOK),
    _C("next-set", "]", "next scale set", "The one after it in the list", _G.LOOK),
    _C("refresh", "r", "refresh", "Read again now, within the API budget", _G.LOOK, _EVERY),
    _C("images", "i", "image versions",
       "Versions of the model's image, newest first, and how many instances run each", _G.LOOK,
       obstacle=needs_reading),
    _C("log", "e", "event log", "More or less of the run's events", _G.LOOK, obstacle=needs_run),
    _C("runs", "b", "runs", "Earlier and live runs", _G.LOOK, (Pane.LIST, Pane.SET)),
    _C("edit-model", "E", "edit model", "Change image or VM size; shows the difference first",
       _G.CHANGE, writes=True, obstacle=upgradable),
    _C("capacity", "C", "capacity", "More or fewer instances; shows the difference first",
       _G.CHANGE, writes=True, obstacle=scalable),
    _C("upgrade", "U", "upgrade", "Upgrade the marked instances, or the cursor's row",
       _G.CHANGE, writes=True, obstacle=upgradable),
    _C("rolling-run", "R", "rolling run", "Upgrade in batches, with limits you set",
       _G.CHANGE, writes=True, obstacle=upgradable),
    _C("pause", "p", "pause or resume", "Hold the run before its next batch, or let it go on",
       _G.RUN, obstacle=may_pause_or_resume, hint="pause"),
    _C("promote", ".", "promote", "Let the run pass its checkpoint", _G.RUN, writes=True,
       obstacle=at_checkpoint),
    _C("end-wait", ">", "end this wait", "Go on without the rest of the pause between batches",
       _G.RUN, writes=True, obstacle=needs_live_run),
    _C("abort", "A", "abort", "End the run; what Azure has accepted goes on", _G.RUN,
       obstacle=abortable),
    _C("retry", "F", "retry failed", "Ask the run's failed instances once more", _G.RUN,
       writes=True, obstacle=retryable, hint="retry"),
    _C("revert", "V", "revert", "Put the run's previous model back, and its instances with it",
       _G.RUN, writes=True, obstacle=revertible),
    _C("actions", "x", "action menu", "What can be done with the marks, or the cursor's row",
       _G.LEAVE, obstacle=needs_cursor),
    _C("back", "escape", "back", "Close, clear the filter, or go back", _G.LEAVE, _EVERY),
    _C("leave", "q", "back or leave", "Back to the list, or leave", _G.LEAVE, _EVERY, hint="leave"),
    _C("read-only", "!", "read-only",
       "Only look from now on; off, and a protected set unlocked, by typing the set's name",
       _G.LEAVE),
    _C("theme", "t", "theme", "Dark, light, or the terminal's 16 colours", _G.LOOK, (Pane.APP,)),
    _C("help", "?", "help", "All keys", _G.LEAVE, (Pane.APP,)),
    _C("palette", "ctrl+p,:", "command palette", "Find a command by any words of it", _G.LEAVE,
       (Pane.APP,)),
    _C("quit", "ctrl+q", "leave", "Leave, as q does", _G.LEAVE, (Pane.APP,)),
    _C("how-to-leave", "ctrl+c", "how to leave", "Says how to leave", _G.LEAVE, (Pane.APP,)),
    _C("suspend", "ctrl+z", "suspend", "Back to the shell; fg returns", _G.LEAVE, (Pane.APP,)),
)  # fmt: skip

HINTED = (
    "open", "pause", "promote", "retry", "abort", "mark", "mark-row", "upgrade", "rolling-run",
    "edit-model", "filter", "meaning", "detail", "form", "runs", "refresh", "leave",
)  # fmt: skip
"""What the foot of the screen names, the most wanted first; the screen's width decides how many."""

BY_ID = {command.id: command for command in COMMANDS}


def of(pane: Pane) -> tuple[Command, ...]:
    """The commands of a pane, in the order of the table."""
    return tuple(command for command in COMMANDS if pane in command.panes)


def bindings(pane: Pane) -> list[Binding]:
    """The pane's keys; the ids let settings move them."""
    name = "everywhere" if pane is Pane.APP else "command"
    return [
        Binding(
            command.keys,
            f"{name}('{command.id}')",
            command.title,
            show=False,
            id=command.id,
            tooltip=command.tooltip,
            priority=command.id == "quit",
        )
        for command in of(pane)
    ]


def shown_keys(command: Command, moved: str | None = None) -> tuple[str, ...]:
    """The keys as a person reads them: `↑`, `PgDn`, `?`."""
    return tuple(_SPOKEN.get(key, key) for key in (moved or command.keys).split(","))


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
            keys = " ".join(_code(key) for key in shown_keys(command))
            lines.append(f"| {keys} | {command.title} | {command.tooltip} |")
    return "\n".join(lines)


def _code(key: str) -> str:
    return f"`` {key} ``" if "`" in key else f"`{key}`"
