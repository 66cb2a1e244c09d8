"""The event and command log in the lower half of the screen, below the cells."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import RichLog

from vmss_tui.shell import wrap_command
from vmss_tui.text import cell
from vmss_tui.ui.background.messages import LogArrived
from vmss_tui.ui.background.replies import RequestFailed
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.base_sheet import SheetScreen
from vmss_tui.ui.dialogs.dialog_frame import DialogFrame, key_hints
from vmss_tui.ui.drawing.glyphs import Appearance, rich_style
from vmss_tui.ui.text.event_log import EventLogSource, LogLine

_CLOCK_WIDTH = len("12:04:31 ")
"""Columns before the text; wrapped lines are indented by as many."""


class LogScreen(SheetScreen):
    """Opens at the end of the log, and follows it unless it is scrolled back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "close", "close", show=False)]

    def __init__(self, title: str, source: EventLogSource, appearance: Appearance) -> None:
        super().__init__()
        self._title, self._source, self.appearance = title, source, appearance
        self._lines: tuple[LogLine, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, lines, keys."""
        yield DialogFrame(
            RichLog(wrap=True, markup=False, highlight=False, min_width=20),
            title=self._title,
            keys=key_hints(("j k", "scroll"), ("g G", "first, last"), ("esc", "close")),
        )

    def on_mount(self) -> None:
        """Starts to read the log."""
        self.read_log()

    def read_log(self) -> None:
        """Reads the log in a thread."""
        run_in_thread(self, lambda: LogArrived(self._source.read()), RequestFailed)

    def on_log_arrived(self, message: LogArrived) -> None:
        """Shows the log."""
        self.show(message.lines)

    def on_request_failed(self, message: RequestFailed) -> None:
        """Shows why the log cannot be read."""
        self.scroll_target.clear()
        self.scroll_target.write(Text(cell(message.error, 400)))

    def on_resize(self) -> None:
        """Wraps the lines to the new width."""
        if lines := self._lines:
            self._lines = ()
            self.scroll_target.clear()
            self.show(lines)

    def show(self, lines: Sequence[LogLine]) -> None:
        """Takes the whole log; writes only new lines."""
        previous, self._lines = self._lines, tuple(lines)
        if self._lines[: len(previous)] == previous:
            lines = self._lines[len(previous) :]
        else:
            self.scroll_target.clear()
        for line in lines:
            self.scroll_target.write(self._format(line), expand=True)
        if not self._lines:
            self.scroll_target.clear()
            self.scroll_target.write(Text("No requests and no events in this session yet."))

    def _format(self, line: LogLine) -> Text:
        muted_style = rich_style(self.app.theme_variables, "quiet")
        error_style = rich_style(self.app.theme_variables, "tone-unhealthy")
        text = Text(cell(line.text, 600), style=error_style if line.is_problem else "")
        width = max(20, self.scroll_target.scrollable_content_region.width - _CLOCK_WIDTH)
        for az_line in line.az:
            for part in wrap_command(az_line, width):
                text.append(f"\n{part}", style=muted_style)
        first, *continued = text.wrap(self.app.console, width)
        entry = Text.assemble((f"{self.appearance.clock_from_iso(line.at)} ", muted_style), first)
        for line_text in continued:
            entry = Text.assemble(entry, "\n", " " * _CLOCK_WIDTH, line_text)
        return entry

    @property
    def scroll_target(self) -> RichLog:
        """The log widget."""
        return self.query_one(RichLog)
