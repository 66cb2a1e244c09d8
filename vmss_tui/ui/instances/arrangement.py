"""The positions of a scale set's cells on screen, as values. Units are columns and rows."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from vmss_tui.fleet.domains import Grouping, RowKey
from vmss_tui.ui.instances.layout.cell_size import CellSize
from vmss_tui.ui.instances.layout.cell_size import Density as Density
from vmss_tui.ui.instances.layout.map_layout import MapLayout


class PlacedDomain(Struct, frozen=True):
    """One domain: its name, the row of its label, and its lines of cells."""

    key: RowKey
    name: str
    y: int
    lines: tuple[tuple[tuple[str, int], ...], ...]
    """(instance id, x) for each cell, line by line from the top."""


class PlacedPanel(Struct, frozen=True):
    """A panel at its position in the heat map; `x`, `y`, `width` and `height` are of what is inside
    its frame, where it has one."""

    x: int
    y: int
    width: int
    height: int
    heading: str
    """Empty where the grid has a single panel."""
    first_row: int
    """The row of its first domain."""
    domains: tuple[PlacedDomain, ...]
    fault_domains: tuple[tuple[int, str], ...] = ()
    """(x, heading) of each column of a fault domain."""

    @property
    def right(self) -> int:
        """The column after the last cell."""
        return max(
            (line[-1][1] for domain in self.domains for line in domain.lines if line),
            default=self.x,
        )


class Arrangement(Struct, frozen=True, dict=True):
    """The positions of all instances. `layout` is None in the table."""

    layout: MapLayout | None
    panels: tuple[PlacedPanel, ...]
    width: int
    height: int

    @property
    def cell_size(self) -> CellSize:
        """The size of every cell."""
        return self.layout.size if self.layout else CellSize(1, 1)

    @cached_property
    def positions(self) -> Mapping[str, tuple[int, int]]:
        """Instance id -> (x, y) of its cell."""
        return {instance_id: (x, y) for instance_id, x, y, _ in self._cells()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Instance ids in reading order: panel by panel, line by line."""
        return tuple(instance_id for instance_id, *_ in self._cells())

    @cached_property
    def panel_index(self) -> Mapping[str, int]:
        """Instance id -> index of its panel."""
        return {instance_id: index for instance_id, _, _, index in self._cells()}

    def _cells(self) -> Iterator[tuple[str, int, int, int]]:
        line_pitch = self.cell_size.line_pitch
        for index, panel in enumerate(self.panels):
            for domain in panel.domains:
                for number, line in enumerate(domain.lines):
                    for instance_id, x in line:
                        yield instance_id, x, domain.y + number * line_pitch, index


EMPTY = Arrangement(None, (), 0, 0)


def arrange_in_rows(ids: Sequence[str]) -> Arrangement:
    """One cell per row, so that cursor, ranges and problems work as on the heat map."""
    if not ids:
        return EMPTY
    key = RowKey(None, None, Grouping.UPDATE_DOMAIN, None)
    lines = tuple(((instance_id, 0),) for instance_id in ids)
    domain = PlacedDomain(key, "", 0, lines)
    return Arrangement(None, (PlacedPanel(0, 0, 1, len(ids), "", 0, (domain,)),), 1, len(ids))
