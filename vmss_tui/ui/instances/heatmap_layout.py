"""Places the cells of a grid of domains in a room: the position of every panel, label and cell.

The size of cells is chosen in `ui.instances.layout`. Units are columns and rows of the terminal.
"""

from collections.abc import Iterable, Sequence

from textual.geometry import Offset, Region

from vmss_tui.fleet.domains import Grid, Panel, Row
from vmss_tui.ui.instances.arrangement import (
    EMPTY,
    Arrangement,
    Density,
    PlacedDomain,
    PlacedPanel,
)
from vmss_tui.ui.instances.layout.map_layout import (
    FAULT_DOMAIN_GAP,
    PANEL_GAP,
    PROBLEMS_WIDTH,
    MapLayout,
    choose_map_layout,
    domain_rows,
    panel_rows,
    shape_of,
)

_LEAST_TEXT = (36, 3)
"""Columns and rows that a list of instances needs."""


def arrange(
    grid: Grid, density: Density, width: int, height: int, *, framed: bool = False
) -> Arrangement:
    """The positions of all cells, as large as the room allows; with `framed` there is a row and a
    column for the frame around each panel."""
    if not grid.rows:
        return EMPTY
    framed = framed and len(grid.panels) > 1
    layout = choose_map_layout(shape_of(grid), width, height, density, framed=framed)
    return place_cells(grid, layout, width, height)


def place_cells(grid: Grid, layout: MapLayout, width: int, height: int) -> Arrangement:
    """The positions of all cells in a layout."""
    edge = 1 if layout.framed else 0
    has_heading = len(grid.panels) > 1 and not layout.framed
    margin, inner_width = _room(grid, layout, width, height)
    pitch_x = inner_width + 2 * edge + (0 if layout.framed else PANEL_GAP)
    columns = _fault_domain_columns(grid) if layout.fault_domains else []
    panels: list[PlacedPanel] = []
    y = 0
    for first in range(0, len(grid.panels), layout.across):
        band = grid.panels[first : first + layout.across]
        inner = max(_panel_height(panel, layout) for panel in band)
        top = y + edge + int(has_heading)
        if margin:
            inner = height - 2 * edge if layout.framed else inner + margin
        for index, panel in enumerate(band):
            x = index * pitch_x + edge
            panels.append(_place(panel, layout, x, top, (inner_width, inner, margin), columns))
        y = top + inner + edge + layout.band_gap
    return Arrangement(layout, tuple(panels), max(width, layout.columns), y - layout.band_gap)


def _room(grid: Grid, layout: MapLayout, width: int, height: int) -> tuple[int, int]:
    """The blank rows above the first domain, and the columns inside each panel."""
    edge = 2 if layout.framed else 0
    between = 0 if layout.framed else PANEL_GAP
    has_one_band = len(grid.panels) <= layout.across
    spare = height - layout.rows
    margin = 1 if has_one_band and layout.domain_gap and layout.fits and spare >= 2 else 0
    usable = width if layout.fits else max(width - 1, layout.columns)
    return margin, (usable - between * (layout.across - 1)) // layout.across - edge


def _panel_height(panel: Panel, layout: MapLayout) -> int:
    counts = tuple(len(row.instances) for row in panel.rows)
    rows = panel_rows(counts, layout.size, layout.per_line, layout.domain_gap)
    return rows + (1 if layout.fault_domains else 0)


def _place(
    panel: Panel,
    layout: MapLayout,
    x: int,
    top: int,
    room: tuple[int, int, int],
    columns: Sequence[tuple[int | None, int]],
) -> PlacedPanel:
    """A panel with its domains; `room` is its width, its height and the blank rows at its top."""
    width, height, margin = room
    left = x + layout.label_width
    headings: list[tuple[int, str]] = []
    starts: dict[int | None, int] = {}
    start = left
    for domain, count in columns:
        starts[domain] = start
        headings.append((start, _heading(domain, count * layout.size.pitch)))
        start += count * layout.size.pitch + FAULT_DOMAIN_GAP
    y = first_row = top + margin + (1 if columns else 0)
    domains: list[PlacedDomain] = []
    for row in panel.rows:
        lines = _columned(row, layout, starts) if columns else _lines(row, layout, left)
        domains.append(PlacedDomain(row.key, row.key.label, y, lines))
        y += domain_rows(len(row.instances), layout.size, layout.per_line) + layout.domain_gap
    return PlacedPanel(
        x, top, width, height, panel.heading, first_row, tuple(domains), tuple(headings)
    )


