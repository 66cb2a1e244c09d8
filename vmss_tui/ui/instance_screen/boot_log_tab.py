"""The tab with the serial log of the instance: causes first, then the end of the log."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from vmss_tui.fleet.causes import instance_statuses
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.gateway.diagnostics import BootLogState
from vmss_tui.runtime.diagnosis.loaded_log import (
    LoadedLog,
    add_earlier,
    boot_log_sentence,
    load_log,
)
from vmss_tui.text import cell
from vmss_tui.ui.detail.labelled_lines import cause_lines
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instance_screen.log_rows import LogRows
from vmss_tui.ui.instance_screen.replies import BootLogArrived, TabReadFailed
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext

_LOW = 16
"""Lines of the tab under which only one cause is shown."""


class SearchInput(Input):
    """The field of a search; `esc` leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def action_leave(self) -> None:
        """Closes the field."""
        self.display = False
        self.value = ""
        self.screen.focus_next()


class BootLogTab(InstanceTab):
    """Reads the last 64 KiB, and more when the top is reached."""

    LABEL = "Boot log"
    COST = "2 API calls"

    def __init__(self, context: TabContext) -> None:
        super().__init__(context)
        self._head = LineText(classes="detail-text")
        self._rows = LogRows(context.appearance)
        self.loaded: LoadedLog | None = None
        self._sentence = ""

    def compose(self) -> ComposeResult:
        """Causes, the lines, and the field of a search."""
        yield VerticalScroll(self._head, classes="causes", can_focus=False)
        yield self._rows
        yield SearchInput(placeholder="search the log, enter", compact=True, classes="search")

    def on_mount(self) -> None:
        """Hides the search until it is needed."""
        self._search.display = False

    @property
    def _search(self) -> SearchInput:
        return self.query_one(SearchInput)

    @property
    def scroll_target(self) -> Widget:
        """The lines of the log."""
        return self._rows

    # Reading

    def read(self) -> None:
        """Reads the end of the log: two requests."""
        self._send(None)

    @on(LogRows.TopReached)
    def read_earlier(self) -> None:
        """Reads what is before the first line, unless that is the beginning."""
        if self.loaded is not None and not self.loaded.is_whole:
            self._send(self.loaded.start)

    def _send(self, end: int | None) -> None:
        context = self.context
        diagnostics, scale_set = context.session.services.diagnostics, context.scale_set
        instance_id = context.instance.instance_id
        self.send(
            lambda request: BootLogArrived(
                request,
                diagnostics.read_boot_log(scale_set, instance_id, end=end),
                is_earlier=end is not None,
            )
        )

    def on_boot_log_arrived(self, message: BootLogArrived) -> None:
        """Shows the part that was read, or why there is none."""
        if not self.arrived(message.request):
            return
        log, statuses = message.log, instance_statuses(self.context.instance)
        if message.is_earlier and self.loaded is not None:
            if log.state is not BootLogState.AVAILABLE:
                self.state.error = log.message
                self.draw()
                return
            before = len(self.loaded.lines)
            self.loaded = add_earlier(self.loaded, log, statuses)
            added = len(self.loaded.lines) - before
            self._rows.add_before(
                self.loaded.lines, self.loaded.errors, added, numbered=self.loaded.start == 0
            )
        else:
            self._show_end(message, statuses)
        self.draw()
        self.post_message(self.TabChanged())

    def _show_end(self, message: BootLogArrived, statuses: Sequence[tuple[str, str]]) -> None:
        scale_set, log = self.context.view.scale_set, message.log
        name = self.context.instance.name
        self._sentence = boot_log_sentence(log, scale_set, name) if scale_set else log.message
        self.loaded = load_log(log, statuses)
        self._rows.show_lines(
            self.loaded.lines, self.loaded.errors, numbered=log.start == 0, at_end=True
        )

    def on_tab_read_failed(self, message: TabReadFailed) -> None:
        """Shows why it could not be read."""
        super().on_tab_read_failed(message)

    def instance_changed(self, *, is_other: bool) -> None:
        """Drops the log of another instance."""
        super().instance_changed(is_other=is_other)
        if is_other:
            self.loaded, self._sentence = None, ""
            self._rows.pattern = ""
            self._rows.show_lines((), numbered=False)
            self.draw()

    # Search and errors

    def search(self) -> None:
        """Opens the field of the search."""
        self._search.display = True
        self._search.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes to the last match before the line in view, else to the first one."""
        event.stop()
        self._rows.pattern = event.value.strip().lower()
        self._search.display = False
        self._rows.focus()
        if self._rows.pattern:
            self._rows.current = len(self._rows.lines)
            self.go_to_next(-1)
        self._rows.refresh()

    def go_to_next(self, step: int) -> None:
        """Goes to the next (1) or previous (-1) match of a search, else error; goes round."""
        rows = self._rows
        targets = (
            rows.matches() if rows.pattern else list(self.loaded.errors if self.loaded else ())
        )
        if not targets:
            text = f"no line contains {cell(rows.pattern, 40)}" if rows.pattern else "no errors"
            self.app.notify(f"Log: {text}", markup=False, timeout=3)
            return
        here = rows.current if rows.current is not None else rows.line_in_view - step
        if step > 0:
            target = next((index for index in targets if index > here), targets[0])
        else:
            target = next((index for index in reversed(targets) if index < here), targets[-1])
        rows.go_to(target)
        self.post_message(self.TabChanged())

    def close_panel(self) -> bool:
        """Ends the search."""
        if self._search.display or self._rows.pattern:
            self._rows.pattern = ""
            self._search.display = False
            self._rows.focus()
            self._rows.refresh()
            self.post_message(self.TabChanged())
            return True
        return False

    @property
    def line_to_copy(self) -> str:
        """The current line, else the last one."""
        lines, current = self._rows.lines, self._rows.current
        if current is not None and current < len(lines):
            return lines[current]
        return lines[-1] if lines else ""

    # Drawing

    @property
    def age_text(self) -> str:
        """When, and how much of the log, was read."""
        loaded = self.loaded
        if self.state.is_reading or loaded is None or not loaded.size:
            return super().age_text
        dot = self.context.appearance.sign("dot")
        part = loaded.size - loaded.start
        size = f"{_size(loaded.size)}, whole"
        if part < loaded.size:
            size = f"last {_size(part)} of {_size(loaded.size)}"
        return f"{super().age_text} {dot} {size}"

    @property
    def hints(self) -> Sequence[tuple[str, str]]:
        """Keys of the log."""
        target = "next match" if self._rows.pattern else "next error"
        keys = [("search", "search"), ("next-error", target), ("copy-line", "copy line")]
        if self.loaded is not None and not self.loaded.is_whole:
            keys.insert(2, ("first", "load more above"))
        return (*keys, ("refresh", "read again"))

    @property
    def note(self) -> Content:
        """The current line and the number of errors."""
        if self.loaded is None or not self.loaded.lines:
            return Content("")
        count = len(self.loaded.errors)
        dot = self.context.appearance.sign("dot")
        total = len(self.loaded.lines)
        current = self._rows.current
        place = f"{total:,} lines" if current is None else f"line {current + 1:,} of {total:,}"
        return Content.styled(f"{place} {dot} {pluralize(count, 'error', 'errors')}", "$quiet")

    @property
    def badge(self) -> Content:
        """The number of errors."""
        count = len(self.loaded.errors) if self.loaded else 0
        sign = self.context.appearance.sign("problem")
        return Content.styled(f" {sign}{count}", "bold $tone-failed") if count else Content("")

    def draw(self) -> None:
        """Draws causes and sentences for the width."""
        width = self.size.width - 2
        if width <= 0:
            return
        lines = self.problem_lines(width)
        if self._sentence:
            lines += list(Content.styled(self._sentence, "bold").wrap(min(width, 120)))
        causes = self.loaded.causes if self.loaded else ()
        maximum = 1 if self.size.height < _LOW else 2
        lines += cause_lines(causes, self.context.appearance, width, maximum=maximum)
        if self.loaded is not None and self.loaded.has_screenshot:
            text = "Azure has a screenshot of the console; it is not loaded here."
            lines += [Content.styled(text, "$quiet")] if not causes or self._sentence else []
        self._head.set_lines(lines)
        self._head.parent.display = bool(lines)  # type: ignore[union-attr]


def _size(count: int) -> str:
    """`64 KiB`, `1.2 MiB`."""
    if count < 1 << 20:
        return f"{max(1, round(count / 1024))} KiB"
    return f"{count / (1 << 20):.1f} MiB"
