"""Lines of the form `label   words`: what does not fit goes on below the words, not the label."""

import re

from textual.content import Content
from textual.widget import Widget

_APART = re.compile(r"(?<=\S) {2,}(?=\S)")
"""The blanks that set a label apart from its words."""


def hung(words: Content, width: int) -> Content:
    """The same lines, none wider than `width` cells."""
    lines: list[Content] = []
    for line in words.split("\n"):
        if line.cell_length <= width:
            lines.append(line)
            continue
        places = [gap.end() for gap in _APART.finditer(line.plain)]
        label, told = Content(""), line
        for cut in (line.divide([place]) for place in places):
            if cut[0].cell_length <= width * 3 // 5:
                label, told = cut
        first, *rest = told.wrap(width - label.cell_length)
        below = Content(" " * label.cell_length)
        lines += [label + first, *(below + each for each in rest)]
    return Content("\n").join(lines)


class Hung(Widget):
    """Such lines, as high as they need."""

    DEFAULT_CSS = "Hung { height: auto; }"

    def __init__(self, words: Content, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = words

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """With what goes on below."""
        return len(hung(self._words, width).split("\n"))

    def render(self) -> Content:
        """For the width there is."""
        return hung(self._words, max(1, self.size.width))
