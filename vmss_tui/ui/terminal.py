"""The terminal itself: whether it can carry the dashboard, and leaving it in order."""

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.app import App


_PLAIN = str.maketrans(
    {"…": ".", "·": "-", "–": "-", "—": "-", "→": ">", "←": "<", "↑": "^", "↓": "v", "’": "'"}
    | dict.fromkeys("│┃▌▎▏▐║▊▉", "|")
    | dict.fromkeys("─━═▁▔▂▃▄▅▆▇▀", "-")
    | dict.fromkeys("█▓", "#")
    | {"░": "."}
)


class PlainCharacters(LineFilter):
    """Draws frames, arrows and dots in ASCII, for terminals that have nothing else.

    Only what this program draws by itself is replaced, one character by one; names stay.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in plain characters."""
        return [
            segment
            if segment.text.isascii()
            else Segment(segment.text.translate(_PLAIN), segment.style, segment.control)
            for segment in segments
        ]


def unfit() -> str | None:
    """The sentence that refuses a terminal that cannot carry the dashboard; None where it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return (
            "the dashboard needs a terminal: use `vmss-tui status SCALE_SET` in scripts and pipes"
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        return "TERM says that this terminal cannot be drawn on: use `vmss-tui status SCALE_SET`"
    return None


def watch_signals(app: "App[Any]") -> None:
    """SIGHUP and SIGTERM leave through the app's own exit, so that the terminal is restored."""
    loop = app._loop
    if loop is None or app.is_headless:
        return
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, app.exit, 128 + number)
