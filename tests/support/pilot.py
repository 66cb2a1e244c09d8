"""Drives the dashboard in tests: presses keys, waits until it is at rest, reads its text."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from textual import events
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.widget import Widget

from tests.support.fake_runs import PATIENCE
from tests.support.fake_session import FakeServices
from tests.support.fleets import NOON
from tests.support.textual_shortcuts import textual_shortcuts
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.board import Board
from vmss_tui.ui.instances.heatmap import Heatmap
from vmss_tui.ui.key_queue import KeyGuard
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen
from vmss_tui.ui.screens.scale_set_list import ScaleSetListScreen
from vmss_tui.ui.terminal.textual_private import app_driver, input_parser

_ROUNDS_WITHOUT_FRAME = 3
"""Rounds in which a screen that is drawn again is not compared with how it was before."""


def _request_threads() -> list[threading.Thread]:
    """Threads whose result has not been posted yet."""
    return [thread for thread in threading.enumerate() if thread.name in ("connect", "request")]


@dataclass
class DashboardPilot:
    """The app at rest. `press` and `report` return when it is at rest again."""

    app: VmssApp
    services: FakeServices
    pilot: Pilot[int]
    updates: int = 0
    """How often the terminal was updated since `rest` last looked."""

    async def rest(self) -> None:
        """Waits until every thread has posted its result and what is drawn does not change."""
        previous, rounds = "", 0
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.updates = 0
            await asyncio.to_thread(self._wait_for_threads)
            await self.pilot.pause()
            has_exited = self.app.return_code is not None
            at_rest = (self.app.key_queue.is_idle or has_exited) and not _request_threads()
            if at_rest and self._is_laid_out:
                rounds += 1
                if not self.updates:
                    return
                # Something is drawn again and again: it is at rest if it always looks the same.
                frame = self._frame() if rounds > _ROUNDS_WITHOUT_FRAME else ""
                if frame and frame == previous:
                    return
                previous = frame
            await asyncio.sleep(0.002)  # a thread may be about to start
        raise AssertionError(f"the screen does not come to rest:\n{self._frame()}")

    def count_update(self) -> None:
        """Counts an update of the terminal."""
        self.updates += 1

    def _wait_for_threads(self) -> None:
        """Waits until every result is posted and every journal on screen has been read since."""
        for thread in _request_threads():
            if thread.is_alive():  # one that is about to start is waited for the next time
                thread.join(PATIENCE)
        for screen in self.app.screen_stack:
            if isinstance(screen, ScaleSetScreen) and screen.context.run_watcher is not None:
                self.services.run_control.wait_for_poll(
                    screen.context.scale_set, screen.context.run_watcher
                )
            elif isinstance(screen, ScaleSetListScreen) and screen.counter is not None:
                assert screen.counter.idle.wait(PATIENCE), "the list is not counted"

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits until the condition is true, at rest each time."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await self.rest()
            if condition():
                return
        raise AssertionError(f"it does not come about:\n{self.text}")

    async def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        await self.pilot.press(*keys)
        await self.rest()

    async def type_text(self, text: str) -> None:
        """Types a text."""
        await self.press(*("space" if c == " " else c for c in text))

    async def paste(self, text: str) -> None:
        """Pastes a text into the focused widget: one event, where only the whole text matters."""
        assert self.app.focused is not None
        self.app.focused.post_message(events.Paste(text))
        await self.rest()

    async def resize(self, width: int, height: int) -> None:
        """Gives the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        await self.rest()

    def clear_toasts(self) -> None:
        """Takes the toasts off the screen, so that the next one is not an old one."""
        self.app.clear_notifications()

    async def search_palette(self, text: str) -> None:
        """Pastes a text into the open palette, and waits until it has searched."""
        assert self.app.focused is not None
        self.app.focused.post_message(events.Paste(text))
        await self.pilot.pause()
        await self.wait_for_palette()

    async def receive(self, data: str) -> None:
        """Takes what a terminal sends, as one piece: every key arrives before one is handled."""
        parser = input_parser(cast(Any, app_driver(self.app)))
        for event in parser.feed(data):
            self.app.post_message(event)
        await self.rest()

    async def wait_for_palette(self) -> None:
        """Waits until the palette has searched."""
        await self.pilot.app.workers.wait_for_complete()
        await self.rest()

    async def report(self, latest: LatestView) -> None:
        """Posts a report of the watcher."""
        self.services.report(latest)
        await self.rest()

    @property
    def screen(self) -> ScaleSetScreen:
        """The topmost screen of a scale set."""
        return next(s for s in reversed(self.app.screen_stack) if isinstance(s, ScaleSetScreen))

    @property
    def scale_set(self) -> ScaleSetId:
        """The scale set on screen."""
        return self.screen.context.scale_set

    @property
    def board(self) -> Board:
        """The board of the scale set on screen."""
        return self.screen.context.board

    @property
    def heatmap(self) -> Heatmap:
        """The heatmap of the scale set on screen."""
        return self.screen.context.view.heatmap

    @property
    def text(self) -> str:
        """Everything on the terminal, as lines of text."""
        frame = self._frame()
        assert frame, "nothing is laid out"
        return frame

    @property
    def _is_laid_out(self) -> bool:
        """Whether the screen on top is laid out for the size of the terminal."""
        return self.app.screen._compositor.size == self.app.size

    def _frame(self) -> str:
        """The text of the terminal; empty while a screen is not laid out for its size yet."""
        width = self.app.size.width
        if not self._is_laid_out:
            return ""
        visible_screen_stack.set(self.app._background_screens)
        lines = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text[:width].rstrip() for strip in lines)

    def line(self, part: str) -> str:
        """The first line on the terminal that contains `part`; empty where there is none."""
        return next((line for line in self.text.split("\n") if part in line), "")

    def is_shown(self, widget: type[Widget]) -> bool:
        """Whether a widget of this class is displayed on the top screen, with all that it is in."""
        return any(
            all(node.display for node in match.ancestors_with_self)
            for match in self.app.screen.query(widget)
        )


@asynccontextmanager
async def run_dashboard(
    services: FakeServices | None = None,
    size: tuple[int, int] = (120, 36),
    *,
    list_first: bool = False,
    appearance: Appearance | None = None,
    now: datetime | Callable[[], datetime] = NOON,
    keys: Mapping[str, str] | None = None,
    cell_mode: str = "state",
    key_guard: KeyGuard | None = None,
) -> AsyncIterator[DashboardPilot]:
    """Runs the app until it is connected and at rest, on its scale set or on the list. Without a
    `key_guard` dialogs take keys at once."""
    session_services = services or FakeServices()
    target = None if list_first else session_services.snapshot.scale_set.id
    app = VmssApp(
        lambda: session_services,
        target,
        appearance=appearance or Appearance(zone=UTC),
        keys=keys,
        cell_mode=cell_mode,
        now=now if callable(now) else lambda: now,
        key_guard=key_guard or KeyGuard(quiet=0.0),
    )
    with textual_shortcuts():
        async with app.run_test(size=size, notifications=True) as pilot:
            dashboard = DashboardPilot(app, session_services, pilot)
            cast(Any, app).post_display_hook = dashboard.count_update
            await dashboard.rest()
            yield dashboard
