"""The tab with the instance as ARM returns it."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from vmss_tui.runtime.diagnosis.instance_document import InstanceDocument
from vmss_tui.ui.instance_screen.log_rows import LogRows
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext


class JsonTab(InstanceTab):
    """Shows what the request of the screen returned."""

    LABEL = "JSON"
    COST = "1 API call, shared with Extensions"

    def __init__(self, context: TabContext) -> None:
        super().__init__(context)
        self._rows = LogRows(context.appearance)

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._rows

    @property
    def scroll_target(self) -> Widget:
        """The lines."""
        return self._rows

    def instance_changed(self, *, is_other: bool) -> None:
        """Drops what belongs to another instance."""
        super().instance_changed(is_other=is_other)
        if is_other:
            self._rows.show_lines((), numbered=False)

    def show_document(self, document: InstanceDocument | None) -> None:
        """Shows another document; the error where it could not be read."""
        lines = tuple(document.json.splitlines()) if document else (self.state.error,)
        self._rows.show_lines(lines, numbered=document is not None)

    @property
    def note(self) -> Content:
        """The number of lines."""
        count = len(self._rows.lines)
        return Content.styled(f"{count:,} lines", "$quiet") if count > 1 else Content("")
