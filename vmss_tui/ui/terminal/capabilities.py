"""What this terminal can do, found without drawing on it: for `doctor`, and for the theme.

Read from the environment and from the size the kernel tells, as the dashboard's own libraries do.
"""

import locale
import os
from collections.abc import Mapping
from typing import NamedTuple

from rich.console import Console

from vmss_tui.ui.terminal.output import copying

_DEPTHS = {"standard": 16, "256": 256, "truecolor": 1 << 24}


class Capabilities(NamedTuple):
    """Facts, without a judgement."""

    term: str
    colours: int
    """How many can be drawn; 0 where TERM knows none."""
    no_color: bool
    """NO_COLOR is set: glyphs alone speak."""
    size: tuple[int, int] | None
    """Columns and lines; None where no terminal is at hand."""
    encoding: str
    """Of texts here, such as UTF-8."""
    tmux: bool
    copies: bool
    """OSC 52 can be sent: copying reaches the clipboard where the terminal lets it."""

    @property
    def unicode(self) -> bool:
        """Can the glyphs be written?"""
        return self.encoding.lower().replace("-", "") == "utf8"


def capabilities(environment: Mapping[str, str]) -> Capabilities:
    """What can be known of the terminal that this process stands in."""
    console = Console(force_terminal=True, _environ=environment)
    return Capabilities(
        term=environment.get("TERM", ""),
        colours=_DEPTHS.get(console.color_system or "", 0),
        no_color=bool(environment.get("NO_COLOR")),
        size=_size(),
        encoding=locale.getencoding(),
        tmux=bool(environment.get("TMUX")),
        copies=copying("", environment) is not None,
    )


def _size() -> tuple[int, int] | None:
    for descriptor in (0, 1, 2):
        try:
            found = os.get_terminal_size(descriptor)
        except OSError:
            continue
        return found.columns, found.lines
    return None
