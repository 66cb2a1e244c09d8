"""Cursor movement from one cell of an arrangement to another. Pure geometry."""

from collections.abc import Callable, Collection
from enum import StrEnum

from vmss_tui.ui.instances.arrangement import Arrangement


class CursorMove(StrEnum):
    """A movement of the cursor."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    PAGE_UP = "page up"
    PAGE_DOWN = "page down"
    FIRST = "first"
    LAST = "last"


def cursor_after(
    arrangement: Arrangement, cursor: str | None, move: CursorMove, page: int = 10
) -> str | None:
    """The instance under the cursor after a movement; the same one at the edge. `page` is in
    lines."""
    order = arrangement.order
    if not order:
        return None
    if cursor not in arrangement.positions or cursor is None:
        return order[0]
    match move:
        case CursorMove.FIRST:
            return order[0]
        case CursorMove.LAST:
            return order[-1]
        case CursorMove.LEFT | CursorMove.RIGHT:
            return _horizontal_neighbour(arrangement, cursor, 1 if move is CursorMove.RIGHT else -1)
        case CursorMove.UP | CursorMove.DOWN:
            return _vertical_neighbour(arrangement, cursor, 1 if move is CursorMove.DOWN else -1)
        case CursorMove.PAGE_UP | CursorMove.PAGE_DOWN:
            return _cell_at_distance(
                arrangement, cursor, page if move is CursorMove.PAGE_DOWN else -page
            )


def next_cell_among(
    arrangement: Arrangement, cursor: str | None, ids: Collection[str], step: int
) -> str | None:
    """The next (`step` 1) or previous (-1) cell that is one of `ids`, cyclically."""
    order = arrangement.order
    if not ids or not order:
        return None
    start = order.index(cursor) if cursor in arrangement.positions and cursor is not None else -step
    for distance in range(1, len(order) + 1):
        candidate = order[(start + distance * step) % len(order)]
        if candidate in ids:
            return candidate
    return None


def cells_between(arrangement: Arrangement, first_id: str, second_id: str) -> tuple[str, ...]:
    """All cells between two in reading order, both included."""
    order = arrangement.order
    if first_id not in arrangement.positions or second_id not in arrangement.positions:
        return ()
    first, last = sorted((order.index(first_id), order.index(second_id)))
    return order[first : last + 1]


def _horizontal_neighbour(arrangement: Arrangement, cursor: str, step: int) -> str:
    """The next cell on the line, also in the panel next to it, else on the next line."""
    x, y = arrangement.positions[cursor]
    line = [
        (other_x, i)
        for i, (other_x, other_y) in arrangement.positions.items()
        if other_y == y and (other_x - x) * step > 0
    ]
    if line:
        return min(line, key=lambda item: abs(item[0] - x))[1]
    order = arrangement.order
    index = order.index(cursor) + step
    return order[index] if 0 <= index < len(order) else cursor


def _vertical_neighbour(arrangement: Arrangement, cursor: str, step: int) -> str:
    """The nearest cell of the nearest line in this panel, else in the panel above or below."""
    x, y = arrangement.positions[cursor]
    panel = arrangement.panel_index[cursor]

    def nearest(is_allowed: Callable[[str], bool], x_weight: int) -> str | None:
        candidates = [
            (abs(other_y - y) + abs(other_x - x) * x_weight, abs(other_x - x), i)
            for i, (other_x, other_y) in arrangement.positions.items()
            if (other_y - y) * step > 0 and is_allowed(i)
        ]
        return min(candidates)[2] if candidates else None

    return (
        nearest(lambda i: arrangement.panel_index[i] == panel, 0)
        or nearest(lambda i: arrangement.panel_index[i] != panel, 4)
        or cursor
    )


def _cell_at_distance(arrangement: Arrangement, cursor: str, lines: int) -> str:
    x, y = arrangement.positions[cursor]
    return min(
        arrangement.positions.items(),
        key=lambda item: (abs(item[1][1] - (y + lines)), abs(item[1][0] - x)),
    )[0]
