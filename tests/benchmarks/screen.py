"""The time from a reading to a drawn heat map, the time to the first frame, and memory.

The heat map is drawn by the app without a terminal. Only the main thread's CPU time in our handler
of a reading and in Textual's drawing counts. Start-up and memory are measured on processes in a
pseudo-terminal, and compared with a Textual app that shows one word.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec import structs
from textual.screen import Screen

from tests.benchmarks.rows import Row
from tests.benchmarks.world import serve_scenario
from tests.support.fake_session import FakeServices
from tests.support.fleets import thousand, view
from tests.support.pilot import DashboardPilot, run_dashboard
from tests.support.processes import Machine, Terminal
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.screens.scale_set.screen import ScaleSetScreen

FRAME = 1000 / 60
ROUNDS = 9
STARTS = 7
BARE_APP = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("nothing else")

Bare().run()
"""


def rows() -> Iterator[Row]:
    """All measurements of the screen."""
    yield from asyncio.run(measure_drawing())
    yield from measure_processes()


async def measure_drawing() -> Sequence[Row]:
    """Main-thread milliseconds for a reading of 1,000 instances, by how many have changed."""
    whole = thousand()
    spent = [0.0]
    with counted_method(ScaleSetScreen, "on_snapshot_arrived", spent), counted_drawing(spent):
        async with run_dashboard(FakeServices(whole), size=(200, 60)) as app:
            none = await cost_of_snapshots(app, spent, [whole, whole])
            few = await cost_of_snapshots(app, spent, [with_updates(whole, 20), whole])
            step = await cost_of_snapshots(app, spent, [with_updates(whole, 1), whole])
    note = f"a reading that changed nothing takes {none:.1f} ms"
    return [
        Row("heatmap of 1,000: 5 % of its cells drawn anew", few - none, FRAME, "ms", note=note),
        Row("reading of 1,000, all changed: to drawn", step, 2 * FRAME, "ms"),
    ]


async def cost_of_snapshots(
    app: DashboardPilot, spent: list[float], snapshots: Sequence[Snapshot]
) -> float:
    times = []
    for turn in range(ROUNDS * 2):
        spent[0] = 0.0
        await app.report(view(reread(snapshots[turn % len(snapshots)])))
        times.append(spent[0] * 1e3)
    return statistics.median(times)


@contextmanager
def counted_method(owner: type, name: str, spent: list[float]) -> Iterator[None]:
    """Adds the CPU seconds of a method to `spent`."""
    method = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.thread_time()
        try:
            return method(*arguments, **named)
        finally:
            spent[0] += time.thread_time() - start

    with mock.patch.object(owner, name, timed):
        yield


def counted_drawing(spent: list[float]) -> AbstractContextManager[None]:
    """The same for Textual's update of the screen: layout, lines and output."""
    return counted_method(Screen, "_on_timer_update", spent)


def reread(snapshot: Snapshot) -> Snapshot:
    """Another reading with the same values."""
    return Snapshot(
        snapshot.scale_set, snapshot.instances, taken_at=snapshot.taken_at, pages=snapshot.pages
    )


def with_updates(snapshot: Snapshot, step: int) -> Snapshot:
    """The same snapshot with every nth instance updating."""
    instances = tuple(
        structs.replace(instance, provisioning=ProvisioningState.UPDATING)
        if at % step == 0
        else instance
        for at, instance in enumerate(snapshot.instances)
    )
    return Snapshot(snapshot.scale_set, instances, taken_at=snapshot.taken_at, pages=snapshot.pages)


def measure_processes() -> Iterator[Row]:
    with serve_scenario("web-100", page_size=100) as world, tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        (machine.home / "state").mkdir(mode=0o700)
        bare = [sys.executable, "-c", BARE_APP]
        ours = [sys.executable, "-m", "vmss_tui", "--endpoint", world.endpoint, "web-rg/web-vmss"]
        frames: dict[str, list[float]] = {"bare": [], "ours": []}
        sizes: dict[str, list[float]] = {"bare": [], "ours": []}
        for _ in range(STARTS):
            for name, command, last in (("bare", bare, "nothing else"), ("ours", ours, "UD 4")):
                frame, size = measure_start(command, machine.environment, last)
                frames[name].append(frame)
                sizes[name].append(size)
    took = {name: statistics.median(values) for name, values in frames.items()}
    memory = {name: statistics.median(values) for name, values in sizes.items()}
    yield Row(
        "first frame, of a bare Textual app",
        took["ours"] / took["bare"],
        1.2,
        note=f"{took['ours'] * 1e3:.0f} ms beside {took['bare'] * 1e3:.0f}",
    )
    yield Row(
        "memory with 100 instances shown, of a bare Textual app",
        memory["ours"] / memory["bare"],
        2.5,
        note=f"{memory['ours']:.0f} MiB beside {memory['bare']:.0f}",
    )


def measure_start(
    command: list[str], environment: dict[str, str], last: str
) -> tuple[float, float]:
    """Seconds to the first text on the screen, and MiB of memory once `last` is there."""
    start = time.perf_counter()
    terminal = Terminal(command, environment, 120, 36, anew=True)
    try:
        terminal.wait_for_screen(lambda text: bool(text.strip()), "anything")
        first = time.perf_counter() - start
        terminal.wait_for_text(last)
        for line in Path(f"/proc/{terminal.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return first, int(line.split()[1]) / 1024
        raise AssertionError("the kernel does not say how much memory it has")
    finally:
        terminal.close()
