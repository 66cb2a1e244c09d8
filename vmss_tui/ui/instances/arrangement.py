"""The positions of a scale set's cells on screen, as values. Units are terminal cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from vmss_tui.fleet.domains import RowKey


class Density(StrEnum):
    """How much space a cell may take."""

    AUTO = "auto"
    DENSE = "dense"
    WIDE = "wide"

    def next(self) -> "Density":
        """The density after this one, cyclically."""
        densities = list(Density)
        return densities[(densities.index(self) + 1) % len(densities)]


@dataclass(frozen=True, slots=True)
class Block:
    """One fault-domain column of a panel; `lines` of instance ids, as many as the panel has."""

    x: int
    width: int
    heading: str
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A panel at its position: `x` and `y` relative to the heatmap, its blocks to the box."""

    x: int
    y: int
    width: int
    heading: str
    label_width: int
    labels: tuple[tuple[int, RowKey, str], ...]
    """(line below the headings, key of the row, label)."""
    blocks: tuple[Block, ...]
    height: int
    """Lines of cells, without headings."""
    heading_lines: int


@dataclass(frozen=True)
class Arrangement:
    """The positions of all instances."""

    pitch: int
    """Distance from one cell to the next."""
    with_ids: bool
    boxes: tuple[Box, ...]
    width: int
    height: int

    @cached_property
    def bands(self) -> tuple[tuple[Box, ...], ...]:
        """Groups of boxes that are side by side, from the top."""
        bands_by_y: dict[int, list[Box]] = {}
        for box in self.boxes:
            bands_by_y.setdefault(box.y, []).append(box)
        return tuple(tuple(boxes) for boxes in bands_by_y.values())

    @cached_property
    def positions(self) -> Mapping[str, tuple[int, int]]:
        """Instance id -> (x, y) of its cell."""
        return {instance_id: (x, y) for instance_id, x, y in self._cells()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Instance ids in reading order: box by box, line by line."""
        return tuple(
            instance_id
            for box in self.boxes
            for line in range(box.height)
            for block in box.blocks
            for instance_id in block.lines[line]
        )

    @cached_property
    def box_index(self) -> Mapping[str, int]:
        """Instance id -> index of its box."""
        return {
            instance_id: index
            for index, box in enumerate(self.boxes)
            for block in box.blocks
            for line in block.lines
            for instance_id in line
        }

    def _cells(self) -> Iterator[tuple[str, int, int]]:
        for box in self.boxes:
            top = box.y + box.heading_lines
            for block in box.blocks:
                for y, line in enumerate(block.lines):
                    for column, instance_id in enumerate(line):
                        yield instance_id, box.x + block.x + column * self.pitch, top + y


EMPTY = Arrangement(1, False, (), 0, 0)
