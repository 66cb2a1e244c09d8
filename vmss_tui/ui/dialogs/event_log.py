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
from vmss_tui.ui.text.event_log import Feed, LogLine

_CLOCK = len("12:04:31 ")
"""Cells before the words; what does not fit goes on below the words."""


class LogScreen(SheetScreen):
    """Opens at its end, and goes on growing there while nobody scrolls back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "close", "close", show=False)]

    def __init__(self, title: str, feed: Feed, look: Appearance) -> None:
        super().__init__()
        self._title, self._feed, self.look = title, feed, look
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
        self.look_again()

    def look_again(self) -> None:
        """Gathers what there is by now, in a thread."""
        run_in_thread(self, lambda: LogArrived(self._feed.gather()), RequestFailed)

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
        known, self._lines = self._lines, tuple(lines)
        if self._lines[: len(known)] == known:
            lines = self._lines[len(known) :]
        else:
            self.scrolled.clear()
        for line in lines:
            self.scrolled.write(self._drawn(line), expand=True)
        if not self._lines:
            self.scrolled.clear()
            self.scrolled.write(Text("Nothing was asked of this set from here yet."))

    def _drawn(self, line: LogLine) -> Text:
        quiet = rich_style(self.app.theme_variables, "quiet")
        sick = rich_style(self.app.theme_variables, "tone-unhealthy")
        words = Text(cell(line.words, 600), style=sick if line.bad else "")
        for typed in line.az:
            words.append(f"\n{cell(typed, 1200)}", style=quiet)
        room = self.scrolled.scrollable_content_region.width - _CLOCK
        first, *below = words.wrap(self.app.console, max(20, room))
        drawn = Text.assemble((f"{self.look.clock_from_iso(line.at)} ", quiet), first)
        for each in below:
            drawn = Text.assemble(drawn, "\n", " " * _CLOCK, each)
        return drawn

    @property
    def scrolled(self) -> RichLog:
        """The lines."""
        return self.query_one(RichLog)
