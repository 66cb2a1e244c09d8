"""Where each cell stands: a grid of domains arranged for a width and a height. Pure geometry.

Every panel has the same label width and the same fault-domain columns, so that they align, and
panels stand side by side where there is room. Column widths follow the content: where a row
needs more cells than fit, it takes several lines. Units are terminal cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import ceil

from vmss_tui.fleet.domains import Grid, Grouping, Panel, Row, RowKey


class Form(StrEnum):
    """How much room a cell may take."""

    AUTO = "auto"
    DENSE = "dense"
    WIDE = "wide"

    def next(self) -> "Form":
        """The one after it, round and round."""
        every = list(Form)
        return every[(every.index(self) + 1) % len(every)]


@dataclass(frozen=True, slots=True)
class Block:
    """One fault-domain column of a panel; `lines` are as many as the panel has."""

    x: int
    width: int
    heading: str
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A panel at its place. `x` and `y` count from the heatmap's corner, blocks from the box."""

    x: int
    y: int
    width: int
    heading: str
    label_width: int
    labels: tuple[tuple[int, RowKey, str], ...]
    """(line below the headings, row, its words)."""
    blocks: tuple[Block, ...]
    height: int
    """Lines of cells, without the headings."""
    heading_lines: int


@dataclass(frozen=True)
class Arrangement:
    """Every instance at its place."""

    pitch: int
    """Width of a cell with what follows it."""
    with_ids: bool
    boxes: tuple[Box, ...]
    width: int
    height: int

    @cached_property
    def bands(self) -> tuple[tuple[Box, ...], ...]:
        """Boxes that stand side by side, from the top."""
        found: dict[int, list[Box]] = {}
        for box in self.boxes:
            found.setdefault(box.y, []).append(box)
        return tuple(tuple(boxes) for boxes in found.values())

    @cached_property
    def positions(self) -> Mapping[str, tuple[int, int]]:
        """Instance id -> (x, y) of its cell."""
        return {instance_id: (x, y) for instance_id, x, y in self._cells()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Ids as they are read: box by box, line by line."""
        return tuple(
            instance_id
            for box in self.boxes
            for line in range(box.height)
            for block in box.blocks
            for instance_id in block.lines[line]
        )

    @cached_property
    def box_of(self) -> Mapping[str, int]:
        """Instance id -> number of its box."""
        return {
            instance_id: at
            for at, box in enumerate(self.boxes)
            for block in box.blocks
            for line in block.lines
            for instance_id in line
        }

    def _cells(self) -> Iterator[tuple[str, int, int]]:
        for box in self.boxes:
            top = box.y + box.heading_lines
            for block in box.blocks:
                for y, line in enumerate(block.lines):
                    for at, instance_id in enumerate(line):
                        yield instance_id, box.x + block.x + at * self.pitch, top + y


EMPTY = Arrangement(1, False, (), 0, 0)


GAP = 2
"""Between two fault-domain columns."""
PANEL_GAP = 3


@dataclass(frozen=True, slots=True)
class _Try:
    """One way to draw: cell pitch, fault-domain columns or none, blank lines between rows."""

    pitch: int
    columns: bool = True
    spread: int = 0
    most_lines: int = 99
    """A row may take so many lines."""
    named: bool = True
    """Where there are no columns, a row's words name its fault domain."""

    @property
    def fault(self) -> bool:
        """No column says which fault domain it is."""
        return self.named and not self.columns


def row_words(row: Row, *, fault: bool) -> str:
    """`UD 3`; where no column says it, a row's only fault domain too: `UD 3 FD 3`."""
    only = next(iter(row.columns)) if len(row.columns) == 1 else None
    if not fault or only is None or row.key.kind is Grouping.FAULT_DOMAIN:
        return row.key.label
    return f"{row.key.label} FD {only}"


def label_width(rows: Sequence[Row], *, fault: bool) -> int:
    """Room for `▌UD 3   7/20 ✖2 `, the same for every row."""
    names = max((len(row_words(row, fault=fault)) for row in rows), default=4)
    totals = max((len(str(len(row.instances))) for row in rows), default=1)
    return 1 + names + 2 + 2 * totals + 1 + 1 + (2 + totals) + 1


def arrange(grid: Grid, form: Form, width: int, height: int) -> Arrangement:
    """The roomiest way that fits without scrolling; the tightest one where none does."""
    ids = [i.instance_id for row in grid.rows for i in row.instances]
    wide = max((len(i) for i in ids), default=1) + 2
    wides = [_Try(wide, spread=1, most_lines=2), _Try(wide, most_lines=2)]
    denses = [
        _Try(1, most_lines=2),
        _Try(1, columns=False, most_lines=1),
        _Try(1, columns=False, most_lines=2, named=False),
        _Try(1, columns=False, named=False),
    ]
    spaced = [_Try(2, spread=1, most_lines=1), _Try(2, most_lines=2)]
    if form is Form.WIDE:
        tries = [*wides, _Try(wide, most_lines=4), _Try(wide, columns=False)]
    elif form is Form.DENSE:
        tries = denses
    else:
        airy = _Try(1, spread=1, most_lines=2)
        packed = [_Try(2, columns=False, most_lines=1), *denses[1:]]
        deep = [_Try(wide, spread=1, most_lines=4), _Try(wide, most_lines=4)]
        with_ids = [*wides, *deep] if wide <= 6 else []
        tries = [*with_ids, *spaced, airy, denses[0], *packed]
    found = None
    for one in tries:
        found = _arranged(grid, one, width, wide)
        if found is not None and found.height <= height:
            return found
    return found or _arranged(grid, denses[-1], max(width, 30), wide) or EMPTY


def _arranged(grid: Grid, how: _Try, width: int, wide: int) -> Arrangement | None:
    """None where the width, or the lines a row may take, do not suffice."""
    rows = grid.rows
    if not rows:
        return EMPTY
    label = label_width(rows, fault=how.fault)
    domains, needed = _needed(rows, how.columns)
    room = width - label - GAP * (len(domains) - 1)
    per_line = _per_line(needed, room // how.pitch)
    if per_line is None:
        return None
    if any(ceil(n / w) > how.most_lines for n, w in zip(needed, per_line, strict=True)):
        return None
    box_width = label + sum(per_line) * how.pitch + GAP * (len(domains) - 1)
    across = max(1, (width + PANEL_GAP) // (box_width + PANEL_GAP))
    boxes: list[Box] = []
    y = bottom = 0
    for at, panel in enumerate(grid.panels):
        if at and at % across == 0:
            y = bottom + 1
        x = (at % across) * (box_width + PANEL_GAP)
        box = _box(panel, how, x, y, label, domains, per_line)
        boxes.append(box)
        bottom = max(bottom, y + box.heading_lines + box.height)
    used = max(box.x + box.width for box in boxes)
    return Arrangement(how.pitch, how.pitch == wide and wide > 2, tuple(boxes), used, bottom)


def _box(
    panel: Panel,
    how: _Try,
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
        cells = [_cut(_ids(row, d, how.columns), w) for d, w in zip(domains, per_line, strict=True)]
        tall = max(1, *(len(found) for found in cells)) + how.spread
        labels.append((top, row.key, row_words(row, fault=how.fault)))
        top += tall
        for at, found in enumerate(cells):
            lines[at] += found + [()] * (tall - len(found))
    top -= how.spread
    blocks = []
    left = label
    for at, domain in enumerate(domains):
        block_width = per_line[at] * how.pitch
        name = _heading(domain, block_width) if how.columns else ""
        blocks.append(Block(left, block_width, name, tuple(lines[at][:top])))
        left += block_width + GAP
    headings = bool(panel.heading) + any(block.heading for block in blocks)
    ends = max(left - GAP, blocks[-1].x + len(blocks[-1].heading))
    return Box(x, y, ends, panel.heading, label, tuple(labels), tuple(blocks), top, headings)


def _needed(rows: Sequence[Row], columns: bool) -> tuple[list[int | None], list[int]]:
    """Columns, and the most cells that any row has in each."""
    if not columns:
        return [None], [max(len(row.instances) for row in rows)]
    most: dict[int | None, int] = {}
    for row in rows:
        for domain, instances in row.columns.items():
            most[domain] = max(most.get(domain, 0), len(instances))
    order = sorted(most, key=lambda domain: (domain is None, domain or 0))
    return order, [most[domain] for domain in order]


def _per_line(needed: Sequence[int], room: int) -> list[int] | None:
    """Cells per line of each column, for the fewest lines that fit `room` cells."""
    for lines in range(1, max(needed) + 1):
        widths = [ceil(n / lines) for n in needed]
        if sum(widths) <= room:
            return widths
    return None


def _ids(row: Row, domain: int | None, columns: bool) -> list[str]:
    """A row's ids of one column; all of them, fault domain by fault domain, where it is packed."""
    if columns:
        return [i.instance_id for i in row.columns.get(domain, ())]
    return [i.instance_id for instances in row.columns.values() for i in instances]


def _cut(ids: list[str], width: int) -> list[tuple[str, ...]]:
    return [tuple(ids[at : at + width]) for at in range(0, len(ids), width)]


def _heading(domain: int | None, width: int) -> str:
    if domain is None:
        return ""
    return next(name for name in (f"FD {domain}", f"F{domain}", str(domain))
                if len(name) < width + GAP or name == str(domain))  # fmt: skip
