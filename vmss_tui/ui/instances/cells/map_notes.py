"""What the frame around the heat map says: title, note about domains, the cursor's place. Pure."""

from vmss_tui.fleet.domains import Grid, Grouping
from vmss_tui.ui.instances.board import Board


def map_title(board: Board) -> str:
    """`Instances by update domain`, by what the rows really are."""
    kinds = dict.fromkeys(row.key.kind for row in board.full_grid.rows)
    if len(kinds) != 1 or len(board.full_grid.rows) == 1:
        return "Instances"
    title = f"Instances by {next(iter(kinds))}"
    headings = [panel.heading for panel in board.full_grid.panels if panel.heading]
    if headings and all("placement group" in heading for heading in headings):
        return f"Instances by placement group and {next(iter(kinds))}"
    return title


def domain_note(grid: Grid, width: int) -> str:
    """`update domain = fault domain` where that is so for all rows, or `UD = FD` in few columns;
    else empty."""
    coincide = all(
        row.key.kind is Grouping.UPDATE_DOMAIN
        and row.key.number is not None
        and set(row.columns) == {row.key.number}
        for row in grid.rows
    )
    if not grid.rows or not coincide or len(grid.rows) == 1:
        return ""
    note = "update domain = fault domain"
    return note if len(note) <= width else "UD = FD"


def cursor_notes(board: Board) -> tuple[str, ...]:
    """`instance 21 · 5 of 20 in UD 1`, and shorter ones; none without a cursor."""
    row, cursor = board.cursor_row, board.cursor
    if row is None or cursor is None:
        return ()
    ids = row.cell_order
    place = f"{ids.index(cursor) + 1} of {len(ids)}"
    return (f"instance {cursor} · {place} in {row.key.label}", f"{cursor} · {place}", cursor)
