"""The list of runs: live, resumable, done; the newest first."""

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import DataTable, Static

from vmss_tui.runtime.runs import RunSummary
from vmss_tui.text import cell
from vmss_tui.ui.calls import ask
from vmss_tui.ui.commanded import CommandScreen
from vmss_tui.ui.commands import Pane, bindings
from vmss_tui.ui.look import Look
from vmss_tui.ui.messages import RunsArrived
from vmss_tui.ui.widgets.header import Part, line
from vmss_tui.ui.widgets.hints import Hints

_COLUMNS = ("run", "scale set", "phase", "done", "started", "why")


class RunsScreen(CommandScreen[str | None]):
    """Choose a run; gives its name back."""

    PANE = Pane.RUNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Pane.RUNS)]

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[RunSummary, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, table, keys."""
        yield Static(markup=False, id="title")
        yield Static(markup=False, id="notice")
        table: DataTable[Text] = DataTable(cursor_type="row")
        yield table
        yield Hints(Pane.RUNS, self.standing, self.session.keys)

    def on_mount(self) -> None:
        """Reads the runs of this machine."""
        for name in _COLUMNS:
            self._table.add_column(Text(name), key=name)
        self._table.focus()
        self._say_title("reading …")
        self.do_refresh()

    def on_runs_arrived(self, message: RunsArrived) -> None:
        """Shows them."""
        notice = self.query_one("#notice", Static)
        words = message.words or ("" if message.runs else "No runs yet on this machine.")
        notice.display = bool(words)
        notice.update(Content(f" {cell(words, 400)}"))
        self._found = message.runs
        self._table.clear()
        for run in self._found:
            self._table.add_row(*self._cells(run))
        self._say_title(f"{len(self._found)} runs")

    def on_data_table_row_selected(self) -> None:
        """Enter, or a click on the cursor's row."""
        self.do_open()

    def do_open(self) -> None:
        """Shows the run on its scale set."""
        if self._found:
            self.dismiss(self._found[self._table.cursor_row].name)

    def do_refresh(self) -> None:
        """Reads them again."""
        cockpit = self.session.cockpit
        ask(self, lambda: RunsArrived(cockpit.runs()), lambda words: RunsArrived((), words))

    def do_back(self) -> None:
        """Chooses none."""
        self.dismiss(None)

    do_leave = do_back

    def do_down(self) -> None:
        """Down a row."""
        self._table.action_cursor_down()

    def do_up(self) -> None:
        """Up a row."""
        self._table.action_cursor_up()

    def do_first(self) -> None:
        """To the first row."""
        self._table.move_cursor(row=0)

    def do_last(self) -> None:
        """To the last row."""
        self._table.move_cursor(row=self._table.row_count - 1)

    def do_page_up(self) -> None:
        """Up a page."""
        self._table.action_page_up()

    def do_page_down(self) -> None:
        """Down a page."""
        self._table.action_page_down()

    @property
    def _table(self) -> "DataTable[Text]":
        return self.query_one(DataTable)

    def _say_title(self, words: str) -> None:
        parts = [Part("vmss-tui", "$quiet"), Part("runs", "bold")]
        title = line(parts, [Part(words, "bold")], self.size.width)
        self.query_one("#title", Static).update(title)

    def _cells(self, run: RunSummary) -> list[Text]:
        look = self.session.look
        sign = f"{look.sign('live')} " if run.live else "  "
        return [
            Text(sign + cell(run.name, 40), style="bold"),
            Text(cell(run.scale_set.short, 40)),
            Text(str(run.phase)),
            Text(f"{run.settled}/{run.total}", justify="right"),
            Text(_started(run.started_at, look)),
            Text(cell(run.damage or run.message, 60)),
        ]


def _started(stamp: str, look: Look) -> str:
    try:
        return look.day_and_clock(datetime.fromisoformat(stamp))
    except ValueError:
        return cell(stamp, 20)
