"""Keys and pasted text in the order in which they were typed, each for what the one before opened.

A slow connection, and a paste, deliver several keys at once. Textual would pass all of them to the
widget that has the focus when they arrive: those after a key that opens a field or a dialog would
still be commands of the screen below.

`KeyGuard` refuses keys in a dialog that nobody can have read yet.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen

from vmss_tui.ui.layers import Dialog

Typed = events.Key | events.Paste

QUIET_SECONDS = 0.5
"""Seconds without a key, after a question is drawn, until it takes an answer."""
_ROUNDS = 4
"""How often the queues of all receivers of a key are emptied before the next key: a handler may
post a message to a parent, whose handler posts another one and then moves the focus."""
SETTLE_SECONDS = 0.012
"""Seconds after a key until the queues are emptied, if no other key waits for it: its frame is
drawn by then, which each of the many rounds of the event loop would delay."""
_TICK_SECONDS = 0.1
_STUCK_TICKS = 20
"""Ticks of the event loop after which the next key no longer waits for the one before. A loop that
stood still counts one tick, however long it did: the key before had no chance to be handled."""
_SUBMITTING_KEYS = frozenset({"enter", "ctrl+s"})


class KeyGuard:
    """Decides which keys the dialog on top takes.

    Until a dialog is drawn, it takes no key that submits it. A dialog with `needs_quiet` takes
    only Escape until it is drawn and no key was typed for `quiet` seconds after that. Refused keys
    are dropped.
    """

    def __init__(
        self,
        quiet: float = QUIET_SECONDS,
        clock: Callable[[], float] = monotonic,
        typed_at: Callable[[Typed], float] = lambda event: event.time,
    ) -> None:
        """`quiet` 0 admits every key. `typed_at` is the time of an event on `clock`, in seconds."""
        self.quiet, self._clock, self._typed_at = quiet, clock, typed_at
        self._screen: Screen[Any] | None = None
        self._is_guarded = self._is_open = self._has_dropped = False
        self._drawn_at: float | None = None
        self._last_typed_at = 0.0

    def screen_changed(self, screen: Screen[Any]) -> None:
        """Takes the screen that is on top now, before it is drawn."""
        self._screen, self._drawn_at = screen, None
        self._is_open = self._has_dropped = False
        self._is_guarded = self.quiet > 0 and isinstance(screen, ModalScreen)
        if not self._is_guarded:
            return
        if isinstance(screen, Dialog) and screen.needs_quiet:
            screen.show_keys(accepted=False)
        screen.call_after_refresh(self._drawn, screen)

    def admits(self, event: Typed) -> bool:
        """Whether the screen on top takes this key or pasted text."""
        if not self._is_guarded:
            return True
        typed_at = self._typed_at(event)
        if self._seconds_left(typed_at) <= 0:
            self._open()
            return True
        if not self._is_open:
            self._last_typed_at = max(self._last_typed_at, typed_at)
        key = event.key if isinstance(event, events.Key) else ""
        is_admitted = key == "escape" if self._needs_quiet else key not in _SUBMITTING_KEYS
        if not is_admitted and not self._has_dropped:
            self._has_dropped = True
            if self._is_open:  # it waited in the queue while the question opened
                self._show_keys()
        return is_admitted

    @property
    def _needs_quiet(self) -> bool:
        return isinstance(self._screen, Dialog) and self._screen.needs_quiet

    def _seconds_left(self, now: float) -> float:
        """Seconds from `now` until every key is taken, if none is typed."""
        if self._drawn_at is None:
            return self.quiet
        if not self._needs_quiet:
            return self._drawn_at - now
        return max(self._drawn_at, self._last_typed_at) + self.quiet - now

    def _drawn(self, screen: Screen[Any]) -> None:
        if screen is self._screen:
            self._drawn_at = self._clock()
            self._open_when_quiet(screen)

    def _open_when_quiet(self, screen: Screen[Any]) -> None:
        if screen is not self._screen or self._is_open:
            return
        seconds = self._seconds_left(self._clock())
        if seconds > 0:
            screen.set_timer(seconds, partial(self._open_when_quiet, screen))
        else:
            self._open()

    def _open(self) -> None:
        if self._is_open:
            return
        self._is_open = True
        self._show_keys()

    def _show_keys(self) -> None:
        if isinstance(self._screen, Dialog) and self._screen.needs_quiet:
            self._screen.show_keys(accepted=True, dropped=self._has_dropped)


class KeyQueue:
    """Delivers the next key when everything that the one before set off has been handled: the
    focus is moved, and a screen that it opened has its widgets. Used from the app's task only."""

    def __init__(
        self, app: App[Any], deliver: Callable[[events.Event], Awaitable[None]], guard: KeyGuard
    ) -> None:
        """`deliver` passes an event to the widget that has the focus."""
        self._app, self._deliver, self.guard = app, deliver, guard
        self._waiting: deque[Typed] = deque()
        self._is_busy = False
        self._number = 0
        """Number of the key that was delivered last."""
        self._next_tick: asyncio.TimerHandle | None = None
        self._next_settling: tuple[asyncio.TimerHandle, Callable[[], None]] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether every key has been handled."""
        return not self._is_busy and not self._waiting

    async def put(self, event: Typed) -> None:
        """Adds a key; delivers it at once where none is being handled."""
        self._waiting.append(event)
        if not self._is_busy:
            await self._deliver_next()
        elif self._next_settling is not None:
            self._next_settling[0].cancel()
            self._next_settling[1]()

    async def _deliver_next(self) -> None:
        if self._next_tick is not None:
            self._next_tick.cancel()
        self._is_busy = bool(self._waiting)
        if not self._is_busy:
            return
        event = self._waiting.popleft()
        self._number += 1
        self._tick(self._number, _STUCK_TICKS)
        receiver = self._app.focused or self._app.screen
        if self.guard.admits(event):
            await self._deliver(event)
        self._settle_soon(self._number, receiver)

    def _settle_soon(self, number: int, receiver: DOMNode) -> None:
        """Settles at once where another key is waiting, else after the frame of this one."""

        def settle() -> None:
            self._next_settling = None
            if self._app.screen_stack:  # the program has not ended since
                self._settle(number, receiver, _ROUNDS)

        if self._waiting or not SETTLE_SECONDS:
            settle()
        else:
            loop = asyncio.get_running_loop()
            self._next_settling = loop.call_later(SETTLE_SECONDS, settle), settle

    def _settle(self, number: int, receiver: DOMNode, rounds: int) -> None:
        """Empties the queues of the receiver, of its parents up to the app, and of the screen on
        top, once for each round; then delivers the next key."""
        screen = self._app.screen

        def finished() -> None:
            if rounds > 1 or self._app.screen is not screen:
                self._settle(number, receiver, rounds - 1)
            else:
                self._app.call_later(self._release, number)

        pumps: deque[MessagePump] = deque([*receiver.ancestors_with_self, screen, self._app])
        _follow_queues(pumps, finished)

    def _tick(self, number: int, ticks: int) -> None:
        """Counts ticks while a key is handled; after the last one the next key is delivered."""
        if ticks:
            loop = asyncio.get_running_loop()
            self._next_tick = loop.call_later(_TICK_SECONDS, self._tick, number, ticks - 1)
        else:
            self._app.call_later(self._release, number)

    async def _release(self, number: int) -> None:
        if number == self._number:
            await self._deliver_next()


def _follow_queues(pumps: deque[MessagePump], finished: Callable[[], None]) -> None:
    """Calls `finished` once each of these has handled the messages that are in its queue when it
    is reached; those that are closed are left out."""
    while pumps:
        if pumps.popleft().call_later(_follow_queues, pumps, finished):
            return
    finished()
