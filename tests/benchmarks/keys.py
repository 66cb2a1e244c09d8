"""The time from a key to its frame, on a heat map of 1,000, at rest and while a thread decodes.

The app has a driver whose output is recorded and not sent. The time begins when the driver would
post the key, and ends when it would write the first bytes.
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
from tests.benchmarks.world import serve_scenario
from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand
from tests.support.pilot import DashboardPilot, run_dashboard
from vmss_tui.arm.resources.instances import InstanceCollector
from vmss_tui.arm.transport.send import Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.ui import key_queue
from vmss_tui.ui.key_queue import SETTLE_SECONDS

KEYS = 300
IDLE_LIMIT, BUSY_LIMIT = 16.0, 50.0
"""Milliseconds within which 99 of 100 keys must have their frame."""
_KEYS = ("right", "left")


def rows() -> Iterator[Row]:
    """All measurements of keys."""
    with serve_scenario("thousand", page_size=1000) as world:
        url = ArmUrls(world.endpoint).instances(world.scale_set)
        page = requests.get(url, headers=HEADERS, timeout=60).content
    yield from asyncio.run(measure_keys(page))


async def measure_keys(page: bytes) -> list[Row]:
    async with drawn_app() as (app, frames):
        idle = await key_latency(app, frames)
        with decoding_thread(page):
            busy = await key_latency(app, frames)
    return [
        Row("key to frame, p99: at rest", idle, IDLE_LIMIT, "ms"),
        Row("key to frame, p99: while 1,000 instances are decoded", busy, BUSY_LIMIT, "ms"),
    ]


@asynccontextmanager
async def drawn_app() -> AsyncIterator[tuple[DashboardPilot, list[float]]]:
    """The app on a heat map, and the times at which it wrote."""
    frames: list[float] = []

    def write(_driver: HeadlessDriver, _data: str) -> None:
        frames.append(time.perf_counter())

    with (
        mock.patch.object(HeadlessDriver, "is_headless", False),
        mock.patch.object(HeadlessDriver, "write", write),
    ):
        async with run_dashboard(FakeServices(thousand()), size=(200, 60)) as app:
            with mock.patch.object(key_queue, "SETTLE_SECONDS", SETTLE_SECONDS):
                yield app, frames


async def key_latency(app: DashboardPilot, frames: list[float]) -> float:
    latencies = []
    for turn in range(KEYS):
        frames.clear()
        start = time.perf_counter()
        app.app.post_message(events.Key(_KEYS[turn // 7 % 2], None))
        while not frames:
            await asyncio.sleep(0)
        latencies.append((frames[0] - start) * 1e3)
        await asyncio.sleep(0.005)  # faster than a held key repeats
    return sorted(latencies)[round(KEYS * 0.99) - 1]


@contextmanager
def decoding_thread(page: bytes) -> Iterator[None]:
    """Runs a thread that decodes pages without a pause, as a watcher does with one."""
    ended = threading.Event()
    response = Response(200, {}, page)
    decode: Callable[[], object] = lambda: InstanceCollector(None).add_page(response)  # noqa: E731

    def loop() -> None:
        while not ended.is_set():
            decode()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
