"""Work of Textual that a test without a terminal need not do again, or wait for.

Nothing that a test can see is different: the same rules, the same messages in the same order, the
same frame. What is left out is parsing the same style sheet for each app, composing updates for a
terminal that does not exist, and sleeping until the processor looks idle.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast
from unittest import mock

from textual import app as textual_app
from textual import pilot as textual_pilot
from textual._compositor import Compositor
from textual._context import active_app, visible_screen_stack
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.screen import Screen

from vmss_tui.ui import key_queue

SOON = 0.05
"""Seconds within which a timer that is due is waited for."""
BUSY_SECONDS = 1.0
"""Seconds after which an event loop that is never idle is no longer waited for, as in Textual."""

_parse_rules = Stylesheet._parse_rules
_render_update = Compositor.render_update
_rules: dict[tuple[Any, ...], list[RuleSet]] = {}


def _shared_rules(
    sheet: Stylesheet, css: str, read_from: Any, *arguments: Any, **options: Any
) -> list[RuleSet]:
    """The rules of a style sheet, parsed once for all apps that have the same variables."""
    variables = frozenset(sheet._variables.items())
    key = (css, read_from, arguments, tuple(sorted(options.items())), variables)
    if key not in _rules:
        _rules[key] = _parse_rules(sheet, css, read_from, *arguments, **options)
    return _rules[key]


def _render_for_terminal(
    compositor: Compositor,
    full: bool = False,
    screen_stack: list[Screen[Any]] | None = None,
    simplify: bool = False,
) -> Any:
    """An update for the terminal; None where there is no terminal."""
    if not active_app.get().is_headless or simplify:
        return _render_update(compositor, full, screen_stack, simplify)
    visible_screen_stack.set([] if screen_stack is None else screen_stack)
    compositor._dirty_regions.clear()
    return None


async def wait_for_loop(*_seconds: float) -> None:
    """Waits until no task of the event loop can go on and no timer is due soon."""
    loop = cast(Any, asyncio.get_running_loop())
    deadline = monotonic() + BUSY_SECONDS
    while monotonic() < deadline:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        timers = [handle.when() for handle in loop._scheduled if not handle.cancelled()]
        seconds = min(timers, default=float("inf")) - loop.time()
        if seconds > SOON:
            return
        await asyncio.sleep(max(seconds, 0.0))


async def _wait_for_screen(pilot: Pilot[Any], _timeout: float = 30.0) -> bool:
    """Waits until the screen has handled its messages. False after an unhandled exception."""
    await wait_for_loop()
    return not pilot.app._exception_event.is_set()


@contextmanager
def textual_shortcuts() -> Iterator[None]:
    """Takes the shortcuts while the block runs."""
    with (
        mock.patch.object(Stylesheet, "_parse_rules", _shared_rules),
        mock.patch.object(
            RuleSet, "__hash__", object.__hash__
        ),  # by identity, as its own in Python
        mock.patch.object(Compositor, "render_update", _render_for_terminal),
        mock.patch.object(Pilot, "_wait_for_screen", _wait_for_screen),
        mock.patch.object(textual_app, "wait_for_idle", wait_for_loop),
        mock.patch.object(key_queue, "SETTLE_SECONDS", 0.0),
        mock.patch.object(textual_pilot, "wait_for_idle", wait_for_loop),
    ):
        yield
