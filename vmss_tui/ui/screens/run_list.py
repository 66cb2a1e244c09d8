"""The list of runs on this machine: live, resumable and completed ones, the newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.runtime.storage.port import RunSummary
from vmss_tui.text import cell
from vmss_tui.ui.background.replies import RunsArrived
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.commands.bindings import CommandScope, bindings_for
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.screens.base_table import TableScreen
from vmss_tui.ui.widgets.header import Part


class RunListScreen(TableScreen[str | None]):
    """The result is the name of the chosen run; None where none was chosen."""

    COMMAND_SCOPE = CommandScope.RUN_LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(CommandScope.RUN_LIST)]
    COLUMNS: ClassVar[Sequence[str]] = ("run", "scale set", "phase", "done", "started", "why")

    def on_mount(self) -> None:
        """Shows the title before there are rows."""
        self._set_title("reading …")

    def on_runs_arrived(self, message: RunsArrived) -> None:
        """Shows the runs."""
        self.show_notice(message.error or ("" if message.runs else "No runs yet on this machine."))
        self.set_rows({run.name: self._cells(run) for run in message.runs})
        self._set_title(pluralize(len(message.runs), "run", "runs"))

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

    def do_back(self) -> None:
        """Chooses no run."""
        self.dismiss(None)

    do_leave = do_back

    def _set_title(self, count: str) -> None:
        self.set_title([Part("runs", "bold")], [Part(count, "bold")])

    def _cells(self, run: RunSummary) -> list[Text]:
        appearance = self.session.appearance
        sign = f"{appearance.sign('live')} " if run.is_live else "  "
        return [
            Text(sign + cell(run.name, 40), style="bold"),
            Text(cell(run.scale_set.short, 40)),
            Text(run.phase.label),
            Text(f"{run.settled}/{run.total}", justify="right"),
            Text(_start_time(run.started_at, appearance)),
            Text(cell(run.damage or run.worker_failure or run.message, 60)),
        ]


def _start_time(timestamp: str, appearance: Appearance) -> str:
    """A timestamp of a journal (ISO 8601) as a date and time; as it is where it is damaged."""
    try:
        return appearance.day_and_clock(datetime.fromisoformat(timestamp))
    except ValueError:
        return cell(timestamp, 20)
