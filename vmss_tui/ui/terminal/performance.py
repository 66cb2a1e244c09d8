"""Settings that keep the response to keys fast while threads decode, and memory use constant.

Measured by `python -m tests.benchmarks keys` and `python -m tests.end_to_end.soak`.
"""

import gc
from functools import cache
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

START_SECONDS = 3.0
"""Seconds after the first frame without garbage collection: a start makes little garbage, and
scanning the modules that it imports would take a tenth of its time."""


def resume_garbage_collection() -> None:
    """Enables the collector, which was off during the start; what exists by now is excluded."""
    gc.freeze()
    gc.enable()


@cache
def freeze_garbage_collector() -> None:
    """Excludes all existing objects from garbage collection. Called once after the first reading
    is drawn: screens and styles live on, and scanning them takes longer than a frame."""
    gc.freeze()


def clear_line_caches(screen: Screen[Any]) -> None:
    """Clears the rendered lines of all widgets of a screen that is being closed. Textual's cache
    keeps lines of the last thousand widgets alive after they are removed (Textualize/textual
    issue 6665); `refresh` empties it.
    """
    for widget in screen.walk_children(Widget, with_self=True):
        widget.refresh()
        if widget.show_vertical_scrollbar:
            widget.vertical_scrollbar.refresh()
        if widget.show_horizontal_scrollbar:
            widget.horizontal_scrollbar.refresh()
