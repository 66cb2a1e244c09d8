"""The bytes of a serial log, of which only the part that a request wants is made.

`{"lines": 104857600}` is a log of numbered lines of 64 bytes, `{"line": 10485760}` one line without
an end; numbers are bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vmss_tui.simulator.errors import Json

LINE_BYTES = 64
LARGEST = 1 << 30
"""Bytes after which Azure begins to overwrite a serial log."""


class LogContent(Protocol):
    """Bytes of a known number."""

    @property
    def size(self) -> int:
        """The number of bytes."""

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to but not including `end`, which are within the log."""


@dataclass(frozen=True, slots=True)
class WrittenContent:
    """Bytes as they were given."""

    data: bytes

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.data)

    def read(self, start: int, end: int) -> bytes:
        """A part of the bytes."""
        return self.data[start:end]


@dataclass(frozen=True, slots=True)
class NumberedLines:
    """Lines of 64 bytes, numbered from 0; the last one may be cut."""

    size: int

    def read(self, start: int, end: int) -> bytes:
        """A part of the lines."""
        first = start // LINE_BYTES
        lines = b"".join(_line(number) for number in range(first, -(-end // LINE_BYTES)))
        return lines[start - first * LINE_BYTES : end - first * LINE_BYTES]


@dataclass(frozen=True, slots=True)
class LongLine:
    """One line without an end."""

    size: int

    def read(self, start: int, end: int) -> bytes:
        """A part of the line."""
        return b"x" * (end - start)


def generated_content(definition: Json) -> LogContent:
    """The content of a definition. Raises ValueError with a message for an invalid one."""
    kinds: dict[str, Callable[[int], LogContent]] = {"lines": NumberedLines, "line": LongLine}
    (kind, size), *rest = definition.items() or [("", 0)]
    if rest or kind not in kinds or not isinstance(size, int) or not 0 <= size <= LARGEST:
        raise ValueError(f"a log is made of lines or of one line, with up to {LARGEST} bytes")
    return kinds[kind](size)


def _line(number: int) -> bytes:
    text = f"[{number * 0.01:12.6f}] line {number} of a long serial log "
    return text.ljust(LINE_BYTES - 2, ".").encode()[: LINE_BYTES - 2] + b"\r\n"
