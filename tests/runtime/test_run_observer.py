"""Readings of a scale set while the worker of a live run takes them."""

import os
import threading
from typing import Any

import pytest

from tests.support.bench import Bench, BenchFactory
from tests.support.watcher_harness import WatcherFactory, WatcherHarness, list_requests
from vmss_tui.runtime.observe import watcher
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def live_run(bench: Bench, silent: float) -> RunFolder:
    """A worker at work, whose newest reading is `silent` seconds old."""
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(update_domains=(0,)), Policy())
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=lambda run: run.open_batch is not None)
    folder = bench.run_folder(name)
    assert folder.take_lock(bench.clock.wall())
    at = bench.clock.wall().timestamp() - silent
    os.utime(folder.latest_path, (at, at))
    return folder


def peeked(bench: Bench, monkeypatch: pytest.MonkeyPatch, times: int) -> threading.Event:
    """Is set once the watcher has looked for a live run so often."""
    find, enough, left = bench.services.store.live_run, threading.Event(), iter(range(times))

    def live(*which: Any) -> StoredRun | None:
        if next(left, None) is None:
            enough.set()
        return find(*which)

    monkeypatch.setattr(bench.services.store, "live_run", live)
    monkeypatch.setattr(watcher, "WORKER_FILE_INTERVAL", 0.001)
    return enough


@pytest.mark.parametrize(("silent", "rate"), [(70.0, 1.0), (1.0, 60.0), (70.0, 0.5)])
def test_while_a_run_is_live_its_worker_is_read_and_no_budget_spent(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, silent: float, rate: float
) -> None:
    bench = make_bench()
    folder = live_run(bench, silent)
    before = len(list_requests(bench))
    monkeypatch.setattr(bench.clock, "rate", lambda: rate)
    enough = peeked(bench, monkeypatch, 20)
    seen = WatcherHarness(bench)
    assert enough.wait(20)
    seen.end()
    assert len(list_requests(bench)) == before
    (view,) = seen.views
    assert view.source == "run"
    assert view.snapshot is not None
    folder.lock.release()


@pytest.mark.parametrize(("silent", "rate"), [(76.0, 1.0), (2.0, 60.0), (76.0, 0.5)])
def test_a_worker_that_has_gone_silent_is_not_waited_for(
    make_bench: BenchFactory,
    make_watcher: WatcherFactory,
    monkeypatch: pytest.MonkeyPatch,
    silent: float,
    rate: float,
) -> None:
    bench = make_bench()
    folder = live_run(bench, silent)
    before = len(list_requests(bench))
    monkeypatch.setattr(bench.clock, "rate", lambda: rate)
    monkeypatch.setattr(watcher, "WORKER_FILE_INTERVAL", 0.001)
    seen = make_watcher(bench)
    assert [view.source for view in seen.views] == ["run", "azure"]
    assert len(list_requests(bench)) == before + 1
    folder.lock.release()


@pytest.mark.parametrize("held", [None, b"{"])
def test_a_worker_without_a_reading_does_not_keep_one_from_the_screen(
    make_bench: BenchFactory, make_watcher: WatcherFactory, held: bytes | None
) -> None:
    bench = make_bench()
    folder = live_run(bench, 0.0)
    folder.latest_path.unlink()
    if held is not None:
        folder.latest_path.write_bytes(held)
    seen = make_watcher(bench)
    assert [view.source for view in seen.views] == ["azure"]
    folder.lock.release()
