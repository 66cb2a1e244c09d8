"""The declaration of a command: id, keys, texts, and the rule that makes it unavailable."""

from enum import StrEnum
from typing import NamedTuple

from vmss_tui.ui.commands.availability import AvailabilityRule, CommandContext, always_available


class CommandScope(StrEnum):
    """The screens on which a command exists; `APP` is all of them."""

    APP = "everywhere"
    SCALE_SET_LIST = "list of scale sets"
    SCALE_SET = "scale set"
    INSTANCE = "instance"
    RUN_LIST = "list of runs"
    CAMPAIGN_LIST = "list of campaigns"
    CAMPAIGN = "campaign"


class CommandGroup(StrEnum):
    """Headings of the help screen and of the README's table of keys."""

    MOVE = "Move"
    SELECT = "Select"
    VIEW = "View"
    CHANGE = "Change"
    RUN = "Run"
    LEAVE = "Leave and help"


class Command(NamedTuple):
    """One command; its key, footer label, palette entry and help line are made from this."""

    id: str
    keys: str
    """Textual key names, separated by commas; empty for a command that only the palettes (`x` and
    `:`) offer. The settings can assign other keys to a command id."""
    title: str
    tooltip: str
    group: CommandGroup
    scopes: tuple[CommandScope, ...] = (CommandScope.SCALE_SET,)
    writes: bool = False
    """Leads to a write to Azure; unavailable in a read-only session."""
    availability: AvailabilityRule = always_available
    takes_key: bool = False
    """The pressed key is passed to the command; its keys cannot be changed in the settings."""
    footer_label: str = ""
    """Label in the footer; empty where the title is short enough for it."""

    def unavailable_reason(self, context: CommandContext) -> str | None:
        """Why the command is unavailable; None where it is available."""
        if self.writes and context.read_only:
            return "this session is read-only"
        if self.writes and context.protection_reason:
            return f"{context.protection_reason}: press ! and type its name to unlock it"
        return self.availability(context)
