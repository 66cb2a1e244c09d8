"""The event and command log, over the lower half of the screen: the cells stay in sight."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import RichLog, Static

from vmss_tui.text import cell
from vmss_tui.ui.background.messages import LogArrived
from vmss_tui.ui.background.replies import RequestFailed
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.base_sheet import SheetScreen
from vmss_tui.ui.drawing.glyphs import Appearance, rich_style
from vmss_tui.ui.text.event_log import EventLogSource, LogLine

_CLOCK_WIDTH = len("12:04:31 ")
"""Cells before the words; what does not fit goes on below the words."""


class LogScreen(SheetScreen):
    """Opens at its end, and goes on growing there while nobody scrolls back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "close", "close", show=False)]

    def __init__(self, title: str, source: EventLogSource, appearance: Appearance) -> None:
        super().__init__()
        self._title, self._source, self.appearance = title, source, appearance
        self._lines: tuple[LogLine, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, lines, how to leave."""
        with Vertical(classes="sheet"):
            yield Static(Content(cell(self._title, 120)), markup=False, classes="sheet-title")
            yield RichLog(wrap=True, markup=False, highlight=False, min_width=20)
            foot = "j k scroll   g G first, last   esc closes"
            yield Static(Content(foot), markup=False, classes="sheet-foot")

    def on_mount(self) -> None:
        """Reads the log at once."""
        self.read_log()

    def read_log(self) -> None:
        """Gathers what there is by now, in a thread."""
        run_in_thread(self, lambda: LogArrived(self._source.gather()), RequestFailed)

    def on_log_arrived(self, message: LogArrived) -> None:
        """Shows it."""
        self.show(message.lines)

    def on_request_failed(self, message: RequestFailed) -> None:
        """It cannot be read: says why in its place."""
        self.scrolled.clear()
        self.scrolled.write(Text(cell(message.error, 400)))

    def on_resize(self) -> None:
        """Lines break elsewhere."""
        if lines := self._lines:
            self._lines = ()
            self.scrolled.clear()
            self.show(lines)

    def show(self, lines: Sequence[LogLine]) -> None:
        """Takes the log as it is now; only what is new is written."""
        previous, self._lines = self._lines, tuple(lines)
        if self._lines[: len(previous)] == previous:
            lines = self._lines[len(previous) :]
        else:
            self.scrolled.clear()
        for line in lines:
            self.scrolled.write(self._format(line), expand=True)
        if not self._lines:
            self.scrolled.clear()
            self.scrolled.write(Text("Nothing was asked of this set from here yet."))

    def _format(self, line: LogLine) -> Text:
        muted_style = rich_style(self.app.theme_variables, "quiet")
        error_style = rich_style(self.app.theme_variables, "tone-unhealthy")
        text = Text(cell(line.words, 600), style=error_style if line.bad else "")
        for az_line in line.az:
            text.append(f"\n{cell(az_line, 1200)}", style=muted_style)
        width = self.scrolled.scrollable_content_region.width - _CLOCK_WIDTH
        first, *continued = text.wrap(self.app.console, max(20, width))
        entry = Text.assemble((f"{self.appearance.clock_from_iso(line.at)} ", muted_style), first)
        for line_text in continued:
            entry = Text.assemble(entry, "\n", " " * _CLOCK_WIDTH, line_text)
        return entry

    @property
    def scrolled(self) -> RichLog:
        """The lines."""
        return self.query_one(RichLog)
