"""Arranges the cells of a grid of domains for a width and a height. Pure geometry.

All panels have the same label width and fault-domain columns, so that they align; they are placed
side by side where the width allows. Column widths follow the content: a row with more cells than
fit takes several lines. Units are terminal cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from vmss_tui.fleet.domains import Grid, Grouping, Panel, Row, RowKey
from vmss_tui.ui.instances.arrangement import EMPTY, Arrangement, Block, Box, Density

GAP = 2
"""Between two fault-domain columns."""
PANEL_GAP = 3


@dataclass(frozen=True, slots=True)
class _Layout:
    """A candidate layout: pitch of cells, with or without fault-domain columns."""

    pitch: int
    fault_domain_columns: bool = True
    blank_lines: int = 0
    max_lines: int = 99
    """Lines that a row may take."""
    names_fault_domain: bool = True
    """Without columns, the label of a row with a single fault domain names it."""

    @property
    def labels_fault_domain(self) -> bool:
        """Whether labels name the fault domain, because no column does."""
        return self.names_fault_domain and not self.fault_domain_columns


def row_label(row: Row, *, with_fault_domain: bool) -> str:
    """`UD 3`, or `UD 3 FD 3` with the fault domain of a row that has a single one."""
    fault_domain = next(iter(row.columns)) if len(row.columns) == 1 else None
    if not with_fault_domain or fault_domain is None or row.key.kind is Grouping.FAULT_DOMAIN:
        return row.key.label
    return f"{row.key.label} FD {fault_domain}"


def label_width(rows: Sequence[Row], *, with_fault_domain: bool) -> int:
    """Cells for a label such as `▌UD 3   7/20 ✖2 `, the same for all rows."""
    names = max(
        (len(row_label(row, with_fault_domain=with_fault_domain)) for row in rows), default=4
    )
    totals = max((len(str(len(row.instances))) for row in rows), default=1)
    return 1 + names + 2 + 2 * totals + 1 + 1 + (2 + totals) + 1


def arrange(grid: Grid, density: Density, width: int, height: int) -> Arrangement:
    """The most spacious layout that fits without scrolling; the densest one if none does."""
    ids = [i.instance_id for row in grid.rows for i in row.instances]
    wide_pitch = max((len(i) for i in ids), default=1) + 2
    wide_layouts = [
        _Layout(wide_pitch, blank_lines=1, max_lines=2),
        _Layout(wide_pitch, max_lines=2),
    ]
    dense_layouts = [
        _Layout(1, max_lines=2),
        _Layout(1, fault_domain_columns=False, max_lines=1),
        _Layout(1, fault_domain_columns=False, max_lines=2, names_fault_domain=False),
        _Layout(1, fault_domain_columns=False, names_fault_domain=False),
    ]
    spaced_layouts = [_Layout(2, blank_lines=1, max_lines=1), _Layout(2, max_lines=2)]
    if density is Density.WIDE:
        layouts = [
            *wide_layouts,
            _Layout(wide_pitch, max_lines=4),
            _Layout(wide_pitch, fault_domain_columns=False),
        ]
    elif density is Density.DENSE:
        layouts = dense_layouts
    else:
        dense_spaced = _Layout(1, blank_lines=1, max_lines=2)
        packed_layouts = [_Layout(2, fault_domain_columns=False, max_lines=1), *dense_layouts[1:]]
        tall_layouts = [
            _Layout(wide_pitch, blank_lines=1, max_lines=4),
            _Layout(wide_pitch, max_lines=4),
        ]
        with_ids = [*wide_layouts, *tall_layouts] if wide_pitch <= 6 else []
        layouts = [*with_ids, *spaced_layouts, dense_spaced, dense_layouts[0], *packed_layouts]
    arrangement = None
    for layout in layouts:
        arrangement = _arrange_in(grid, layout, width, wide_pitch)
        if arrangement is not None and arrangement.height <= height:
            return arrangement
    return arrangement or _arrange_in(grid, dense_layouts[-1], max(width, 30), wide_pitch) or EMPTY


def _arrange_in(grid: Grid, layout: _Layout, width: int, wide_pitch: int) -> Arrangement | None:
    """The arrangement in one layout; None if the width or the lines per row do not suffice."""
    rows = grid.rows
    if not rows:
        return EMPTY
    label = label_width(rows, with_fault_domain=layout.labels_fault_domain)
    domains, needed = _cells_per_column(rows, layout.fault_domain_columns)
    available = width - label - GAP * (len(domains) - 1)
    per_line = _cells_per_line(needed, available // layout.pitch)
    if per_line is None:
        return None
    if any(ceil(n / w) > layout.max_lines for n, w in zip(needed, per_line, strict=True)):
        return None
    box_width = label + sum(per_line) * layout.pitch + GAP * (len(domains) - 1)
    per_band = max(1, (width + PANEL_GAP) // (box_width + PANEL_GAP))
    boxes: list[Box] = []
    y = bottom = 0
    for index, panel in enumerate(grid.panels):
        if index and index % per_band == 0:
            y = bottom + 1
        x = (index % per_band) * (box_width + PANEL_GAP)
        box = _box(panel, layout, x, y, label, domains, per_line)
        boxes.append(box)
        bottom = max(bottom, y + box.heading_lines + box.height)
    used_width = max(box.x + box.width for box in boxes)
    return Arrangement(
        layout.pitch,
        layout.pitch == wide_pitch and wide_pitch > 2,
        tuple(boxes),
        used_width,
        bottom,
    )


def _box(
    panel: Panel,
    layout: _Layout,
    x: int,
    y: int,
    label: int,
    domains: Sequence[int | None],
    per_line: Sequence[int],
) -> Box:
    lines: list[list[tuple[str, ...]]] = [[] for _ in domains]
    labels: list[tuple[int, RowKey, str]] = []
    top = 0
    for row in panel.rows:
        cells = [
            _split_lines(_ids(row, d, layout.fault_domain_columns), w)
            for d, w in zip(domains, per_line, strict=True)
        ]
        row_height = max(1, *(len(cell_lines) for cell_lines in cells)) + layout.blank_lines
        labels.append((top, row.key, row_label(row, with_fault_domain=layout.labels_fault_domain)))
        top += row_height
        for index, cell_lines in enumerate(cells):
            lines[index] += cell_lines + [()] * (row_height - len(cell_lines))
    top -= layout.blank_lines
    blocks = []
    left = label
    for index, domain in enumerate(domains):
        block_width = per_line[index] * layout.pitch
        name = _heading(domain, block_width) if layout.fault_domain_columns else ""
        blocks.append(Block(left, block_width, name, tuple(lines[index][:top])))
        left += block_width + GAP
    headings = bool(panel.heading) + any(block.heading for block in blocks)
    right = max(left - GAP, blocks[-1].x + len(blocks[-1].heading))
    return Box(x, y, right, panel.heading, label, tuple(labels), tuple(blocks), top, headings)


def _cells_per_column(rows: Sequence[Row], columns: bool) -> tuple[list[int | None], list[int]]:
    """The fault-domain columns, and the largest number of cells in each over all rows."""
    if not columns:
        return [None], [max(len(row.instances) for row in rows)]
    counts: dict[int | None, int] = {}
    for row in rows:
        for domain, instances in row.columns.items():
            counts[domain] = max(counts.get(domain, 0), len(instances))
    order = sorted(counts, key=lambda domain: (domain is None, domain or 0))
    return order, [counts[domain] for domain in order]


def _cells_per_line(needed: Sequence[int], available: int) -> list[int] | None:
    """Cells per line in each column, with the fewest lines that fit the available cells."""
    for lines in range(1, max(needed) + 1):
        widths = [ceil(n / lines) for n in needed]
        if sum(widths) <= available:
            return widths
    return None


def _ids(row: Row, domain: int | None, columns: bool) -> list[str]:
    """The ids of a row in one column; without columns all of them, by fault domain."""
    if columns:
        return [i.instance_id for i in row.columns.get(domain, ())]
    return [i.instance_id for instances in row.columns.values() for i in instances]


def _split_lines(ids: list[str], width: int) -> list[tuple[str, ...]]:
    return [tuple(ids[start : start + width]) for start in range(0, len(ids), width)]


def _heading(domain: int | None, width: int) -> str:
    if domain is None:
        return ""
    return next(name for name in (f"FD {domain}", f"F{domain}", str(domain))
                if len(name) < width + GAP or name == str(domain))  # fmt: skip
