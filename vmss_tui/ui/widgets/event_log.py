"""The last events of a run's journal as sentences, the newest at the bottom."""

from textual.content import Content
from textual.widget import Widget

from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.upgrade.events import BatchUnknown, Halted, InstancesFailed, ModelUnknown, Record
from vmss_tui.upgrade.report.sentences import describe_event


class EventLog(Widget):
    """Shows as many of the last events as the widget has lines."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._tail: tuple[Record, ...] = ()

    def show(self, tail: tuple[Record, ...]) -> None:
        """Takes the last records of the journal."""
        if tail != self._tail:
            self._tail = tail
            self.refresh()

    def render(self) -> Content:
        """One line for each event."""
        height, width = self.size.height, self.size.width
        newest = self._tail[-height:] if height else ()
        return Content("\n").join(self._line(record, width) for record in newest)

    def _line(self, record: Record, width: int) -> Content:
        is_problem = isinstance(record.body, Halted | InstancesFailed | BatchUnknown | ModelUnknown)
        return Content.assemble(
            (f" {self.appearance.clock_from_iso(record.at)} ", "$quiet"),
            (
                cell(describe_event(record), max(10, width - 12)),
                "$tone-unhealthy" if is_problem else "",
            ),
        )
