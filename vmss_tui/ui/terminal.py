"""The terminal itself: whether it can carry the dashboard, and leaving it in order."""

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App


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
