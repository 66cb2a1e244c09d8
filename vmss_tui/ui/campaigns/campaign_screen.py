"""The screen of a campaign: a line for each stage and each of its scale sets, live."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.background.campaign_watcher import CampaignArrived, CampaignWatcher
from vmss_tui.ui.background.replies import IntentSent, RequestFailed
from vmss_tui.ui.campaigns.campaign_cells import (
    COLUMNS,
    STAGE_PREFIX,
    CampaignLook,
    member_cell,
    row_keys,
    stage_cell,
    sum_groups,
    text_widths,
    total_cell,
)
from vmss_tui.ui.campaigns.campaign_commands import CampaignCommands, ReportArrived
from vmss_tui.ui.campaigns.campaign_status import CampaignStatus
from vmss_tui.ui.campaigns.campaign_texts import notice_text, title_parts
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.commands.handlers import CommandHandler, handlers_by_command
from vmss_tui.ui.layers import Layer
from vmss_tui.ui.lists.list_columns import Cell, ListColumn, ListOrder
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.widgets.summary_bar import SummaryBar

ScreenFactory = Callable[[ScaleSetId, str | None], Layer[None]]
"""Makes the screen of a scale set, with the run of this name where one is given."""
EXPIRY_SECONDS = 10.0
"""Seconds after which a state that was not read again is shown as outdated."""
_AGE_INTERVAL = 2.0


class CampaignScreen(TableScreen[None]):
    """A campaign of this machine, by its name."""

    COMMAND_SCOPE = CommandScope.CAMPAIGN
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.CAMPAIGN)]
    COLUMNS: ClassVar[Sequence[ListColumn]] = COLUMNS
    TITLE_TEXT = "Campaign"
    FILTER_HINT = "filter by words: live  problem  failed  part of a name, a region or a reason"
    HAS_TOTALS = True
    watcher: CampaignWatcher | None = None
    """Reads the campaign; set when the screen is mounted."""

    def __init__(self, name: str, make_screen: ScreenFactory) -> None:
        super().__init__()
        self.campaign_name, self._make_screen = name, make_screen
        self.status: CampaignStatus | None = None
        self._error = ""
        """Why the campaign could not be read the last time."""
        self._commands = CampaignCommands(self, self)

    @cached_property
    def handlers(self) -> Mapping[str, CommandHandler]:
        """Command id -> method that carries it out."""
        return handlers_by_command((self, self._commands), self.COMMAND_SCOPE)

    def compose_above(self) -> Sequence[Widget]:
        """The bar over all instances of the campaign."""
        return (SummaryBar(self.session.appearance),)

    def on_mount(self) -> None:
        """Begins to follow the campaign."""
        session = self.session
        self.table.order = ListOrder("plan")
        self.watcher = CampaignWatcher(
            session.services.campaign_control, self.campaign_name, self, session.now
        )
        self.app.theme_changed_signal.subscribe(self, lambda _: self.update_rows())
        self.set_interval(_AGE_INTERVAL, self._draw_notice)
        self._update_title()

    def on_unmount(self) -> None:
        """Ends the thread that follows the campaign."""
        if self.watcher is not None:
            self.watcher.stop()

    def on_campaign_arrived(self, message: CampaignArrived) -> None:
        """Shows a newer state, or why there is none."""
        self._error = message.error
        if message.status is not None:
            self.status = message.status
            self._commands.status_arrived(message.status)
            self.update_rows()
        self._draw_notice()

    def on_intent_sent(self, message: IntentSent) -> None:
        """Reports the intent, and reads the campaign for the worker's answer."""
        self.say(message.text)
        self.poll_now()

    def on_request_failed(self, message: RequestFailed) -> None:
        """Shows why something was not done."""
        self.say(capitalize_sentence(message.error), warning=True)

    def on_report_arrived(self, message: ReportArrived) -> None:
        """Opens the report."""
        self._commands.report_arrived(message, self.campaign_name)

    def poll_now(self) -> None:
        """Reads the campaign again at once."""
        if self.watcher is not None:
            self.watcher.poll_now()

    @property
    def member_key(self) -> str:
        """The key of the cursor's scale set; empty on the line of a stage."""
        key = self.cursor_key if self.is_mounted else ""
        return "" if key.startswith(STAGE_PREFIX) else key

    def command_context(self) -> CommandContext:
        """The state that the availability rules depend on."""
        read_only, status = self.session.read_only, self.status
        return CommandContext(
            read_only=read_only,
            has_reading=status is not None,
            campaign_obstacles=(
                status.obstacles(self.member_key, read_only=read_only) if status else {}
            ),
        )

    # Rows

    def update_rows(self) -> None:
        """Filters and sorts the rows again, and draws them."""
        status, order = self.status, self.table.order
        keys = row_keys(status, self.filter_text, order) if status else []
        self.table.empty_text = "No scale set matches the filter" if status else "reading …"
        self.table.show(keys, text_widths(status), order)
        shown = sum(not key.startswith(STAGE_PREFIX) for key in keys)
        total = len(status.members) if status else 0
        self.set_filter_result(f"{shown:,} of {total:,}" if self.filter_text else "")
        if status is not None:
            self.query_one(SummaryBar).show(sum_groups(status.members.values()))
        self._update_title()
        self.draw_edges()

    def draw_cell(self, key: str, column: str, width: int) -> Cell:
        """A cell of a stage's line or of a member's."""
        status = self.status
        if status is None:
            return ()
        if key.startswith(STAGE_PREFIX):
            return stage_cell(
                status, int(key.removeprefix(STAGE_PREFIX)), column, width, self._look
            )
        member = status.members.get(key)
        return member_cell(member, column, width, self._look) if member else ()

    def draw_total(self, column: str, width: int) -> Cell:
        """A cell of the line of totals."""
        return total_cell(self.status, column, width, self._look) if self.status else ()

    def edge_texts(self) -> tuple[Content, Content]:
        """The cursor's scale set and why it is in its state, in full; the rows in view."""
        position = super().edge_texts()[1] if self._is_scrolled else Content("")
        member = self.status.members.get(self.cursor_key) if self.status else None
        text = ""
        if member is not None:
            text = ": ".join(filter(None, (member.plan.scale_set.short, member.reason)))
        return Content.styled(cell(text, 260), "$quiet"), Content.styled(position.plain, "$quiet")

    @property
    def _is_scrolled(self) -> bool:
        """Whether there are more lines than fit; else their number says nothing."""
        return len(self.table.visible_keys) < len(self.table.keys)

    @property
    def _look(self) -> CampaignLook:
        return CampaignLook(self.session.appearance, self.app.theme != "vmss-mono")

    def _update_title(self) -> None:
        session = self.session
        left, right = title_parts(
            self.status,
            self.campaign_name,
            self._look,
            demo=session.services.context.demo,
            read_only=session.read_only,
        )
        self.set_title(left, right)

    def _draw_notice(self) -> None:
        """Shows what must be known; also that the state was not read again for a while."""
        read_at = self.watcher.read_at if self.watcher is not None else None
        age = (self.session.now() - read_at).total_seconds() if read_at else 0.0
        text = notice_text(
            self.status, self._error, read_at, self.session.appearance, self.session.keys,
            is_outdated=age > EXPIRY_SECONDS,
        )  # fmt: skip
        self.show_notice(text)

    # Commands

    def do_open(self) -> None:
        """Opens the cursor's scale set with its run."""
        member = self.status.members.get(self.cursor_key) if self.status else None
        if member is None:
            self.say("Choose a scale set: this is the line of a stage")
            return
        screen = self._make_screen(member.plan.scale_set, member.member.run or None)
        self.open_dialog(screen)

    def do_refresh(self) -> None:
        """Reads the campaign again."""
        self.poll_now()

    def do_sort_name(self) -> None:
        """Sorts by name within each stage."""
        self.sort_by("name")

    def do_back(self) -> None:
        """Shows all scale sets again, else closes the screen."""
        if not self.clear_filter():
            self.dismiss(None)

    def do_leave(self) -> None:
        """Closes the screen."""
        self.dismiss(None)
