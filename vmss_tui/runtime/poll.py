"""Waits for a state of this machine that can only be polled, in real time."""

import threading
from collections.abc import Callable

_INTERVAL = 0.05
"""Real seconds between two looks."""


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Returns True once the condition holds; False where it does not after so many real seconds.
    The condition is called at least twice."""
    never = threading.Event()
    for _ in range(max(1, round(seconds / _INTERVAL))):
        if condition():
            return True
        never.wait(_INTERVAL)
    return condition()
