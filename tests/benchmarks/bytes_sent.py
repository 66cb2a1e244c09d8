"""Bytes written for a reading, and the CPU time of 50 changed cells, ours and with a widget a cell.

The terminal has 256 colours and 200 x 60 cells. The least size of 50 scattered cells is counted,
not measured: a cursor move, a colour and a glyph for each.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from unittest import mock

from msgspec import structs
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.content import Content
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets import Static

from tests.benchmarks.rows import Row
from tests.benchmarks.screen import with_updates
from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand, view, web
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.fleet.snapshot import Snapshot

ROUNDS = 6
CELL = len(b"\x1b[30;100H\x1b[38;5;214m") + len("◐".encode())
"""Bytes of one cell: its position, colour and glyph."""


def rows() -> Iterator[Row]:
    """All measurements of bytes."""
    written: list[str] = []
    terminal = {"TERM": "xterm-256color", "COLORTERM": ""}
    with (
        mock.patch.dict(os.environ, terminal),
        mock.patch.object(HeadlessDriver, "is_headless", False),
        mock.patch.object(HeadlessDriver, "write", lambda _driver, data: written.append(data)),
    ):
        yield from asyncio.run(own_rows(written))
        yield from asyncio.run(widget_rows(written))


async def own_rows(written: list[str]) -> Sequence[Row]:
    whole, hundred = thousand(), web(odd=False)
    async with run_dashboard(FakeServices(whole), size=(200, 60)) as app:
        unchanged = await bytes_of_snapshot(app, written, retaken(whole, 6))
        few = await bytes_of_snapshot(app, written, retaken(with_updates(whole, 20), 12))
    upgraded = structs.replace(hundred.by_id["52"], latest_model_applied=True)
    changed = replace(
        hundred,
        instances=tuple(
            upgraded if instance.instance_id == "52" else instance for instance in hundred.instances
        ),
    )
    async with run_dashboard(FakeServices(hundred), size=(200, 60)) as app:
        single = await bytes_of_snapshot(app, written, retaken(changed, 6))
    least = 50 * CELL
    return [
        Row("bytes of a reading that changed nothing", unchanged, 100, "B"),
        Row("bytes of one changed cell and its counts", single, 300, "B"),
        Row(
            "bytes of 50 changed cells in 1,000, of the least",
            few / least,
            6,
            note=f"{few} B beside {least}",
        ),
    ]


async def widget_rows(written: list[str]) -> Sequence[Row]:
    """Main-thread CPU of 50 changed cells: of our heat map, and of an app with a widget a cell."""
    whole = thousand()
    other = with_updates(whole, 20)
    async with run_dashboard(FakeServices(whole), size=(200, 60)) as app:
        idle = await cpu_of_snapshots(app, [whole, whole])
        own = await cpu_of_snapshots(app, [other, whole])
    peer = WidgetPerCell()
    async with peer.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        times = []
        for turn in range(ROUNDS):
            start = time.thread_time()
            for at, cell in enumerate(peer.query(Static)):
                if at % 20 == 0:
                    cell.update(Content("◐" if turn % 2 else "●"))
            await pilot.pause()
            times.append((time.thread_time() - start) * 1e3)
    peer_time = sorted(times)[ROUNDS // 2]
    written.clear()
    return [
        Row(
            "50 changed cells in 1,000: of a widget for each",
            max(own - idle, 0.1) / peer_time,
            0.25,
            note=f"{own - idle:.0f} ms beside {peer_time:.0f}",
        )
    ]


class WidgetPerCell(App[None]):
    """A heat map with a widget for each of its 1,000 cells, for comparison."""

    CSS = "Grid { grid-size: 100; grid-rows: 1; } Static { width: 1; height: 1; }"

    def compose(self) -> ComposeResult:
        """100 by 10 cells."""
        with Grid():
            for _ in range(1000):
                yield Static(Content("●"))


async def bytes_of_snapshot(app: DashboardPilot, written: list[str], snapshot: Snapshot) -> int:
    await app.rest()
    written.clear()
    await app.report(view(snapshot))
    size = len("".join(written).encode())
    written.clear()
    return size


async def cpu_of_snapshots(app: DashboardPilot, snapshots: Sequence[Snapshot]) -> float:
    times = []
    for turn in range(ROUNDS * 2):
        snapshot = retaken(snapshots[turn % len(snapshots)], turn)
        start = time.thread_time()
        await app.report(view(snapshot))
        times.append((time.thread_time() - start) * 1e3)
    return sorted(times)[ROUNDS]


def retaken(snapshot: Snapshot, seconds: int) -> Snapshot:
    """The same snapshot, taken later."""
    return replace(snapshot, taken_at=snapshot.taken_at + timedelta(seconds=seconds))
