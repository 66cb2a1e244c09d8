"""The only module that uses private names of Textual and Rich.

Each function wraps one of them. `tests/ui/terminal/test_textual_private.py` names the missing one
when a newer version of a library has dropped it; `pyproject.toml` admits tested versions only.
"""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from queue import Full
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from rich.control import Control
from textual._border import BORDER_CHARS
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.css.model import RuleSet
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.events import Event
from textual.keys import _character_to_key
from textual.widget import MountError, Widget

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment
    from textual._xterm_parser import XTermParser
    from textual.drivers._writer_thread import WriterThread
    from textual.drivers.linux_driver import LinuxDriver
    from textual.screen import Screen
    from textual.strip import Strip


def set_ascii_corners() -> None:
    """Draws the corners of ASCII borders as lines: `+` is the sign of unhealthy instances."""
    edge = ("-", "-", "-")
    BORDER_CHARS["ascii"] = (edge, ("|", " ", "|"), edge)


def use_native_rule_hash() -> None:
    """Hashes the rules of stylesheets by identity in C; Textual does so by a method in Python,
    which is called for every rule whenever a widget is styled."""
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]


def request_layout(widget: Widget) -> None:
    """Asks for a new layout, because a widget needs another size. Textual's `refresh` alone has no
    effect where a layout was required already and is done before the widget is idle: its parent
    then keeps the arrangement of the earlier size."""
    widget.refresh(layout=True)
    widget._layout_updates += 1


def app_event_loop(app: App[Any]) -> AbstractEventLoop | None:
    """The event loop that the app runs in; None before it runs."""
    return app._loop


def app_driver(app: App[Any]) -> Driver | None:
    """The terminal driver of the app; None before it runs."""
    return app._driver


def app_exception(app: App[Any]) -> Exception | None:
    """The first unhandled exception that ended the app; None where there was none."""
    return app._exception


def set_exception_handler(app: App[Any], handler: Callable[[Exception], None]) -> None:
    """Replaces what the app does with an unhandled exception (it would print a traceback)."""
    app._handle_exception = handler  # type: ignore[method-assign, assignment]


def handle_exception(app: App[Any], error: Exception) -> None:
    """Passes an exception to the app's handler; to be called in the thread of the app."""
    app._handle_exception(error)


def exit_with_exception(app: App[Any], error: Exception) -> None:
    """Ends the app with return code 1 and without a traceback; keeps the first exception.

    An app that exits already goes on where a handler missed a widget: Textual mounts none from then
    on, while messages that arrived before are still handled.
    """
    if app._exit and isinstance(error, (MountError, NoMatches)):
        return
    app._return_code = 1
    if app._exception is None:
        app._exception = error
        app._exception_event.set()
    app._close_messages_no_wait()


@cache
def rewrite_partial_updates(rewrite: Callable[[str], str]) -> None:
    """From now on a part of the screen is sent from the first column on that changed (Textual
    begins at the left edge of its widget), and passed through `rewrite`."""

    def render_segments(update: ChopsUpdate, console: "Console") -> str:
        return rewrite("".join(_pieces(update, console)))

    ChopsUpdate.render_segments = render_segments  # type: ignore[method-assign,assignment]


def _pieces(update: ChopsUpdate, console: "Console") -> Iterable[str]:
    """The changed columns of each line: moves of the cursor, and texts with their styles."""
    for y, first, after in update.spans:
        line = zip(update.chop_ends[y], update.chops[y].items(), strict=False)
        for end, (x, strip) in line:
            if strip is None or x >= after or end <= first:
                continue
            left, right = max(x, first), min(end, after)
            if left > x and _is_inside_character(strip, left - x):
                left -= 1
            yield Control.move_to(left, y).segment.text
            yield strip.crop(left - x, right - x).render(console)


def _is_inside_character(strip: "Strip", column: int) -> bool:
    """Whether the column is the second one of a character that is two columns wide."""
    if strip.cell_length == len(strip.text):
        return False
    return len(strip.crop(column - 1, column + 1).text) == 1


def store_clipboard(app: App[Any], text: str) -> None:
    """Sets the text that Textual's inputs paste with ctrl+v."""
    app._clipboard = text


def exit_app_of(driver: "LinuxDriver", exit_code: int) -> None:
    """Exits the app of a driver; may be called from the driver's threads."""
    driver._loop.call_soon_threadsafe(driver._app.exit, exit_code)


def post_event(driver: "LinuxDriver", event: Event) -> None:
    """Posts an event to the app of a driver; to be called in the thread of the app."""
    driver._app.post_message(event)


def driver_writer_thread(driver: "LinuxDriver") -> Thread | None:
    """The thread that writes to the terminal; None while the driver is not started."""
    return driver._writer_thread


def queue_output(thread: Thread, data: str | None, seconds: float) -> bool:
    """Queues output for the writer thread (None ends it); False where the queue is full so long."""
    try:
        cast("WriterThread", thread)._queue.put(data, timeout=seconds)
    except Full:
        return False
    return True


def input_parser(driver: "LinuxDriver") -> "XTermParser":
    """A parser that turns terminal input into Textual events."""
    from textual._xterm_parser import XTermParser

    return XTermParser(driver._debug)


def character_key_name(character: str) -> str:
    """The name under which Textual sends a character: `question_mark` for `?`."""
    return _character_to_key(character)


def screen_segments(
    screen: "Screen[Any]", console: "Console", options: "ConsoleOptions"
) -> "Iterable[Segment]":
    """What a screen shows now, line by line."""
    return console.render(screen._compositor, options)


def console_for(environment: Mapping[str, str]) -> "Console":
    """A Rich console that reads these environment variables instead of the process's."""
    from rich.console import Console

    return Console(force_terminal=True, _environ=environment)
