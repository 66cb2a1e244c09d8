"""Bars, strips and sparklines as lines of styled characters. Pure.

A bar is drawn by the background of its cells, and by characters in the same colour: they are seen
only where there are no colours, and say the same.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from textual.content import Content

from vmss_tui.ui.drawing.glyphs import Glyphs, Tone

_TEXTURES = {
    Tone.GOOD: ("█", "#"),
    Tone.MOVING: ("▒", "~"),
    Tone.OUTDATED: ("·", "."),
    Tone.UNHEALTHY: ("✚", "+"),
    Tone.FAILED: ("✖", "X"),
    Tone.OFF: ("■", "="),
    Tone.GONE: ("□", "_"),
    Tone.UNKNOWN: ("?", "?"),
}
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII_EIGHTHS = " ..::=+##"
EMPTY_STYLE = "on $gauge-background"
"""The part of a gauge that is not filled."""


class BarPart(NamedTuple):
    """A part of a bar; `tone` is None where it is empty."""

    amount: float
    tone: Tone | None


def share_columns(amounts: Sequence[float], width: int) -> list[int]:
    """Columns of each part, together `width`; a part that is not 0 has one at least, where there
    are enough."""
    total = sum(amounts)
    if total <= 0 or width <= 0:
        return [0] * len(amounts)
    exact = [width * amount / total for amount in amounts]
    columns = [
        max(int(amount > 0), int(share)) for amount, share in zip(amounts, exact, strict=True)
    ]
    order = sorted(range(len(amounts)), key=lambda i: exact[i] - columns[i], reverse=True)
    for index in order * 2:
        if sum(columns) < width and amounts[index] > 0:
            columns[index] += 1
    while sum(columns) > width:
        columns[max(range(len(columns)), key=columns.__getitem__)] -= 1
    return columns


class CellRow:
    """A line of cells, each a character with a style; later ones replace earlier ones."""

    def __init__(self, width: int, glyphs: Glyphs) -> None:
        self.width, self._glyphs = width, glyphs
        self._cells: list[tuple[str, str]] = [(" ", "")] * width

    def fill(self, x: int, columns: int, tone: Tone | None) -> None:
        """Fills cells with the colour of a tone; with that of an empty gauge for None."""
        for position in range(max(0, x), min(self.width, x + columns)):
            if tone is None:
                self._cells[position] = (" ", EMPTY_STYLE)
            else:
                texture = _TEXTURES[tone][self._glyphs is Glyphs.ASCII]
                self._cells[position] = (texture, f"$cell-{tone} on $cell-{tone}")

    def write(self, x: int, text: str, style: str) -> None:
        """Writes a text of characters that are one column wide; what does not fit is left out."""
        for position, character in enumerate(text, start=x):
            if 0 <= position < self.width:
                self._cells[position] = (character, style)

    def write_on(self, x: int, text: str) -> None:
        """Writes a text on filled cells, in the ink of their colours."""
        for position, character in enumerate(text, start=x):
            if 0 <= position < self.width:
                _, _, ground = self._cells[position][1].partition(" on ")
                ink = ground.replace("$cell-", "$ink-")
                style = f"bold {ink} on {ground}" if ground.startswith("$cell-") else "bold"
                self._cells[position] = (character, style)

    def is_free(self, x: int, columns: int) -> bool:
        """Whether nothing is written in these cells, which are all inside the row."""
        inside = x >= 0 and x + columns <= self.width
        return inside and all(cell == (" ", "") for cell in self._cells[x : x + columns])

    def content(self) -> Content:
        """The row as text."""
        runs = groupby(self._cells, key=lambda cell: cell[1])
        return Content.assemble(
            *(("".join(character for character, _ in run), style) for style, run in runs)
        )


def bar(parts: Iterable[BarPart], width: int, glyphs: Glyphs) -> Content:
    """A bar of `width` columns, divided as the amounts are."""
    present = [part for part in parts if part.amount > 0]
    row, x = CellRow(width, glyphs), 0
    for part, columns in zip(
        present, share_columns([part.amount for part in present], width), strict=True
    ):
        row.fill(x, columns, part.tone)
        x += columns
    return row.content()


def gauge(value: float, limit: float, tone: Tone, width: int, glyphs: Glyphs) -> Content:
    """A gauge filled up to `value` of `limit`; full where it is more."""
    filled = min(value, limit)
    return bar((BarPart(filled, tone), BarPart(max(limit, 1) - filled, None)), width, glyphs)


def sparkline(values: Sequence[float], rows: int, glyphs: Glyphs) -> list[str]:
    """The values as `rows` lines of columns, the highest value as high as all of them; a column of
    0 has a base line."""
    highest = max(values, default=0)
    signs = _ASCII_EIGHTHS if glyphs is Glyphs.ASCII else _EIGHTHS
    heights = [max(1, round(8 * rows * value / (highest or 1))) for value in values]
    return [
        "".join(signs[min(8, max(0, height - 8 * row))] for height in heights)
        for row in reversed(range(rows))
    ]
