"""The screenshots of the README are drawn by the real app on scenarios of the simulator.

Services, gateway and worker are the real ones, over HTTP; clock, seed, size, operator and the
simulator's address are fixed. The files are rewritten only with `VMSS_TUI_REWRITE_SCREENSHOTS=1`
in the environment.
"""

import html
import os
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import pytest
from msgspec import structs
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.strip import Strip

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
from vmss_tui.runtime.storage import run_records
from vmss_tui.runtime.storage.latest_view import LatestView
from vmss_tui.ui.app import VmssApp
from vmss_tui.ui.background.outdated_counter import OutdatedCounter
from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
from vmss_tui.ui.forms.base_form import FormScreen
from vmss_tui.ui.key_queue import KeyGuard
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run, Stage

SCREENSHOTS = ROOT / "screenshots"
REWRITE = os.environ.get("VMSS_TUI_REWRITE_SCREENSHOTS") == "1"
Action = Callable[[Pilot[int]], Awaitable[None]]


class FixedServices(Services):
    """Real services with a fixed address of the simulator."""

    @property
    def context(self) -> AzureContext:
        """The real context, but for the port that the system chose."""
        return structs.replace(super().context, endpoint="http://127.0.0.1:8080", demo=True)


class FixedQueries(Queries):
    """Real readings, but for the watcher."""

    first: LatestView

    def watch(self, scale_set: ScaleSetId, listener: Callable[[LatestView], None]) -> Watcher:
        """Reports one reading and no other."""
        listener(self.first)
        return FakeWatcher(listener)


def fixed_services(bench: Bench) -> FixedServices:
    """The services of the bench, with one reading that is taken now."""
    services = FixedServices(
        bench.gateway, bench.services.store, bench.clock, launch=bench.started_runs.append
    )
    snapshot = bench.services.queries.observe(bench.set_id)
    budget = bench.gateway.list_budget(bench.set_id)
    services.queries = queries = FixedQueries(
        bench.gateway,
        bench.services.store,
        bench.clock,
        services.permission,
        services.subscription_names,
    )
    queries.list_scale_sets()
    queries.first = LatestView(snapshot, Condition.FRESH, budget=budget)
    return services


def upgrading(bench: Bench) -> FixedServices:
    """A run in its third batch, of whose instances two are unhealthy."""

    def third_batch(run: Run) -> bool:
        return run.batches_sent == 3 and run.count(Stage.UPGRADED) > 26

    bench.control("POST", "faults", {"instance": "never_healthy", "instance_ids": ["21", "46"]})
    policy = Policy(canary=2, checkpoints=(50,), max_new_failures=3)
    plan = bench.plan_run(Selection(), policy, Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=third_batch)
    assert bench.services.store.find(name).take_lock(bench.clock.wall())
    return fixed_services(bench)


def halted(bench: Bench) -> FixedServices:
    """A run that has halted at its canary: the newest image never becomes healthy."""
    snapshot = bench.services.queries.observe(bench.set_id)
    policy = Policy(canary=2)
    plan = bench.services.planner.plan(snapshot, Selection(), policy, Edit(image_version=NEWEST))
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert run.phase is Phase.FAULTED
    return fixed_services(bench)


async def _log(pilot: Pilot[int]) -> None:
    await pilot.press("e")


async def _row(pilot: Pilot[int]) -> None:
    await pilot.press("j", "j", "j", "j", "u")


async def _set_up(pilot: Pilot[int]) -> None:
    await pilot.press("R", "8")
    form = pilot.app.screen
    assert isinstance(form, FormScreen)
    form.field_widget("canary").focus()
    await pilot.press("4")


async def _table(pilot: Pilot[int]) -> None:
    await pilot.press("o", "comma", "v", "j", "j", "v")


async def _edit(pilot: Pilot[int]) -> None:
    await pilot.press("E", *["backspace"] * len(NEWEST), *NEWEST)


async def _plan(pilot: Pilot[int]) -> None:
    await pilot.press("a", "U")


async def _problem(pilot: Pilot[int]) -> None:
    await pilot.press("n")


async def _timeline(pilot: Pilot[int]) -> None:
    await pilot.press("n", "o", "o")


async def _wait(pilot: Pilot[int]) -> None:
    await pilot.pause()


