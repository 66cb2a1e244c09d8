"""The screen of a terminal emulator, which takes most of the time of the tests in terminals."""

import pyte
from pyte import charsets, modes
from pyte.screens import Char
from wcwidth import wcwidth


class TerminalScreen(pyte.Screen):
    """The screen of pyte, which draws text of narrow characters faster and as pyte does."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines)
        self._narrow = {" "}

    @property
    def text(self) -> str:
        """The lines, without the blanks at their ends."""
        return "\n".join(self._line(y).rstrip() for y in range(self.lines))

    def _line(self, y: int) -> str:
        row = self.buffer[y]
        cells = [row[x].data for x in range(self.columns)]
        if set(cells) <= self._narrow:
            return "".join(cells)
        text = ""
        is_covered = False
        for cell in cells:
            text += "" if is_covered else cell
            is_covered = not is_covered and wcwidth(cell[:1]) == 2
        return text

    def draw(self, data: str) -> None:
        """Draws text at the cursor."""
        is_inside = self.cursor.x <= self.columns  # a narrower screen leaves the cursor beside it
        if is_inside and self._is_latin and modes.IRM not in self.mode and self._is_narrow(data):
            self._draw_narrow(data)
        else:
            super().draw(data)

    @property
    def _is_latin(self) -> bool:
        return not self.charset and self.g0_charset is charsets.LAT1_MAP

    def _is_narrow(self, data: str) -> bool:
        """Whether each character takes one cell."""
        others = set(data) - self._narrow
        if others:
            self._narrow |= {character for character in others if wcwidth(character) == 1}
            others -= self._narrow
        return not others

    def _draw_narrow(self, data: str) -> None:
        cursor = self.cursor
        style = cursor.attrs[1:]
        while data:
            if cursor.x == self.columns:
                if modes.DECAWM in self.mode:
                    self.dirty.add(cursor.y)
                    self.carriage_return()
                    self.linefeed()
                else:
                    cursor.x -= 1
            part = data[: self.columns - cursor.x]
            data = data[len(part) :]
            line = self.buffer[cursor.y]
            for x, character in enumerate(part, cursor.x):
                line[x] = tuple.__new__(Char, (character, *style))
            cursor.x += len(part)
        self.dirty.add(cursor.y)
