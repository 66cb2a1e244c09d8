"""A line of terminal cells, painted piece by piece. Units are columns."""

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

_LINES = "─-"
"""Characters of rules."""


class LineCanvas:
    """`put` paints over what is there; outside of the line nothing is painted. The styles are
    added to that of the line, not to one another."""

    def __init__(self, width: int, style: Style) -> None:
        self._characters = [" "] * width
        self._base = style
        self._is_painted = [False] * width
        self._styles = [style] * width

    def put(self, x: int, text: str, style: Style) -> None:
        """Paints a text."""
        full_style = self._base + style
        for character in text:
            length = cell_len(character)
            if x >= 0 and x + length <= len(self._characters) and length:
                self._characters[x : x + length] = [character, *[""] * (length - 1)]
                self._is_painted[x : x + length] = [character not in _LINES] * length
                self._styles[x : x + length] = [full_style] * length
            x += length

    def fill(self, first: int, end: int, character: str, style: Style) -> None:
        """Paints the columns from `first` to before `end` that are on the line."""
        first, end = max(0, first), min(end, len(self._characters))
        self.put(first, character * max(0, end - first), style)

    def mark(self, x: int, character: str, style: Style) -> None:
        """Paints a column of a vertical line: only where nothing but a rule is painted."""
        if 0 <= x < len(self._characters) and not self._is_painted[x]:
            self.put(x, character, style)

    def strip(self) -> Strip:
        """The line, as few segments as possible."""
        segments: list[Segment] = []
        text, style = "", self._styles[0] if self._styles else Style()
        for character, next_style in zip(self._characters, self._styles, strict=True):
            if next_style is not style and next_style != style:
                segments.append(Segment(text, style))
                text, style = "", next_style
            text += character
        segments.append(Segment(text, style))
        return Strip(segments, len(self._characters))
