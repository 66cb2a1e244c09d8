"""The sizes a cell of the heat map may have. Units are columns and rows of the terminal."""

from enum import StrEnum
from typing import NamedTuple


class CellSize(NamedTuple):
    """Columns and rows of a cell, without the gap to the next one."""

    width: int
    height: int

    @property
    def gap(self) -> int:
        """Columns between two cells of a line."""
        return 1 if self.width > 1 else 0

    @property
    def pitch(self) -> int:
        """Columns from one cell to the next."""
        return self.width + self.gap

    @property
    def line_pitch(self) -> int:
        """Rows from one line of a wrapped domain to the next."""
        return self.height + (1 if self.height > 1 else 0)

    @property
    def shows_id(self) -> bool:
        """Whether the id of the instance is written inside the cell."""
        return self.width >= 4

    @property
    def shows_clock(self) -> bool:
        """Whether the time of the last change is written inside the cell."""
        return self.height >= 4


CELL_SIZES = tuple(
    CellSize(width, height)
    for width, height in ((8, 4), (6, 3), (6, 2), (4, 2), (4, 1), (3, 1), (2, 1), (1, 1))
)
"""Every size, the largest first."""


class Density(StrEnum):
    """The size of cells: chosen for the room there is, or one that is set."""

    AUTO = "automatic"
    HUGE = "8x4"
    LARGE = "6x3"
    BROAD = "6x2"
    WIDE = "4x2"
    FLAT = "4x1"
    SMALL = "3x1"
    NARROW = "2x1"
    DENSE = "1x1"

    def next(self) -> "Density":
        """The density after this one, cyclically."""
        densities = list(Density)
        return densities[(densities.index(self) + 1) % len(densities)]

    @property
    def sizes(self) -> tuple[CellSize, ...]:
        """The sizes that cells may have, the largest first."""
        if self is Density.AUTO:
            return CELL_SIZES
        return (CELL_SIZES[list(Density).index(self) - 1],)
