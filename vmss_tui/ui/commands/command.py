"""What a command is: its id, keys, words, and the sentence that says why it may not run now."""

from enum import StrEnum
from typing import NamedTuple

from vmss_tui.ui.commands.availability import CommandContext, Obstacle, nothing


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


class Command(NamedTuple):
    """One thing a person can ask for."""

    id: str
    keys: str
    """As bindings write them, comma-separated; empty where only `x` and `:` lead to it. People can
    move them by id in the settings."""
    title: str
    tooltip: str
    group: Group
    panes: tuple[Pane, ...] = (Pane.SET,)
    writes: bool = False
    """Leads to something that changes Azure; refused where the session is read-only."""
    obstacle: Obstacle = nothing
    numbered: bool = False
    """Which of its keys was pressed matters; they cannot be moved."""
    hint: str = ""
    """Its word at the foot of the screen, where its title is too long for it."""

    def refused(self, standing: CommandContext) -> str | None:
        """The sentence that says why it may not run now; None where it may."""
        if self.writes and standing.read_only:
            return f"this session only looks (read-only): no {self.title}"
        if self.writes and standing.protected:
            return f"{standing.protected}: ! and its name typed unlock it"
        return self.obstacle(standing)
