"""The list of runs: live, resumable, done; the newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType

from vmss_tui.runtime.storage.run_folder import RunSummary
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import RunsArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.widgets.header import Part
from vmss_tui.upgrade.report.sentences import counted


class RunsScreen(TableScreen[str | None]):
    """Choose a run; gives its name back."""

    PANE = CommandScope.RUN_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.RUN_LIST)]
    COLUMNS: ClassVar[Sequence[str]] = ("run", "scale set", "phase", "done", "started", "why")

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[RunSummary, ...] | None = None

    def heading(self) -> tuple[list[Part], list[Part]]:
        """How many there are."""
        count = len(self._found or ())
        words = "reading …" if self._found is None else counted(count, "run", "runs")
        return [Part("runs", "bold")], [Part(words, "bold")]

    def on_runs_arrived(self, message: RunsArrived) -> None:
        """Shows them."""
        self._found = message.runs
        self.notice(message.error or ("" if message.runs else "No runs yet on this machine."))
        self.fill({run.name: self._cells(run) for run in message.runs})
        self.say_title()

    def do_open(self) -> None:
        """Shows the run on its scale set."""
        if self.row_key:
            self.dismiss(self.row_key)

    def do_refresh(self) -> None:
        """Reads them again."""
        runs = self.session.services.runs
        run_in_thread(
            self, lambda: RunsArrived(runs.summaries()), lambda words: RunsArrived((), words)
        )

    def do_back(self) -> None:
        """Chooses none."""
        self.dismiss(None)

    do_leave = do_back

    def _cells(self, run: RunSummary) -> list[Text]:
        look = self.session.appearance
        sign = f"{look.sign('live')} " if run.live else "  "
        return [
            Text(sign + cell(run.name, 40), style="bold"),
            Text(cell(run.scale_set.short, 40)),
            Text(str(run.phase)),
            Text(f"{run.settled}/{run.total}", justify="right"),
            Text(_started(run.started_at, look)),
            Text(cell(run.damage or run.message, 60)),
        ]


def _started(stamp: str, look: Appearance) -> str:
    try:
        return look.day_and_clock(datetime.fromisoformat(stamp))
    except ValueError:
        return cell(stamp, 20)
