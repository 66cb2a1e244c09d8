"""The list of runs on this machine: live, resumable and completed ones, the newest first."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.runtime.storage.run_records import RunSummary
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import RunsArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.campaigns.campaign_list import CampaignListScreen
from vmss_tui.ui.campaigns.campaign_screen import ScreenFactory
from vmss_tui.ui.commands.availability import CommandContext
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for, command_key
from vmss_tui.ui.lists.list_columns import Cell, ListColumn, ListOrder
from vmss_tui.ui.lists.word_filter import matches_words
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.widgets.header import Part
from vmss_tui.upgrade.run.phase import Phase

_TONES = {
    Phase.ROLLING_FORWARD: "bold tone-moving",
    Phase.ROLLING_BACK: "bold tone-moving",
    Phase.PAUSED: "bold tone-moving",
    Phase.COMPLETED: "tone-good",
    Phase.COMPLETED_WITH_FAILURES: "bold tone-unhealthy",
    Phase.FAULTED: "bold tone-failed",
}
_CLOCK, _WITH_AGE = 12, 25
"""Columns of a start: only its date and time, and with its age."""


class RunListScreen(TableScreen[str | None]):
    """The result is the name of the chosen run; None where none was chosen."""

    COMMAND_SCOPE = CommandScope.RUN_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.RUN_LIST)]
    COLUMNS: ClassVar[Sequence[ListColumn]] = (
        ListColumn("started", "Started", _CLOCK, _WITH_AGE, growth=3, descending=True),
        ListColumn("name", "Run", 12, 40, growth=1, keeps_end=True),
        ListColumn("set", "Scale set", 12, 40, growth=1, keeps_end=True),
        ListColumn("state", "State", 11, 24, growth=2),
        ListColumn("upgraded", "Upgraded", 9, 11, drop_order=1, right=True),
        ListColumn("failed", "Failed", 6, 6, drop_order=2, right=True),
        ListColumn("reason", "Reason", 20, 60, drop_order=3),
    )
    TITLE_TEXT = "Runs"
    FILTER_HINT = "filter by words: live  halted  completed  part of a name or a reason"

    def __init__(self, make_screen: ScreenFactory) -> None:
        """`make_screen` makes the screen of a scale set, for those that a campaign opens."""
        super().__init__()
        self._make_screen = make_screen
        self._runs: dict[str, RunSummary] | None = None

    def on_mount(self) -> None:
        """Begins with the newest runs; shows the title before there are rows."""
        self.table.order = ListOrder("started", descending=True)
        self._update_title()

    def on_runs_arrived(self, message: RunsArrived) -> None:
        """Shows the runs."""
        self.show_notice(message.error)
        self._runs = {run.name: run for run in message.runs}
        self.update_rows()

    def command_context(self) -> CommandContext:
        """The state that the availability rules depend on."""
        return CommandContext(read_only=self.session.read_only, has_reading=bool(self._runs))

    def do_open(self) -> None:
        """Chooses the cursor's run."""
        if self.cursor_key:
            self.dismiss(self.cursor_key)

    def do_refresh(self) -> None:
        """Reads the runs again."""
        runs = self.session.services.run_control
        run_in_thread(
            self, lambda: RunsArrived(runs.summaries()), lambda error: RunsArrived((), error)
        )

    def do_campaigns(self) -> None:
        """Opens the list of campaigns."""
        self.open_dialog(CampaignListScreen(self._make_screen))

    def do_sort_name(self) -> None:
        """Sorts by name."""
        self.sort_by("name")

    def do_back(self) -> None:
        """Shows all runs again, else chooses none."""
        if not self.clear_filter():
            self.dismiss(None)

    def do_leave(self) -> None:
        """Chooses no run."""
        self.dismiss(None)

    # Rows

    def update_rows(self) -> None:
        """Filters and sorts the rows again, and draws them."""
        runs = list((self._runs or {}).values())
        shown = [run for run in runs if _matches(self.filter_text, run)]
        upgrade, batches, back = (
            command_key(name, self.session.keys) for name in ("upgrade", "rolling-run", "back")
        )
        text = f"No runs on this machine yet: open a scale set, press {upgrade} or {batches}"
        self.table.empty_text = text
        if runs:
            self.table.empty_text = f"No run matches the filter: {back} shows all"
        elif self._runs is None:
            self.table.empty_text = "reading …"
        order = self.table.order
        shown.sort(key=_SORT_KEYS[order.column], reverse=order.descending)
        self.table.show([run.name for run in shown], _text_widths(runs), order)
        result = f"{len(shown):,} of {pluralize(len(runs), 'run', 'runs')}"
        self.set_filter_result(result if self.filter_text else "")
        self._update_title()
        self.draw_edges()

    def _update_title(self) -> None:
        runs = list((self._runs or {}).values())
        count = "reading …" if self._runs is None else pluralize(len(runs), "run", "runs")
        live = sum(run.is_live for run in runs)
        halted = sum(run.phase is Phase.FAULTED for run in runs)
        self.set_title(
            [Part("Runs", "bold"), Part("on this machine", "$quiet", 3)],
            [
                Part(f"{halted} halted" if halted else "", "bold $tone-failed", 2),
                Part(f"{live} live" if live else "", "bold $tone-moving", 1),
                Part(count, "bold"),
            ],
        )

    def edge_texts(self) -> tuple[Content, Content]:
        """Why the cursor's run is in its state, in full; the rows in view."""
        _, right = super().edge_texts()
        run = (self._runs or {}).get(self.cursor_key)
        reason = cell(_reason(run), 200) if run else ""
        return Content.styled(reason, "$quiet"), Content.styled(right.plain, "$quiet")

    def draw_cell(self, key: str, column: str, width: int) -> Cell:
        """A cell of a row."""
        run = (self._runs or {}).get(key)
        if run is None:
            return ()
        match column:
            case "started":
                return ((self._start_text(run, width), "quiet"),)
            case "name":
                return ((cell(run.name, 40), "bold"),)
            case "set":
                return ((cell(run.scale_set.short, 90), ""),)
            case "state":
                return self._state_cell(run)
            case "upgraded":
                return ((f"{run.upgraded:,}/{run.total:,}", ""),)
            case "failed":
                return ((f"{run.failed:,}" if run.failed else "", "tone-failed"),)
        return ((cell(_reason(run), 200), "quiet"),)

    def _state_cell(self, run: RunSummary) -> Cell:
        sign = f"{self.session.appearance.sign('live')} " if run.is_live else ""
        tone = "bold tone-unhealthy" if run.lacks_worker else _TONES.get(run.phase, "quiet")
        return ((f"{sign}{run.status}", tone),)

    def _start_text(self, run: RunSummary, width: int) -> str:
        """`22 Nov 12:44 (6 d ago)`, in a narrow column without the age; a damaged timestamp as it
        is."""
        try:
            at = datetime.fromisoformat(run.started_at)
            age = describe_span(self.session.now() - at)
        except (ValueError, TypeError):
            return cell(run.started_at, 24)
        start = self.session.appearance.day_and_clock(at)
        text = f"{start} ({age} ago)"
        return text if len(text) <= width else start


