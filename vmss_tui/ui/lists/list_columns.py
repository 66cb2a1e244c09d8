"""Columns of a list: which of them fit, how wide they are, and the sort order. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

Piece = tuple[str, str]
"""A text and the name of its style, such as `quiet`, `bold` or `bold tone-failed`."""
Cell = tuple[Piece, ...]


class ListColumn(NamedTuple):
    """A column; whether it is shown depends on the width of the terminal only."""

    id: str
    heading: str
    min_width: int = 0
    """Cells that it needs; texts are cut to it where the terminal is narrow."""
    max_width: int = 24
    drop_order: int = 0
    """Left out where the terminal is narrow, the greatest first; 0 never."""
    right: bool = False
    """Aligned to the right."""
    growth: int = 5
    """Columns that may be wider than they must be get what is left in this order."""
    descending: bool = False
    """Sorted with the greatest first at first: the numbers of what needs work."""
    keeps_end: bool = False
    """Cut in the middle where it is narrow: names of one list often differ at their end."""

    @property
    def least(self) -> int:
        """The least width: heading and sort mark are never cut."""
        return max(self.min_width, len(self.heading))


class ListOrder(Struct, frozen=True):
    """The column to sort by, and the direction."""

    column: str
    descending: bool = False

    def next(self, columns: Sequence[ListColumn]) -> "ListOrder":
        """Sorted by the next shown column, cyclically."""
        ids = [column.id for column in columns]
        index = ids.index(self.column) + 1 if self.column in ids else 0
        column = columns[index % len(columns)]
        return ListOrder(column.id, column.descending)

    def by(self, column: ListColumn) -> "ListOrder":
        """Sorted by this column; reversed where it is the one already."""
        if column.id == self.column:
            return self.reversed()
        return ListOrder(column.id, column.descending)

    def reversed(self) -> "ListOrder":
        """The opposite direction."""
        return ListOrder(self.column, not self.descending)


def fit_columns(
    columns: Sequence[ListColumn], text_widths: Mapping[str, int], width: int
) -> tuple[tuple[ListColumn, int], ...]:
    """The columns that fit into `width` with their widths, one cell between two of them.

    `text_widths` is the width of each column's longest text. Columns get their least widths,
    then what is left in the order of `growth`.
    """
    shown = list(columns)
    for column in sorted(columns, key=lambda column: -column.drop_order):
        if not column.drop_order or _total(shown) <= width:
            break
        shown.remove(column)
    left = width - _total(shown)
    widths = {}
    for column in sorted(shown, key=lambda column: column.growth):
        limit = max(column.least, min(text_widths.get(column.id, 0), column.max_width))
        widths[column.id] = column.least + max(0, min(left, limit - column.least))
        left -= widths[column.id] - column.least
    return tuple((column, widths[column.id]) for column in shown)


def _total(columns: Sequence[ListColumn]) -> int:
    return sum(column.least + 1 for column in columns) - 1


class RowMarks(NamedTuple):
    """What stands before a row."""

    selected: bool = False
    pin: str = ""


class ListSource(NamedTuple):
    """Where the table gets its texts from; called for visible rows only."""

    draw_cell: Callable[[str, str, int], Cell]
    """(key of a row, id of a column, width) -> cell."""
    draw_total: Callable[[str, int], Cell]
    """(id of a column, width) -> cell of the line of totals; empty where there is none."""
    marks: Callable[[str], RowMarks] = lambda _key: RowMarks()


_LEAST_NAME = 8
"""Cells from which both ends of a name are kept."""


def fit_cell(pieces: Cell, width: int, sign: str, *, keeps_end: bool = False) -> Cell:
    """The pieces cut to `width` terminal cells, with the sign where text is left out: at the end
    or, with `keeps_end`, in the middle."""
    fitted, left = [], width
    for text, style in pieces:
        size = cell_len(text)
        if size > left:
            is_narrow = size == len(text)  # no character of two cells, which cannot be divided
            tail = (left - 1) // 2 if keeps_end and is_narrow and left >= _LEAST_NAME else 0
            head = set_cell_size(text, max(0, left - 1 - tail)) + sign * (left > 0)
            text, size = head + text[len(text) - tail :], left
        fitted.append((text, style))
        left -= size
    return tuple(fitted)
