"""The list of campaigns on this machine, the newest first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from vmss_tui.campaign.state import FAILED_STATES, SETTLED_STATES, CampaignPhase
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.runtime.campaigns.campaign_store import CampaignSummary
from vmss_tui.text import cell
from vmss_tui.ui.background.message_base import ReplaceableMessage
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.campaigns.campaign_screen import CampaignScreen, ScreenFactory
from vmss_tui.ui.campaigns.campaign_texts import PHASE_TONES, phase_text
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.lists.list_columns import Cell, ListColumn, ListOrder
from vmss_tui.ui.lists.word_filter import matches_words
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.widgets.header import Part


class CampaignsArrived(ReplaceableMessage):
    """The list of campaigns, or why it could not be read."""

    def __init__(self, campaigns: Sequence[CampaignSummary], error: str = "") -> None:
        super().__init__()
        self.campaigns, self.error = tuple(campaigns), error


class CampaignListScreen(TableScreen[None]):
    """Opens the chosen campaign over itself."""

    COMMAND_SCOPE = CommandScope.CAMPAIGN_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.CAMPAIGN_LIST)]
    COLUMNS: ClassVar[Sequence[ListColumn]] = (
        ListColumn("started", "Started", 12, 14, descending=True),
        ListColumn("name", "Campaign", 12, 48, keeps_end=True),
        ListColumn("state", "State", 18, 26),
        ListColumn("done", "Done", 7, 9, right=True),
        ListColumn("failed", "Failed", 6, 6, drop_order=2, right=True),
        ListColumn("reason", "Reason", 6, 120, drop_order=1),
    )
    TITLE_TEXT = "Campaigns"
    FILTER_HINT = "filter by words: live  halted  completed  part of a name or a reason"

    def __init__(self, make_screen: ScreenFactory) -> None:
        """`make_screen` makes the screen of a member."""
        super().__init__()
        self._make_screen = make_screen
        self._campaigns: dict[str, CampaignSummary] | None = None

    def on_mount(self) -> None:
        """Begins with the newest campaigns."""
        self.table.order = ListOrder("started", descending=True)
        self._update_title()

    def on_screen_resume(self) -> None:
        """Reads the list again after a campaign was open."""
        if self._campaigns is not None:
            self.do_refresh()

    def on_campaigns_arrived(self, message: CampaignsArrived) -> None:
        """Shows the campaigns."""
        self.show_notice(message.error)
        if not message.error or self._campaigns is None:
            self._campaigns = {campaign.name: campaign for campaign in message.campaigns}
        self.update_rows()

    def command_context(self) -> CommandContext:
        """The state that the availability rules depend on."""
        return CommandContext(read_only=self.session.read_only, has_reading=bool(self._campaigns))

    def do_open(self) -> None:
        """Opens the cursor's campaign."""
        if self.cursor_key:
            self.open_dialog(CampaignScreen(self.cursor_key, self._make_screen))

    def do_refresh(self) -> None:
        """Reads the campaigns again."""
        control = self.session.services.campaign_control
        run_in_thread(
            self,
            lambda: CampaignsArrived(control.summaries()),
            lambda error: CampaignsArrived((), error),
        )

    def do_sort_name(self) -> None:
        """Sorts by name."""
        self.sort_by("name")

    def do_back(self) -> None:
        """Shows all campaigns again, else closes the list."""
        if not self.clear_filter():
            self.dismiss(None)

    def do_leave(self) -> None:
        """Closes the list."""
        self.dismiss(None)

    # Rows

    def update_rows(self) -> None:
        """Filters and sorts the rows again, and draws them."""
        campaigns = list((self._campaigns or {}).values())
        shown = [campaign for campaign in campaigns if _matches(self.filter_text, campaign)]
        self.table.empty_text = "No campaigns on this machine yet"
        if campaigns:
            self.table.empty_text = "No campaign matches the filter"
        elif self._campaigns is None:
            self.table.empty_text = "reading …"
        order = self.table.order
        shown.sort(key=_SORT_KEYS[order.column], reverse=order.descending)
        self.table.show([campaign.name for campaign in shown], _text_widths(campaigns), order)
        result = f"{len(shown):,} of {len(campaigns):,}"
        self.set_filter_result(result if self.filter_text else "")
        self._update_title()
        self.draw_edges()

    def _update_title(self) -> None:
        campaigns = list((self._campaigns or {}).values())
        count = pluralize(len(campaigns), "campaign", "campaigns")
        live = sum(campaign.is_live for campaign in campaigns)
        halted = sum(c.campaign.phase is CampaignPhase.HALTED for c in campaigns)
        self.set_title(
            [Part("Campaigns", "bold"), Part("on this machine", "$quiet", 3)],
            [
                Part(f"{halted} halted" if halted else "", "bold $tone-failed", 2),
                Part(f"{live} live" if live else "", "bold $tone-moving", 1),
                Part("reading …" if self._campaigns is None else count, "bold"),
            ],
        )

    def edge_texts(self) -> tuple[Content, Content]:
        """Why the cursor's campaign is in its state, in full; the rows in view."""
        position = super().edge_texts()[1]
        campaign = (self._campaigns or {}).get(self.cursor_key)
        reason = cell(campaign.reason, 200) if campaign else ""
        return Content.styled(reason, "$quiet"), Content.styled(position.plain, "$quiet")

    def draw_cell(self, key: str, column: str, width: int) -> Cell:
        """A cell of a row."""
        campaign = (self._campaigns or {}).get(key)
        return _campaign_cell(campaign, column, self.session.appearance) if campaign else ()


