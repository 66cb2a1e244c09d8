"""The line with the tabs, their numbers and counts; a click opens one."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message

from vmss_tui.ui.drawing.static_text import ComputedText

_GAPS = (4, 3, 2)
_NARROW_GAPS = (2, 1)
_SHORT_LABELS = {"Extensions and agent": "Extensions", "Run command": "Command"}


class TabLine(ComputedText):
    """`1 Summary   2 Extensions and agent   [3 Boot log] ✖3 …`."""

    class TabClicked(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(self._line)
        self._labels = tuple(labels)
        self._badges: tuple[Content, ...] = ()
        self._active = 0
        self._spans: list[tuple[int, int]] = []

    def show(self, active: int, badges: Sequence[Content]) -> None:
        """Marks the active tab, and shows a count after each label."""
        self._active, self._badges = active, tuple(badges)
        self.update_content()

    def notify_style_update(self) -> None:
        """Marks the active tab in the way of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self.update_content)

    def on_click(self, event: events.Click) -> None:
        """Opens the clicked tab."""
        for index, (first, last) in enumerate(self._spans):
            if first <= event.x < last:
                self.post_message(self.TabClicked(index))

    def _line(self, width: int) -> Content:
        short = tuple(_SHORT_LABELS.get(label, label) for label in self._labels)
        for labels, gaps in ((self._labels, _GAPS), (short, _NARROW_GAPS)):
            for gap in gaps:
                line = self._assemble(labels, gap)
                if line.cell_length <= width:
                    return line
        return line.truncate(width, ellipsis=True)

    def _assemble(self, labels: Sequence[str], gap: int) -> Content:
        self._spans = []
        line = Content(" ")
        is_plain = self.app.theme == "vmss-mono"
        marked = "bold reverse" if is_plain else "bold $ink-good on $focus"
        badges = self._badges or (Content(""),) * len(labels)
        for index, (label, badge) in enumerate(zip(labels, badges, strict=True)):
            first = line.cell_length
            if index == self._active:
                name = Content.styled(f" {index + 1} {label} ", marked)
            else:
                name = Content.assemble(
                    " ", (str(index + 1), "bold $key"), (f" {label} ", "$quiet")
                )
            line = Content.assemble(line, name, badge)
            self._spans.append((first, line.cell_length))
            if index < len(labels) - 1:
                line = Content.assemble(line, " " * (gap - 1))
        return line
