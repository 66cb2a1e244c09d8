"""Columns of a list: which of them fit, how wide they are, and the sort order. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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

    @property
    def least(self) -> int:
        """The least width: heading and sort mark are never cut."""
        return max(self.min_width, len(self.heading))


@dataclass(frozen=True, slots=True)
class ListOrder:
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
