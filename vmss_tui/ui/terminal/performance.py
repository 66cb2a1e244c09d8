"""What keeps answers to keys quick, beside threads that decode and beside the garbage collector,
and what keeps memory steady.

Measured by `python -m tests.benchmarks keys` and `python -m tests.end_to_end.soak`.
"""

import gc
import sys
from functools import cache
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

_TURN = 0.002
"""Seconds that another thread may keep the interpreter while a key waits. Python's 5 ms are waited
for several times between a key and its frame; with less than this they take turns too often."""


@cache
def share_the_interpreter() -> None:
    """Once: threads that read and decode give way sooner."""
    sys.setswitchinterval(_TURN)


@cache
def spare_the_collector() -> None:
    """Once the first reading is drawn: the screens and their styles stay, and to walk them in
    search of garbage takes longer than a frame."""
    gc.freeze()


def forget_lines(leaving: Screen[Any]) -> None:
    """Where a screen is left for good: Textual keeps the drawn lines of the last thousand widgets
    alive, however long they are gone (Textualize/textual issue 6665); drawn anew, they have none.
    """
    for widget in leaving.walk_children(Widget, with_self=True):
        widget.refresh()
        if widget.show_vertical_scrollbar:
            widget.vertical_scrollbar.refresh()
        if widget.show_horizontal_scrollbar:
            widget.horizontal_scrollbar.refresh()
