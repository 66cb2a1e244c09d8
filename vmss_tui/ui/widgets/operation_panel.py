"""The progress of the operations started in this session, one line each."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from vmss_tui.fleet.phrases import instances_text
from vmss_tui.operations.progress import Progress, failures_by_message
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.terminal.textual_private import request_layout
from vmss_tui.ui.text.operation import describe_progress

MAX_OPERATIONS = 3
"""Operations shown; the event log (`e`) has all."""

_NO_REPLY = "   no reply from Azure: reading the instances, not sending again"


class OperationPanel(Widget):
    """The newest operations, the last at the bottom; a failed one with its reason."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self.appearance = appearance
        self._operations: tuple[Progress, ...] = ()
        self._pending_request = ""

    def show(self, operations: Sequence[Progress], pending_request: str = "") -> None:
        """Takes all operations, and the request being sent; hides the panel if there is none."""
        newest = tuple(operations[-MAX_OPERATIONS:])
        if (newest, pending_request) != (self._operations, self._pending_request):
            self._operations, self._pending_request = newest, pending_request
            self.display = bool(newest or pending_request)
            request_layout(self)

    def render(self) -> Content:
        """A line for each operation, then its first kind of failure."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """The number of lines."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for progress in self._operations:
            lines.append(describe_progress(progress, self.appearance, width))
            if not progress.answered and not progress.is_over:
                lines.append(Content.styled(_NO_REPLY, "$tone-unhealthy"))
            for reason, ids in list(failures_by_message(progress))[:1]:
                text = cell(f"{instances_text(ids)}: {reason}", 300)
                wrapped = Content.styled(text, "$tone-failed").wrap(max(10, width - 3))
                lines += [Content.assemble("   ", line) for line in wrapped[:2]]
        if self._pending_request:
            request_text = f" {self._pending_request}  "
            waiting = Content.assemble((request_text, "bold $tone-moving"), "sending the request …")
            lines.append(waiting)
        return lines
