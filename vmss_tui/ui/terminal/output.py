"""Output to the terminal: line filters, clipboard sequences, signals."""

import base64
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, Monochrome, NoColor

from vmss_tui.text import replace_symbols
from vmss_tui.ui.terminal.palette import PaletteFilter
from vmss_tui.ui.terminal.textual_private import app_event_loop

if TYPE_CHECKING:
    from textual.app import App


class PrintableFilter(LineFilter):
    """Removes characters that could control the terminal, whatever their source.

    Untrusted text is cleaned where it enters the program; this filter covers what was not, such
    as a paste into a field. The removed characters have no width, so the layout is unchanged.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments without characters that cannot be printed."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            Segment("".join(filter(str.isprintable, segment.text)), segment.style)
            for segment in segments
        ]


class AsciiFilter(LineFilter):
    """Replaces frames, arrows and dots by ASCII characters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment
            if segment.text.isascii()
            else Segment(replace_symbols(segment.text), segment.style, segment.control)
            for segment in segments
        ]


GREYSCALE_FILTERS = (Monochrome, NoColor)
"""Textual's filters for NO_COLOR, removed: they turn the terminal's default colours black."""


def output_filters(*, plain: bool, coloured: bool, has_palette: bool) -> list[LineFilter]:
    """The last filters of every line. `plain` replaces non-ASCII characters; without `coloured`
    only the terminal's default foreground and background remain; `has_palette` is for a terminal
    with 256 colours."""
    return [
        *([AsciiFilter()] if plain else []),
        *([PaletteFilter()] if coloured and has_palette else []),
        *([] if coloured else [NoColor()]),
        PrintableFilter(),
    ]


MAX_COPY_LENGTH = 74_994
"""Base64 characters that xterm and other terminals accept in one OSC 52 sequence."""
_TERMS_WITHOUT_CLIPBOARD = ("linux", "vt100", "vt220", "ansi")
_TERMS_WITH_CLIPBOARD = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm")
_VARIABLES_OF_TERMINALS_WITH_CLIPBOARD = (
    "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "KITTY_WINDOW_ID", "WEZTERM_PANE", "WT_SESSION",
)  # fmt: skip


def clipboard_sequence(text: str, environment: Mapping[str, str]) -> str | None:
    """The OSC 52 sequence that copies `text` to the clipboard; None where the terminal has none.

    Inside tmux it is sent twice, to tmux itself and wrapped for the outer terminal: tmux may
    have either disabled (`set-clipboard`, `allow-passthrough`).
    """
    encoded = base64.b64encode(text.encode()).decode()
    program_copies = environment.get("TERM_PROGRAM") != "Apple_Terminal"
    if (
        len(encoded) > MAX_COPY_LENGTH
        or environment.get("TERM") in _TERMS_WITHOUT_CLIPBOARD
        or not program_copies
    ):
        return None
    sequence = f"\x1b]52;c;{encoded}\a"
    if not environment.get("TMUX"):
        return sequence
    return f"{sequence}\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


def takes_clipboard(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one that copies what `clipboard_sequence` sends unless its settings
    forbid it. False for others: xterm and VTE ignore it by default, and no terminal replies."""
    is_nested = bool(environment.get("TMUX") or environment.get("STY"))
    is_known = environment.get("TERM", "").startswith(_TERMS_WITH_CLIPBOARD) or any(
        environment.get(name) for name in _VARIABLES_OF_TERMINALS_WITH_CLIPBOARD
    )
    return is_known and not is_nested


def exit_on_signals(app: "App[Any]") -> None:
    """Makes SIGHUP, SIGTERM and SIGINT exit the app normally, which restores the terminal."""
    loop = app_event_loop(app)
    if loop is None or app.is_headless:
        return
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.exit, 128 + number)
