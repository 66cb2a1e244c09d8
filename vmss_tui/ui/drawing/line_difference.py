"""The columns in which two drawn lines differ: only those are sent to the terminal."""

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style

_NEAR = 8
"""Equal columns that are sent again between two differences: a move of the cursor is as long."""

Column = tuple[str, Style | None]


def difference_spans(
    before: Iterable[Segment], after: Iterable[Segment], width: int
) -> list[tuple[int, int]]:
    """First column, and column after the last, of each part of a line of `width` columns that
    differs; all of it where a character is not one column wide."""
    old, new = _columns(before), _columns(after)
    if old is None or new is None:
        return [(0, width)]
    spans: list[tuple[int, int]] = []
    for column in range(min(width, max(len(old), len(new)))):
        if _at(old, column) == _at(new, column):
            continue
        if spans and column - spans[-1][1] < _NEAR:
            spans[-1] = (spans[-1][0], column + 1)
        else:
            spans.append((column, column + 1))
    return spans


def _at(columns: Sequence[Column], column: int) -> Column | None:
    return columns[column] if column < len(columns) else None


def _columns(line: Iterable[Segment]) -> list[Column] | None:
    """Each column with its style; None where a character is not one column wide."""
    columns: list[Column] = []
    for segment in line:
        if segment.cell_length != len(segment.text):
            return None
        columns += [(character, segment.style) for character in segment.text]
    return columns
