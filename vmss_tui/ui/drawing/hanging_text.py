"""Lines of the form `label   text`, wrapped with a hanging indent below the text.

A command line is divided so that its parts, pasted together, are the same command.
"""

import re

from textual.content import Content
from textual.widget import Widget

from vmss_tui.shell import wrap_command
from vmss_tui.ui.drawing.static_text import same_content
from vmss_tui.ui.terminal.textual_private import request_layout

COMMAND_STYLE = "$quiet"
_COMMAND = "az "
_LABEL_GAP = re.compile(r"(?<=\S) {2,}+(?=\S)")
"""The blanks between a label and its text."""


def hang_lines(content: Content, width: int, label_width: int = 0) -> Content:
    """The lines, wrapped to `width` cells with the continuation below the text of each, which
    begins after `label_width` cells, or after two blanks where that is 0."""
    lines: list[Content] = []
    for line in content.split("\n"):
        if line.cell_length <= width:
            lines.append(line)
            continue
        if line.plain.startswith(_COMMAND):
            for part in wrap_command(line.plain, width):
                lines += Content.styled(part, COMMAND_STYLE).wrap(width)
            continue
        gaps = [gap.end() for gap in _LABEL_GAP.finditer(line.plain)]
        positions = [label_width] if label_width else gaps
        label, text = Content(""), line
        for parts in (line.divide([position]) for position in positions):
            if parts[0].cell_length <= width * 3 // 5:
                label, text = parts
        first, *rest = _wrap(text, width - label.cell_length)
        indent = Content(" " * label.cell_length)
        lines += [label + first, *(indent + continued for continued in rest)]
    return Content("\n").join(lines)


def _wrap(text: Content, width: int) -> list[Content]:
    """The lines of a text; a resource id, which has no blanks, is divided after a slash."""
    lines: list[Content] = []
    while " " not in text.plain and text.cell_length > width:
        end = text.plain.rfind("/", 1, width) + 1
        if not end:
            break
        line, text = text.divide([end])
        lines.append(line)
    return lines + text.wrap(width)


class HangingText(Widget):
    """A widget of such lines, as high as they need."""

    DEFAULT_CSS = "HangingText { height: auto; }"

    def __init__(self, content: Content, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = content

    def set_content(self, content: Content) -> None:
        """Shows other lines."""
        if not same_content(content, self._content):
            self._content = content
            request_layout(self)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """The number of lines after wrapping."""
        return len(hang_lines(self._content, width).split("\n"))

    def render(self) -> Content:
        """The lines, wrapped to the width of the widget."""
        return hang_lines(self._content, max(1, self.size.width))
