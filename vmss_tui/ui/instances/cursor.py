"""Where the cursor goes: from one cell to another of an arrangement. Pure geometry."""

from collections.abc import Callable, Collection
from enum import StrEnum

from vmss_tui.ui.instances.heatmap_layout import Arrangement


class Move(StrEnum):
    """A motion of the cursor."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    PAGE_UP = "page up"
    PAGE_DOWN = "page down"
    FIRST = "first"
    LAST = "last"


def moved(placed: Arrangement, at: str | None, move: Move, page: int = 10) -> str | None:
    """The instance that the cursor comes to; the same one where there is no further."""
    order = placed.order
    if not order:
        return None
    if at not in placed.positions or at is None:
        return order[0]
    match move:
        case Move.FIRST:
            return order[0]
        case Move.LAST:
            return order[-1]
        case Move.LEFT | Move.RIGHT:
            return _sideways(placed, at, 1 if move is Move.RIGHT else -1)
        case Move.UP | Move.DOWN:
            return _vertical(placed, at, 1 if move is Move.DOWN else -1)
        case Move.PAGE_UP | Move.PAGE_DOWN:
            return _paged(placed, at, page if move is Move.PAGE_DOWN else -page)


def next_of(placed: Arrangement, at: str | None, wanted: Collection[str], step: int) -> str | None:
    """The next (`step` 1) or previous (-1) cell that is one of `wanted`, round and round."""
    order = placed.order
    if not wanted or not order:
        return None
    start = order.index(at) if at in placed.positions and at is not None else -step
    for distance in range(1, len(order) + 1):
        found = order[(start + distance * step) % len(order)]
        if found in wanted:
            return found
    return None


def between(placed: Arrangement, one: str, other: str) -> tuple[str, ...]:
    """All cells from one to the other in reading order, both included."""
    order = placed.order
    if one not in placed.positions or other not in placed.positions:
        return ()
    first, last = sorted((order.index(one), order.index(other)))
    return order[first : last + 1]


def _sideways(placed: Arrangement, at: str, step: int) -> str:
    """Along the line, over to the panel beside it, then on to the next line."""
    x, y = placed.positions[at]
    line = [(ox, i) for i, (ox, oy) in placed.positions.items() if oy == y and (ox - x) * step > 0]
    if line:
        return min(line, key=lambda found: abs(found[0] - x))[1]
    order = placed.order
    place = order.index(at) + step
    return order[place] if 0 <= place < len(order) else at


def _vertical(placed: Arrangement, at: str, step: int) -> str:
    """The nearest cell of the nearest line in this panel, else in the panel above or below."""
    x, y = placed.positions[at]
    box = placed.box_of[at]

    def nearest(allowed: Callable[[str], bool], sideways: int) -> str | None:
        found = [
            (abs(oy - y) + abs(ox - x) * sideways, abs(ox - x), i)
            for i, (ox, oy) in placed.positions.items()
            if (oy - y) * step > 0 and allowed(i)
        ]
        return min(found)[2] if found else None

    return (
        nearest(lambda i: placed.box_of[i] == box, 0)
        or nearest(lambda i: placed.box_of[i] != box, 4)
        or at
    )


def _paged(placed: Arrangement, at: str, lines: int) -> str:
    x, y = placed.positions[at]
    return min(
        placed.positions.items(),
        key=lambda item: (abs(item[1][1] - (y + lines)), abs(item[1][0] - x)),
    )[0]