def _campaign_cell(summary: CampaignSummary, column: str, appearance: Appearance) -> Cell:
    campaign = summary.campaign
    match column:
        case "started":
            return ((_start_text(summary, appearance), "quiet"),)
        case "name":
            return ((cell(summary.name, 60), "bold"),)
        case "state":
            if summary.lacks_worker:
                return ((f"{appearance.sign('unhealthy')} no worker", "bold tone-unhealthy"),)
            return ((phase_text(campaign, appearance), PHASE_TONES[campaign.phase]),)
        case "done":
            return ((f"{campaign.count(SETTLED_STATES):,}/{len(campaign.members):,}", ""),)
        case "failed":
            failed = campaign.count(FAILED_STATES)
            return ((f"{failed:,}" if failed else "", "tone-failed"),)
    return ((cell(summary.reason, 200), "quiet"),)


def _start_text(summary: CampaignSummary, appearance: Appearance) -> str:
    """`22 Nov 12:44`; a damaged timestamp as it is."""
    try:
        return appearance.day_and_clock(datetime.fromisoformat(summary.started_at))
    except ValueError:
        return cell(summary.started_at, 14)


def _matches(filter_text: str, summary: CampaignSummary) -> bool:
    """Whether the campaign matches every word: `live`, or a part of its texts; `!` negates."""
    state = "no worker" if summary.lacks_worker else summary.campaign.status_label
    texts = (summary.name, state, summary.reason)
    return matches_words(filter_text, texts, {"live": summary.is_live})


def _text_widths(campaigns: Sequence[CampaignSummary]) -> dict[str, int]:
    """The width of each column's longest text, of all rows whether they are shown or not."""
    names = max((len(campaign.name) for campaign in campaigns), default=0)
    reasons = max((len(campaign.reason) for campaign in campaigns), default=0)
    return {"started": 12, "name": names, "state": 26, "done": 7, "reason": reasons}


_SORT_KEYS: Mapping[str, Callable[[CampaignSummary], Any]] = {
    "started": lambda summary: summary.started_at,
    "name": lambda summary: summary.name.lower(),
    "state": lambda summary: (not summary.is_live, summary.campaign.status_label),
    "done": lambda summary: summary.campaign.count(SETTLED_STATES),
    "failed": lambda summary: summary.campaign.count(FAILED_STATES),
    "reason": lambda summary: summary.reason.lower(),
}
