"""From a key to the frame that answers it, on a heatmap of 1,000, at rest and while others decode.

The real app with a driver whose output is noted instead of sent: a key is taken when the driver
would hand it over, a frame when its first bytes would leave.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from unittest import mock

import requests
from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from tests.benchmarks.reading import HEADERS
from tests.benchmarks.rows import Row
from tests.benchmarks.world import served
from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.arm.resources.instances import InstanceCollector
from vmss_tui.arm.transport.send import Response
from vmss_tui.arm.transport.urls import ArmUrls

KEYS = 300
IDLE, BUSY = 16.0, 50.0
"""Milliseconds within which all but one key in a hundred must be answered."""
_WAYS = ("right", "left")


def rows() -> Iterator[Row]:
    """All measurements of keys."""
    with served("thousand", page_size=1000) as world:
        url = ArmUrls(world.endpoint).instances(world.scale_set)
        page = requests.get(url, headers=HEADERS, timeout=60).content
    yield from asyncio.run(_answered(page))


async def _answered(page: bytes) -> list[Row]:
    async with _drawn() as (app, frames):
        idle = await _p99(app, frames)
        with _decoding(page):
            busy = await _p99(app, frames)
    return [
        Row("key to frame, p99: at rest", idle, IDLE, "ms"),
        Row("key to frame, p99: while 1,000 instances are decoded", busy, BUSY, "ms"),
    ]


@asynccontextmanager
async def _drawn() -> AsyncIterator[tuple[DashboardPilot, list[float]]]:
    """The app on a heatmap, and the moments at which it wrote."""
    frames: list[float] = []

    def write(_driver: HeadlessDriver, _data: str) -> None:
        frames.append(time.perf_counter())

    with (
        mock.patch.object(HeadlessDriver, "is_headless", False),
        mock.patch.object(HeadlessDriver, "write", write),
    ):
        async with run_dashboard(FakeServices(thousand()), size=(200, 60)) as app:
            yield app, frames


async def _p99(app: DashboardPilot, frames: list[float]) -> float:
    taken = []
    for turn in range(KEYS):
        frames.clear()
        begun = time.perf_counter()
        app.app.post_message(events.Key(_WAYS[turn // 7 % 2], None))
        while not frames:
            await asyncio.sleep(0)
        taken.append((frames[0] - begun) * 1e3)
        await asyncio.sleep(0.005)  # faster than a held key repeats
    return sorted(taken)[round(KEYS * 0.99) - 1]


@contextmanager
def _decoding(page: bytes) -> Iterator[None]:
    """A thread that turns pages into facts, one after the other, as a watcher would."""
    ended = threading.Event()
    answer = Response(200, {}, page)
    work: Callable[[], object] = lambda: InstanceCollector(None).add_page(answer)  # noqa: E731

    def loop() -> None:
        while not ended.is_set():
            work()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
