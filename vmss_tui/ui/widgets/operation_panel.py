"""Operations that were begun here: a line each, how far they are."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from vmss_tui.operations.progress import Progress, failures
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.operation import headline
from vmss_tui.upgrade.report.sentences import instances

MOST = 3
"""Operations in sight; the event log (`e`) has all."""


class OperationPanel(Widget):
    """The newest below; under one that went wrong, why."""

    def __init__(self, look: Appearance) -> None:
        super().__init__()
        self.look = look
        self._shown: tuple[Progress, ...] = ()
        self._asking = ""

    def show(self, operations: Sequence[Progress], asking: str = "") -> None:
        """Takes them as they are now, and what is asked just now; hides where there is none."""
        newest = tuple(operations[-MOST:])
        if (newest, asking) != (self._shown, self._asking):
            self._shown, self._asking = newest, asking
            self.display = bool(newest or asking)
            self.refresh(layout=True)

    def render(self) -> Content:
        """A line each, and one for each kind of failure."""
        lines: list[Content] = []
        for progress in self._shown:
            lines.append(headline(progress, self.look, self.size.width))
            for words, ids in list(failures(progress))[:1]:
                said = cell(f"   {instances(ids)}: {words}", max(10, self.size.width - 1))
                lines.append(Content.styled(said, "$tone-unhealthy"))
        if self._asking:
            asked = f" {self._asking}  "
            lines.append(Content.assemble((asked, "bold $tone-moving"), "asking Azure …"))
        return Content("\n").join(lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are."""
        told = sum(1 + bool(list(failures(progress))) for progress in self._shown)
        return told + bool(self._asking)
