"""What keeps answers to keys quick: beside threads that decode, and beside the garbage collector.

Measured by `python -m tests.benchmarks keys`.
"""

import gc
import sys
from functools import cache

_TURN = 0.001
"""Seconds that another thread may keep the interpreter while a key waits; Python's 5 ms are
waited for several times between a key and its frame."""


@cache
def share_the_interpreter() -> None:
    """Once: threads that read and decode give way sooner."""
    sys.setswitchinterval(_TURN)


@cache
def spare_the_collector() -> None:
    """Once the first reading is drawn: the screens and their styles stay, and to walk them in
    search of garbage takes longer than a frame."""
    gc.freeze()
