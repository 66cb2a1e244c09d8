"""The pictures of the README are tests: the real app on the simulator's scenarios.

The services, the gateway and the worker are the real ones, over real HTTP; clock, seed, size and
the simulator's address are held still. They are rewritten only on purpose, with
`VMSS_TUI_REWRITE_SCREENSHOTS=1` in the environment.
"""

import html
import os
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.bench import NEWEST, Bench
from tests.support.fake_queries import FakeWatcher
from tests.support.paths import ROOT
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.gateway.failures import Condition
from vmss_tui.runtime.observe.queries import Queries
from vmss_tui.runtime.observe.watcher import Watcher
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run, Stage

PICTURES = ROOT / "screenshots"
REWRITE = os.environ.get("VMSS_TUI_REWRITE_SCREENSHOTS") == "1"
Act = Callable[[Pilot[int]], Awaitable[None]]


class StillCockpit(Services):
    """A real services at a simulator's address that is always the same."""

    @property
    def context(self) -> AzureContext:
        """As it is, but for the port that the system chose."""
        return replace(super().context, endpoint="http://127.0.0.1:8080", demo=True)


class StillReadings(Queries):
    """Real readings, but for the watcher's."""

    first: LatestView

    def watch(self, scale_set: ScaleSetId, listener: Callable[[LatestView], None]) -> Watcher:
        """Tells one reading and no other."""
        listener(self.first)
        return FakeWatcher(listener)


def still(bench: Bench) -> StillCockpit:
    """The bench's services, held still at a reading taken now."""
    seat = StillCockpit(
        bench.gateway, bench.services.store, bench.clock, launch=bench.started_runs.append
    )
    snapshot = bench.services.queries.observe(bench.set_id)
    budget = bench.gateway.list_budget(bench.set_id)
    seat.queries = readings = StillReadings(
        bench.gateway, bench.services.store, bench.clock, seat.permission, seat.subscription_names
    )
    readings.list_scale_sets()
    readings.first = LatestView(snapshot, Condition.FRESH, budget=budget)
    return seat


def upgrading(bench: Bench) -> StillCockpit:
    """A run in its second batch: the first domain done, the second moving."""

    def second_batch(run: Run) -> bool:
        return run.batches_sent == 2 and run.count(Stage.UPGRADED) > 23

    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(), Policy(), Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=second_batch)
    assert bench.services.store.find(name).take_lock(bench.clock.wall())
    return still(bench)


def halted(bench: Bench) -> StillCockpit:
    """A run that its canary has stopped: the newest image never becomes healthy."""
    snapshot = bench.services.queries.observe(bench.set_id)
    policy = Policy(canary=2)
    plan = bench.services.planner.plan(snapshot, Selection(), policy, Edit(image_version=NEWEST))
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert run.phase is Phase.FAULTED
    return still(bench)


async def _log(pilot: Pilot[int]) -> None:
    await pilot.press("e")


async def _row(pilot: Pilot[int]) -> None:
    await pilot.press("j", "j", "j", "j", "u")


async def _dense(pilot: Pilot[int]) -> None:
    await pilot.press("w")


async def _set_up(pilot: Pilot[int]) -> None:
    await pilot.press("R", "8", *["tab"] * 9, "4")


async def _table(pilot: Pilot[int]) -> None:
    await pilot.press("o", "comma", "v", "j", "j", "v")


async def _edit(pilot: Pilot[int]) -> None:
    await pilot.press("E", *["backspace"] * len(NEWEST), *NEWEST)


async def _plan(pilot: Pilot[int]) -> None:
    await pilot.press("a", "U")


async def _problem(pilot: Pilot[int]) -> None:
    await pilot.press("n")


async def _look(pilot: Pilot[int]) -> None:
    await pilot.pause()


@dataclass(frozen=True)
class Picture:
    """One picture: which world, what size, what is pressed."""

    scenario: str = "web-100"
    size: tuple[int, int] = (120, 32)
    stage: Callable[[Bench], StillCockpit] = still
    act: Act = _look
    list_first: bool = False
    look: Appearance = field(default_factory=lambda: Appearance(zone=UTC))


ALL = {
    "list": Picture("fleet", (110, 24), list_first=True),
    "heatmap": Picture("sick", act=_problem),
    "heatmap-1000": Picture("thousand", (200, 60), act=_dense),
    "zonal": Picture("zonal", (110, 30)),
    "flexible": Picture("flexible", (110, 30)),
    "table": Picture("sick", act=_table),
    "run": Picture(stage=upgrading),
    "halted": Picture("bad-image", stage=halted, act=_problem),
    "log": Picture(stage=upgrading, act=_log),
    "editor": Picture(act=_edit),
    "plan": Picture(size=(120, 36), act=_plan),
    "set-up": Picture(act=_set_up),
    "80x24": Picture(size=(80, 24)),
    "sixteen": Picture(
        size=(100, 30), stage=upgrading, act=_row, look=Appearance(theme="vmss-16", zone=UTC)
    ),
    "ascii": Picture(
        size=(100, 30), stage=upgrading, look=Appearance(glyphs=Glyphs.ASCII, zone=UTC)
    ),
}


@pytest.fixture
def posed(
    simulated: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Picture], Any]:
    """Opens the app for a picture, at rest."""
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: "7f3a")

    @asynccontextmanager
    async def pose(picture: Picture) -> AsyncIterator[Pilot[int]]:
        bench = simulated(picture.scenario)
        services = picture.stage(bench)
        target = None if picture.list_first else bench.set_id
        app = VmssApp(lambda: services, target, appearance=picture.look, now=bench.clock.wall)
        async with app.run_test(size=picture.size) as pilot:
            await _rest(pilot)
            await picture.act(pilot)
            await _rest(pilot)
            app.clear_notifications()
            await pilot.pause()
            yield pilot

    return pose


@pytest.mark.parametrize("name", list(ALL))
async def test_the_picture_is_what_the_program_draws(
    name: str, posed: Callable[[Picture], Any]
) -> None:
    async with posed(ALL[name]) as pilot:
        drawn = _steady(pilot.app.export_screenshot(title="vmss-tui"))
    path = PICTURES / f"{name}.svg"
    if REWRITE:
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn


async def test_ascii_draws_no_character_beyond_ascii(posed: Callable[[Picture], Any]) -> None:
    async with posed(ALL["ascii"]) as pilot:
        for key in ("n", "d", "question_mark", "escape", "A"):
            await pilot.press(key)
            await _rest(pilot)
            svg = pilot.app.export_screenshot(title="vmss-tui")
            drawn = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
            assert {c for c in drawn if not c.isascii()} <= {"\xa0"}


async def _rest(pilot: Pilot[int]) -> None:
    """Until threads have told, and twice the same is drawn."""
    before = ""
    for _ in range(100):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.05)
        drawn = pilot.app.export_screenshot()
        if _steady(drawn) == before:
            return
        before = _steady(drawn)
    raise AssertionError("the screen does not come to rest")


def _steady(svg: str) -> str:
    """Without the number that names the picture's own styles."""
    return re.sub(r"terminal-\d+", "terminal", svg)
