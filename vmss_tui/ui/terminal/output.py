"""The terminal itself: whether it can carry the dashboard, and leaving it in order."""

import base64
import os
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, Monochrome, NoColor

from vmss_tui.text import plain

if TYPE_CHECKING:
    from textual.app import App


class Printable(LineFilter):
    """Lets nothing through that could steer the terminal, wherever it comes from.

    Text from outside was cleaned where it entered; this is for what was not: a paste into a
    field, or a mistake of ours. What is left out has no width, so nothing moves.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments without characters that cannot be printed."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            Segment("".join(filter(str.isprintable, segment.text)), segment.style)
            for segment in segments
        ]


class PlainCharacters(LineFilter):
    """Draws frames, arrows and dots in ASCII, for terminals that have nothing else."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in plain characters."""
        return [
            segment
            if segment.text.isascii()
            else Segment(plain(segment.text), segment.style, segment.control)
            for segment in segments
        ]


BLACKENING = (Monochrome, NoColor)
"""Textual's own for NO_COLOR, not used: their greys make the terminal's own two colours black."""


def own_filters(*, plain: bool, coloured: bool) -> list[LineFilter]:
    """What every line passes last; where not `coloured`, only the terminal's own two are left."""
    return [
        *([PlainCharacters()] if plain else []),
        *([] if coloured else [NoColor()]),
        Printable(),
    ]


LARGEST_COPY = 74_994
"""Characters of Base64 that xterm and others still take in one OSC 52."""
_NO_CLIPBOARD = ("linux", "vt100", "vt220", "ansi")


def copying(text: str, environment: Mapping[str, str]) -> str | None:
    """What makes the terminal copy `text` (OSC 52); None where it cannot.

    Inside tmux it is sent twice, to tmux itself and wrapped for the terminal around it: either
    may be switched off there (`set-clipboard`, `allow-passthrough`).
    """
    encoded = base64.b64encode(text.encode()).decode()
    known = environment.get("TERM_PROGRAM") != "Apple_Terminal"
    if len(encoded) > LARGEST_COPY or environment.get("TERM") in _NO_CLIPBOARD or not known:
        return None
    sequence = f"\x1b]52;c;{encoded}\a"
    if not environment.get("TMUX"):
        return sequence
    return f"{sequence}\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


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
    """Signals that end a program leave through the app's own exit, which restores the terminal."""
    loop = app._loop
    if loop is None or app.is_headless:
        return
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.exit, 128 + number)