@dataclass(frozen=True)
class Screenshot:
    """A screenshot: scenario, size, state of the run, keys pressed."""

    scenario: str = "web-100"
    size: tuple[int, int] = (120, 32)
    stage: Callable[[Bench], FixedServices] = fixed_services
    act: Action = _wait
    list_first: bool = False
    appearance: Appearance = field(default_factory=lambda: Appearance(zone=UTC))


ALL = {
    "list": Screenshot("fleet", (110, 24), list_first=True),
    "heatmap": Screenshot("sick", act=_problem),
    "heatmap-1000": Screenshot("thousand", (200, 60)),
    "zonal": Screenshot("zonal", (110, 30)),
    "flexible": Screenshot("flexible", (110, 30)),
    "table": Screenshot("sick", act=_table),
    "run": Screenshot(size=(120, 36), stage=upgrading, act=_problem),
    "timeline": Screenshot(size=(120, 36), stage=upgrading, act=_timeline),
    "halted": Screenshot("bad-image", stage=halted, act=_problem),
    "log": Screenshot(stage=upgrading, act=_log),
    "editor": Screenshot(act=_edit),
    "plan": Screenshot(size=(120, 36), act=_plan),
    "set-up": Screenshot(act=_set_up),
    "80x24": Screenshot(size=(80, 24)),
    "sixteen": Screenshot(
        size=(100, 30), stage=upgrading, act=_row, appearance=Appearance(theme="vmss-16", zone=UTC)
    ),
    "ascii": Screenshot(
        size=(100, 30), stage=upgrading, appearance=Appearance(glyphs=Glyphs.ASCII, zone=UTC)
    ),
}


@pytest.fixture
def open_app(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Screenshot], Any]:
    """Opens the app for a screenshot, at rest."""
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: "7f3a")
    monkeypatch.setattr(run_records, "current_operator", lambda: "maria@ops (uid 1000)")
    monkeypatch.setattr(OutdatedCounter, "next_read", 5.0)  # it counts down in real seconds

    @asynccontextmanager
    async def open_screenshot(screenshot: Screenshot) -> AsyncIterator[Pilot[int]]:
        bench = make_bench(screenshot.scenario)
        services = screenshot.stage(bench)
        target = None if screenshot.list_first else bench.set_id
        app = VmssApp(
            lambda: services,
            target,
            appearance=screenshot.appearance,
            now=bench.clock.wall,
            key_guard=KeyGuard(quiet=0.0),
        )
        async with app.run_test(size=screenshot.size) as pilot:
            await _rest(pilot)
            await screenshot.act(pilot)
            await _rest(pilot)
            app.clear_notifications()
            await pilot.pause()
            yield pilot

    return open_screenshot


@pytest.mark.parametrize("name", list(ALL))
async def test_the_screenshot_is_what_the_program_draws(
    name: str, open_app: Callable[[Screenshot], Any]
) -> None:
    async with open_app(ALL[name]) as pilot:
        drawn = _normalize(pilot.app.export_screenshot(title="vmss-tui"))
    path = SCREENSHOTS / f"{name}.svg"
    if REWRITE:
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn


async def test_ascii_draws_no_character_beyond_ascii(open_app: Callable[[Screenshot], Any]) -> None:
    async with open_app(ALL["ascii"]) as pilot:
        for key in ("n", "d", "question_mark", "escape", "A"):
            await pilot.press(key)
            await _rest(pilot)
            svg = pilot.app.export_screenshot(title="vmss-tui")
            drawn = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
            assert {c for c in drawn if not c.isascii()} <= {"\xa0"}


async def _rest(pilot: Pilot[int]) -> None:
    """Waits until threads have ended, also those of checks, and two frames are the same."""
    previous: list[Strip] = []
    for _ in range(100):
        if pilot.app.screen.id == "_default":  # it connects in a thread
            await pilot.pause(0.05)
            continue
        await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.05)
        visible_screen_stack.set(pilot.app._background_screens)
        drawn = pilot.app.screen._compositor.render_strips(pilot.app.size)
        if drawn == previous and not any("checking" in strip.text for strip in drawn):
            return
        previous = drawn
    raise AssertionError("the screen does not come to rest")


def _normalize(svg: str) -> str:
    """Removes the number in the names of the styles."""
    return re.sub(r"terminal-\d+", "terminal", svg)