def describe_span(span: timedelta) -> str:
    """`45 s`, `12 min`, `5 h`, `6 d`, rounded down."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _reason(run: RunSummary) -> str:
    return run.damage or run.worker_failure or run.message


def _matches(filter_text: str, run: RunSummary) -> bool:
    """Whether the run matches every word: `live`, or a part of its texts; `!` negates a word."""
    state = "halted" if run.phase is Phase.FAULTED else run.status
    texts = (run.name, run.scale_set.short, state, _reason(run))
    return matches_words(filter_text, texts, {"live": run.is_live})


def _text_widths(runs: Sequence[RunSummary]) -> dict[str, int]:
    """The width of each column's longest text, of all runs whether they are shown or not."""
    longest = {
        "started": _WITH_AGE,
        "name": max((len(run.name) for run in runs), default=0),
        "set": max((len(run.scale_set.short) for run in runs), default=0),
        "state": max((len(run.status) + 2 for run in runs), default=0),
        "reason": 60,
    }
    return longest


_SORT_KEYS: dict[str, Callable[[RunSummary], Any]] = {
    "started": lambda run: run.started_at,
    "name": lambda run: run.name.lower(),
    "set": lambda run: run.scale_set.short.lower(),
    "state": lambda run: (not run.is_live, run.status),
    "upgraded": lambda run: run.upgraded,
    "failed": lambda run: run.failed,
    "reason": lambda run: _reason(run).lower(),
}
