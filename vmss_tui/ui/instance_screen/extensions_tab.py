"""The tab with the VM agent and each extension: versions, and statuses with whole messages."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.scale_set import Status
from vmss_tui.runtime.diagnosis.instance_document import Handler, InstanceDocument
from vmss_tui.text import cell
from vmss_tui.ui.detail.labelled_lines import labelled_lines
from vmss_tui.ui.drawing.line_text import LineText
from vmss_tui.ui.instance_screen.tab import InstanceTab, TabContext

_MAX_MESSAGE_LENGTH = 10_000
_STYLES = {"error": ("problem", "$tone-failed"), "warning": ("unhealthy", "$tone-unhealthy")}
_FAILED = ("failed", "unhealthy", "unavailable", "unresponsive")


def _level(status: Status) -> str:
    level, code = status.level.lower(), status.code.lower()
    if level in _STYLES:
        return level
    return "error" if any(part in _FAILED for part in code.split("/")) else ""


class ExtensionsTab(InstanceTab):
    """Shows what the request of the screen returned."""

    LABEL = "Extensions and agent"
    COST = "1 API call, shared with JSON"

    def __init__(self, context: TabContext) -> None:
        super().__init__(context)
        self._text = LineText(classes="detail-text")
        self.document: InstanceDocument | None = None

    def compose(self) -> ComposeResult:
        """One block of lines, which scrolls."""
        yield VerticalScroll(self._text, can_focus=True)

    @property
    def scroll_target(self) -> Widget:
        """The lines."""
        return self.query_one(VerticalScroll)

    def instance_changed(self, *, is_other: bool) -> None:
        """Drops what belongs to another instance."""
        super().instance_changed(is_other=is_other)
        if is_other:
            self.document = None
            self.draw()

    def show_document(self, document: InstanceDocument | None) -> None:
        """Shows another document; None where it could not be read."""
        self.document = document or self.document
        self.draw()

    @property
    def badge(self) -> Content:
        """The number of handlers with a problem."""
        sign = self.context.appearance.sign("problem")
        count = sum(
            any(map(_level, (*handler.statuses, *handler.substatuses)))
            for handler in (self.document.handlers if self.document else ())
        )
        return Content.styled(f" {sign}{count}", "bold $tone-unhealthy") if count else Content("")

    def draw(self) -> None:
        """Draws every handler for the width."""
        width = self.scroll_target.scrollable_content_region.width
        if width:
            self._text.set_lines([*self.problem_lines(width), *self._lines(width)])

    def _lines(self, width: int) -> Iterator[Content]:
        if self.document is None:
            yield Content.styled("" if self.state.error else "reading …", "$quiet")
            return
        if not self.document.handlers:
            yield Content("Azure reports neither a VM agent nor extensions for this instance.")
        order = sorted(
            self.document.handlers,
            key=lambda handler: not any(map(_level, (*handler.statuses, *handler.substatuses))),
        )
        for handler in order:
            yield from self._handler_lines(handler, width)
            yield Content("")

    def _handler_lines(self, handler: Handler, width: int) -> Iterator[Content]:
        version = f"  {cell(handler.version, 60)}" if handler.version else ""
        kind = f"  {cell(handler.kind, 100)}" if handler.kind else ""
        name = cell(handler.name or "(no name)", 80)
        yield Content.assemble((name, "bold"), version, (kind, "$quiet"))
        if not handler.statuses and not handler.substatuses:
            yield Content.styled("  reports no status", "$quiet")
        for status in (*handler.statuses, *handler.substatuses):
            yield from self._status_lines(status, width)

    def _status_lines(self, status: Status, width: int) -> Iterator[Content]:
        appearance = self.context.appearance
        sign, style = _STYLES.get(_level(status), ("check", "$tone-good"))
        at = f"  {appearance.day_and_clock(status.at)}" if status.at else ""
        display = f"  {cell(status.display, 120)}" if status.display else ""
        yield Content.assemble(
            (f"  {appearance.sign(sign)} ", style), (cell(status.code, 160), style), display,
            (at, "$quiet"),
        )  # fmt: skip
        for line in status.message[:_MAX_MESSAGE_LENGTH].splitlines():
            if line.strip():
                text = Content(line.expandtabs(4).rstrip())
                yield from labelled_lines("", text, width, label_width=4)
