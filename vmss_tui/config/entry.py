"""One value of a settings file, and the texts with which errors name its place."""

from pathlib import Path
from typing import NamedTuple

from vmss_tui import text
from vmss_tui.errors import ExitCode, VmssError

Scalar = str | int | float | bool | None
KeyPath = tuple[str, ...]


class ConfigError(VmssError):
    """An invalid setting; the message names the place, the value and what is allowed."""

    exit_code = ExitCode.USAGE


class Entry(NamedTuple):
    """One value of the file: a scalar, or a list of them."""

    line: int
    value: Scalar | tuple[Scalar, ...]

    @property
    def quoted(self) -> str:
        """The value as error messages quote it."""
        if isinstance(self.value, tuple):
            return "a list"
        if self.value is None:
            return "nothing"
        return ascii(self.value)[:80]


def place_text(path: Path, line: int | None = None) -> str:
    """`FILE line N`, the beginning of every message."""
    file = text.cell(str(path))
    return file if line is None else f"{file} line {line}"


def key_text(key_path: KeyPath) -> str:
    """`section.key`, safe to print."""
    return ".".join(text.cell(part, 60) for part in key_path)
