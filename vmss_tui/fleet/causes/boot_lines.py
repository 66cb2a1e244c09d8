"""Lines of a serial log: where its last boot begins, and which of them report an error."""

import re
from collections.abc import Iterable, Sequence

MAX_LINE_LENGTH = 1000
"""Characters of a line that are compared; a guest can send any number."""

_ESCAPES = re.compile(r"(?:\x1b|\u241b)(?:\[[0-9;?]{0,20}[A-Za-z]?)?")
"""Control sequences of a terminal, also where the sanitiser has made pictures of them."""
_FIRMWARE_STARTS = (
    "bdsdxe: loading boot",
    "bdsdxe: starting boot",
    "bdsdxe: failed to load boot",
    "gnu grub ",
)
_KERNEL_START = re.compile(r"(?:\[ *0\.0+\] ?(?:\[ *\w+\] ?)?)?linux version ")
_CRASH_KERNEL = "elfcorehdr="
"""Is in the command line of the kernel that writes a crash dump after a panic."""
_MAX_LINE = 10_000
"""Characters of a line that are kept. A kernel's command line has at most 4,096."""
_CRASH_KERNEL_LINES = 200
"""Lines after the start of a kernel in which its command line is."""
_ERRORS = re.compile(
    r"\b(?:error|errors|fail|fails|failed|failure|fatal|panic|critical|traceback|oops|segfault|"
    r"emergency mode|out of memory|no space left|unable to|cannot|could not|call trace|"
    r"unexpected inconsistency|not found|does not exist|killed process)\b"
)
_NO_ERRORS = re.compile(
    r"errors=|panic=|\b(?:no|0|zero|without) (?:error|errors|failed|failures)\b|error: 0\b|"
    r"failed=0\b|correctable errors|\bon-?failure\b|error correction|error record serialization|"
    r"rasdaemon"
)


def plain_line(line: str) -> str:
    """The first 10,000 characters of a line, without control sequences."""
    return _ESCAPES.sub("", line[:_MAX_LINE])


def last_boot_start(lines: Sequence[str]) -> int:
    """Index of the first line of the last boot; 0 where no start of a boot is in the log.

    A kernel that writes the crash dump of the one before belongs to the boot before it.
    """
    crash_line = None
    for index in range(len(lines) - 1, -1, -1):
        line = plain_line(lines[index]).lower()
        if _CRASH_KERNEL in line:
            crash_line = index
        elif _KERNEL_START.match(line):
            if crash_line is None or crash_line - index > _CRASH_KERNEL_LINES:
                return _firmware_start(lines, index)
            crash_line = None
        elif line.lstrip().startswith(_FIRMWARE_STARTS):
            return _firmware_start(lines, index)
    return 0


def error_line_numbers(lines: Iterable[str]) -> tuple[int, ...]:
    """Indices, from 0, of the lines that report an error, for colours and "next error"."""
    return tuple([index for index, line in enumerate(lines) if _is_error(line)])


def _firmware_start(lines: Sequence[str], index: int) -> int:
    """The first of the firmware's lines directly before a start."""
    while index and plain_line(lines[index - 1][:100]).lstrip().lower().startswith(
        _FIRMWARE_STARTS
    ):
        index -= 1
    return index


def _is_error(line: str) -> bool:
    text = _ESCAPES.sub("", line[:MAX_LINE_LENGTH]).lower()
    return _ERRORS.search(text) is not None and _NO_ERRORS.search(text) is None
