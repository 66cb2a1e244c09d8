"""Detects what the terminal supports without drawing on it: for `doctor` and to choose a theme.

Reads the environment and the size that the kernel reports, as Rich and Textual do.
"""

import locale
import os
from collections.abc import Mapping
from typing import NamedTuple

from vmss_tui.ui.terminal.output import clipboard_sequence
from vmss_tui.ui.terminal.textual_private import console_for

_COLOUR_COUNTS = {"standard": 16, "256": 256, "truecolor": 1 << 24}


class Capabilities(NamedTuple):
    """What the terminal supports."""

    term: str
    colours: int
    """Number of colours; 0 where TERM has none."""
    no_color: bool
    """The environment variable NO_COLOR is set."""
    size: tuple[int, int] | None
    """Columns and lines; None where the process has no terminal."""
    encoding: str
    """The encoding of the locale, such as UTF-8."""
    tmux: bool
    can_copy: bool
    """OSC 52 can be sent: copying reaches the clipboard where the terminal allows it."""

    @property
    def unicode(self) -> bool:
        """Whether the encoding can represent the glyphs."""
        return self.encoding.lower().replace("-", "") == "utf8"


def detect_capabilities(environment: Mapping[str, str]) -> Capabilities:
    """The capabilities of the terminal of this process."""
    console = console_for(environment)
    return Capabilities(
        term=environment.get("TERM", ""),
        colours=_COLOUR_COUNTS.get(console.color_system or "", 0),
        no_color=bool(environment.get("NO_COLOR")),
        size=_size(),
        encoding=locale.getencoding(),
        tmux=bool(environment.get("TMUX")),
        can_copy=clipboard_sequence("", environment) is not None,
    )


def _size() -> tuple[int, int] | None:
    for descriptor in (0, 1, 2):
        try:
            size = os.get_terminal_size(descriptor)
        except OSError:
            continue
        return size.columns, size.lines
    return None