def _lines(row: Row, layout: MapLayout, left: int) -> tuple[tuple[tuple[str, int], ...], ...]:
    """The cells of a domain, by fault domain, in as many lines as they need."""
    ids = row.cell_order
    pitch, per_line = layout.size.pitch, layout.per_line
    return tuple(
        tuple((instance_id, left + at * pitch) for at, instance_id in enumerate(line))
        for line in (ids[first : first + per_line] for first in range(0, len(ids), per_line))
    )


def _columned(
    row: Row, layout: MapLayout, starts: dict[int | None, int]
) -> tuple[tuple[tuple[str, int], ...], ...]:
    """The cells of a domain in one line, each fault domain from its own column on."""
    pitch = layout.size.pitch
    return (
        tuple(
            (instance.instance_id, starts[domain] + at * pitch)
            for domain, instances in row.columns.items()
            for at, instance in enumerate(instances)
        ),
    )


def _fault_domain_columns(grid: Grid) -> list[tuple[int | None, int]]:
    """Each fault domain with the largest number of its instances in a domain."""
    counts: dict[int | None, int] = {}
    for row in grid.rows:
        for domain, instances in row.columns.items():
            counts[domain] = max(counts.get(domain, 0), len(instances))
    return sorted(counts.items(), key=lambda item: (item[0] is None, item[0] or 0))


def _heading(domain: int | None, width: int) -> str:
    """`FD 3`, or less of it where the column is narrow."""
    if domain is None:
        return ""
    return next(name for name in (f"FD {domain}", f"F{domain}", str(domain))
                if len(name) <= width or name == str(domain))  # fmt: skip


def problems_column(panel: PlacedPanel, layout: MapLayout) -> int | None:
    """The column of the numbers of problems, after the cells; None where there is no room."""
    column = panel.right + layout.size.width + 1
    return column if panel.x + panel.width - column >= PROBLEMS_WIDTH - 1 else None


def free_room(arrangement: Arrangement) -> Region | None:
    """The places of the panels that the last line of panels lacks, with that of their heading;
    None where it is full, too small for text, or part of a heat map that scrolls."""
    layout, panels = arrangement.layout, arrangement.panels
    missing = -len(panels) % layout.across if layout else 0
    if layout is None or not missing or not layout.fits:
        return None
    last, pitch = panels[-1], panels[1].x - panels[0].x
    heading = 0 if layout.framed else 1
    width = missing * pitch - (pitch - last.width)
    region = Region(last.x + pitch, last.y - heading, width, last.height + heading)
    return region if region.width >= _LEAST_TEXT[0] and region.height >= _LEAST_TEXT[1] else None


def visible_regions(
    arrangement: Arrangement, ids: Iterable[str], room: Region, scrolled: Offset
) -> list[Region]:
    """The regions of cells on the terminal, without what is outside of `room`: the region of the
    whole heat map there, which is scrolled by an offset."""
    size, places = arrangement.cell_size, arrangement.positions
    cells = (Region(*places[i], *size) for i in ids if i in places)
    shown = (cell.translate(room.offset - scrolled).intersection(room) for cell in cells)
    return [region for region in shown if region]


def placement_key(grid: Grid) -> tuple[object, ...]:
    """What decides where cells are: the rows, and the order of instances in them."""
    return tuple(
        (row.key, tuple((i.instance_id, i.fault_domain) for i in row.instances))
        for row in grid.rows
    )


def mixed_cells(arrangement: Arrangement) -> frozenset[str]:
    """Every second cell where no gap separates them: by lines, or as on a chessboard."""
    layout = arrangement.layout
    if layout is None or layout.size.height > 1:
        return frozenset()
    if layout.size.gap and layout.domain_gap and not layout.wraps:
        return frozenset()
    mixed: set[str] = set()
    for panel in arrangement.panels:
        lines = [line for domain in panel.domains for line in domain.lines]
        for number, line in enumerate(lines):
            for column, (instance_id, _) in enumerate(line):
                if (number + (0 if layout.size.gap else column)) % 2:
                    mixed.add(instance_id)
    return frozenset(mixed)
