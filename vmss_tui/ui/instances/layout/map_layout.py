"""The size of cells for a room: the largest at which a whole scale set fits. Pure geometry.

A panel is a zone or a placement group, a domain is one row of the grid: one line of cells, or
several where they do not fit in one. Widths and heights are columns and rows of the terminal.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from vmss_tui.fleet.domains import Grid
from vmss_tui.ui.instances.layout.cell_size import CELL_SIZES, CellSize, Density

PROBLEMS_WIDTH = 4
"""Columns for the number of problems at the right end of a domain."""
PANEL_GAP = 1
"""Columns between two panels without frames."""
FAULT_DOMAIN_GAP = 1
"""Columns between two fault domains, besides the gap between cells."""
WRAP_STEPS = 2
"""A size at which domains wrap must be so many steps larger than one at which they do not."""
_NARROW = 60
"""Below this width a single panel may have the shorter labels."""
_SCROLLED = Density.NARROW
"""The size of cells where no size fits."""


class GridShape(Struct, frozen=True):
    """What the size of cells depends on."""

    panels: tuple[tuple[int, ...], ...]
    """The number of instances in each domain, panel by panel."""
    name_width: int
    """Columns of the longest name of a domain."""
    count_digits: int
    """Digits of the largest number of instances in a domain."""
    fault_domains: tuple[int, ...]
    """The largest number of instances of each fault domain in a domain; empty where each domain
    has a single one."""

    @property
    def largest(self) -> int:
        """The number of instances in the largest domain."""
        return max((count for panel in self.panels for count in panel), default=0)


class MapLayout(Struct, frozen=True):
    """The size and the place of cells in every panel."""

    size: CellSize
    across: int
    """Panels side by side."""
    framed: bool
    """Whether each panel has a frame of its own, instead of one around all of them."""
    label_width: int
    is_compact: bool
    """Whether labels have the short form, for panels side by side."""
    domain_gap: int
    """Blank rows between two domains."""
    band_gap: int
    """Blank rows between panels one above the other."""
    per_line: int
    """The most cells in a line."""
    wraps: bool
    """Whether a domain takes more than one line."""
    columns: int
    """Columns that all panels need, with their own frames."""
    rows: int
    """Rows that all panels need, with their own frames and headings."""
    fits: bool
    """False where the heat map scrolls."""
    fault_domains: tuple[int, ...] = ()
    """Cells of each fault domain in a line, where they have columns of their own."""

    @property
    def rank(self) -> int:
        """The place of the cell size among all sizes; 0 is the largest."""
        return CELL_SIZES.index(self.size)


def shape_of(grid: Grid) -> GridShape:
    """The shape of a grid."""
    fault_domains: dict[int | None, int] = {}
    for row in grid.rows:
        for domain, instances in row.columns.items():
            fault_domains[domain] = max(fault_domains.get(domain, 0), len(instances))
    has_columns = any(len(row.columns) > 1 for row in grid.rows)
    order = sorted(fault_domains, key=lambda domain: (domain is None, domain or 0))
    return GridShape(
        tuple(tuple(len(row.instances) for row in panel.rows) for panel in grid.panels),
        max((len(row.key.label) for row in grid.rows), default=4),
        max((len(str(len(row.instances))) for row in grid.rows), default=1),
        tuple(fault_domains[domain] for domain in order) if has_columns else (),
    )


@lru_cache(maxsize=64)
def choose_map_layout(
    shape: GridShape, width: int, height: int, density: Density, *, framed: bool
) -> MapLayout:
    """The layout with the largest cells that fit. A size at which domains wrap counts only if it
    is two steps larger than the largest at which they do not."""
    layouts: list[MapLayout] = []
    for size in density.sizes:
        same_size = list(_layouts(shape, size, width, height, framed=framed))
        layouts += same_size
        if any(not layout.wraps for layout in same_size):
            break
    if not layouts:
        return _scrolled(shape, width, density, framed=framed)
    whole = min((layout.rank for layout in layouts if not layout.wraps), default=99)
    layouts = [x for x in layouts if not x.wraps or x.rank <= whole - WRAP_STEPS]
    return _with_fault_domains(min(layouts, key=_preference), shape, width, height)


def _scrolled(shape: GridShape, width: int, density: Density, *, framed: bool) -> MapLayout:
    """The layout of a heat map that scrolls; a column is left for the scroll bar."""
    sizes = _SCROLLED.sizes if density is Density.AUTO else density.sizes
    smallest = CELL_SIZES[-1]
    layouts = [
        layout
        for size in (sizes[0], smallest)
        for layout in _layouts(shape, size, width - 1, None, framed=framed)
    ]
    if not layouts:
        least = _label_width(shape, smallest, is_compact=True) + smallest.width
        layouts = list(_layouts(shape, smallest, least + 2, None, framed=framed))
    return replace(min(layouts, key=lambda x: (x.rank, x.wraps, x.rows)), fits=False)


def _preference(layout: MapLayout) -> tuple[int, bool, int, bool, int]:
    return (
        layout.rank, layout.wraps, -layout.domain_gap - layout.band_gap, layout.is_compact,
        layout.rows,
    )  # fmt: skip


def _layouts(
    shape: GridShape, size: CellSize, width: int, height: int | None, *, framed: bool
) -> Iterator[MapLayout]:
    """Every layout of cells of one size that is neither too wide nor, with a height, too high."""
    panel_count = len(shape.panels)
    gaps = [(1, 0), (0, 0)] if size.height == 1 else [(1, 0)]
    for across in range(1, panel_count + 1):
        panel_width = _panel_width(width, across, framed=framed)
        has_bands = panel_count > across and not framed
        for is_compact in (False, True):
            label = _label_width(shape, size, is_compact=is_compact)
            is_too_wide = panel_width < label + size.width
            if is_too_wide or (is_compact and across == 1 and width >= _NARROW):
                continue
            most = (panel_width - label + size.gap) // size.pitch
            lines = max(1, ceil(shape.largest / most))
            per_line = max(1, ceil(shape.largest / lines))
            edges = 2 * across if framed else PANEL_GAP * (across - 1)
            columns = (label + per_line * size.pitch - size.gap) * across + edges
            for domain_gap, band_gap in [(1, 1), *gaps] if has_bands else gaps:
                bands = _band_heights(shape, size, per_line, across, domain_gap)
                heading = (2 if framed else int(panel_count > 1)) * len(bands)
                rows = sum(bands) + heading + band_gap * (len(bands) - 1)
                if height is None or rows <= height:
                    yield MapLayout(
                        size, across, framed, label, is_compact, domain_gap, band_gap, per_line,
                        lines > 1, columns, rows, fits=True,
                    )  # fmt: skip


@lru_cache(maxsize=256)
def _band_heights(
    shape: GridShape, size: CellSize, per_line: int, across: int, domain_gap: int
) -> list[int]:
    """Rows of cells and gaps in each line of panels."""
    heights = [panel_rows(counts, size, per_line, domain_gap) for counts in shape.panels]
    return [max(heights[first : first + across]) for first in range(0, len(heights), across)]


def _panel_width(width: int, across: int, *, framed: bool) -> int:
    """Columns inside each of the panels side by side."""
    if framed:
        return width // across - 2
    return (width - PANEL_GAP * (across - 1)) // across


def _label_width(shape: GridShape, size: CellSize, *, is_compact: bool) -> int:
    """Columns of a label with the blank after it: `UD 3   7/20  `, or `UD 3  7 `."""
    name, digits = shape.name_width, shape.count_digits
    counts = 2 * digits + 1
    if not is_compact:
        return max(13 if size.height == 1 else 15, 1 + name + 1 + counts + 2)
    if size.height == 1:
        return max(8, name + 1 + digits + 1)
    return max(8, 1 + max(name, counts) + 1)


def panel_rows(counts: tuple[int, ...], size: CellSize, per_line: int, domain_gap: int) -> int:
    """Rows of cells and gaps in a panel with these domains."""
    rows = sum(domain_rows(count, size, per_line) for count in counts)
    return rows + domain_gap * (len(counts) - 1)


def domain_rows(count: int, size: CellSize, per_line: int) -> int:
    """Rows of a domain with this number of instances."""
    lines = max(1, ceil(count / per_line))
    return (lines - 1) * size.line_pitch + size.height


def _with_fault_domains(layout: MapLayout, shape: GridShape, width: int, height: int) -> MapLayout:
    """The layout with a column for each fault domain, where there is room for them."""
    count = len(shape.fault_domains)
    if not count or layout.wraps:
        return layout
    size, bands = layout.size, ceil(len(shape.panels) / layout.across)
    panel_width = _panel_width(width, layout.across, framed=layout.framed)
    gaps = FAULT_DOMAIN_GAP * (count - 1)
    needed = layout.label_width + sum(shape.fault_domains) * size.pitch - size.gap + gaps
    rows = layout.rows + bands
    if needed > panel_width or rows > height:
        return layout
    edge, between = (2, 0) if layout.framed else (0, PANEL_GAP)
    return replace(
        layout, rows=rows, fault_domains=shape.fault_domains, per_line=sum(shape.fault_domains),
        columns=(needed + edge) * layout.across + between * (layout.across - 1),
    )  # fmt: skip
