"""The places of cells: panels, blocks and lines, as values. `arranging` works them out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from vmss_tui.fleet.domains import RowKey


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
