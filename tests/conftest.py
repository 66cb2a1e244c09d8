"""Fixtures of the tests of several packages, the cost of each folder, and how pytest starts."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.bench import Bench, BenchFactory
    from tests.support.watcher_harness import WatcherFactory, WatcherHarness

TESTS = Path(__file__).parent
_YOUNG_COLLECTIONS = (50_000, 20, 1_000_000)
"""Thresholds of the garbage collector: its two young generations alone are collected by itself."""
_MIDDLE_COLLECTIONS_BETWEEN_FULL = 5
freeze = gc.freeze
"""Excludes all objects that are alive from garbage collections."""
COSTS = {
    "arm": "simulator",
    "arm/test_clouds.py": "unit",
    "arm/test_conflicts.py": "unit",
    "arm/test_decode.py": "unit",
    "arm/test_fuzz.py": "search",
    "arm/test_instance.py": "unit",
    "arm/test_recorded_facts.py": "unit",
    "arm/test_scale_set.py": "unit",
    "campaign": "unit",
    "campaign/test_campaign_machine.py": "search",
    "campaign/test_campaign_mutants.py": "search",
    "cli": "simulator",
    "cli/test_completion.py": "process",
    "cli/test_paste.py": "process",
    "cli/test_doctor_checks.py": "terminal",
    "cli/test_power.py": "process",
    "cli/test_power_terminal.py": "terminal",
    "cli/test_report.py": "process",
    "cli/test_run.py": "process",
    "cli/test_startup.py": "process",
    "config": "unit",
    "config/test_fuzz_settings.py": "search",
    "end_to_end": "process",
    "end_to_end/terminal": "terminal",
    "end_to_end/test_damage.py": "simulator",
    "end_to_end/test_fault_inputs.py": "simulator",
    "end_to_end/test_fault_table.py": "simulator",
    "end_to_end/test_hostile_text.py": "terminal",
    "end_to_end/test_meanwhile.py": "simulator",
    "end_to_end/test_outages.py": "simulator",
    "end_to_end/test_proxies.py": "terminal",
    "end_to_end/test_secrets.py": "terminal",
    "end_to_end/test_signed_urls.py": "terminal",
    "end_to_end/test_soak.py": "terminal",
    "fleet": "unit",
    "fleet/test_flexible.py": "simulator",
    "gateway": "unit",
    "gateway/test_background_call.py": "simulator",
    "operations": "unit",
    "repo": "unit",
    "repo/test_contracts.py": "process",
    "runtime": "simulator",
    "runtime/test_account.py": "unit",
    "runtime/test_gates.py": "process",
    "runtime/test_journal.py": "unit",
    "runtime/test_logind.py": "unit",
    "runtime/test_permission.py": "unit",
    "runtime/test_retention.py": "unit",
    "runtime/test_run_control.py": "unit",
    "runtime/test_run_follower.py": "unit",
    "runtime/test_run_gates.py": "process",
    "runtime/test_run_store.py": "unit",
    "runtime/test_state_folder.py": "unit",
    "simulator": "simulator",
    "storage": "simulator",
    "storage/test_contract.py": "process",
    "storage/test_hosts.py": "process",
    "test_demo.py": "process",
    "test_errors.py": "unit",
    "test_shell.py": "process",
    "test_subscriptions.py": "unit",
    "test_text.py": "unit",
    "ui": "simulator",
    "ui/commands/test_keys_pressed.py": "unit",
    "ui/commands/test_registry.py": "unit",
    "ui/drawing": "unit",
    "ui/drawing/test_themes.py": "simulator",
    "ui/instances/test_board.py": "unit",
    "ui/instances/test_cell_modes.py": "unit",
    "ui/instances/test_filter.py": "unit",
    "ui/instances/test_heatmap_layout.py": "unit",
    "ui/instances/test_mouse.py": "terminal",
    "upgrade": "unit",
    "upgrade/test_engine_mutants.py": "search",
    "upgrade/test_report.py": "simulator",
    "upgrade/test_state_machine.py": "search",
}
"""The marker of each test: that of its file, else that of the nearest folder above it.

`unit` tests are values only. `simulator` tests run a simulated Azure, or the dashboard without a
terminal, in their own process; `process` tests start others; `terminal` tests start them in a
pseudo-terminal; `search` tests try thousands of random cases.
"""

_LONGEST_FIRST = ("terminal", "process", "search", "simulator", "unit")


@cache
def cost_of(path: Path) -> str:
    """The marker of a test file."""
    name = PurePath(path.relative_to(TESTS).as_posix())
    for place in (name, *name.parents):
        if cost := COSTS.get(str(place)):
            return cost
    raise LookupError(f"{name} has no cost: add its folder to COSTS in tests/conftest.py")


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: many tests wait for other processes."""
    return (os.cpu_count() or 1) + 2


def pytest_configure() -> None:
    """Gives SIGINT and SIGHUP their default actions, which the programs under test inherit.

    A shell ignores SIGINT for a program in the background, and `nohup` ignores SIGHUP. Compiled
    modules are kept: without them each program under test compiles its sources again.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if threading.current_thread() is not threading.main_thread():
        return
    for number, action in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, action)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Starts to install Azurite where a test needs it: once for each machine, and meanwhile the
    other tests run.

    The whole of the garbage is collected between tests (`pytest_runtest_teardown`), so that no
    measured time includes it. What is alive then is excluded from later collections. A program
    under test does the same when it starts (`gc.freeze`): here that has no effect, because it
    would keep the garbage of the tests before it for ever.
    """
    gc.freeze = lambda: None
    gc.collect()
    freeze()
    gc.set_threshold(*_YOUNG_COLLECTIONS)
    is_first_worker = os.environ.get("PYTEST_XDIST_WORKER") in {"gw0", None}
    if is_first_worker and any("azurite" in item.name for item in session.items):
        from tests.support.azurite import start_to_install

        start_to_install()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collects the garbage of the tests since the last full collection, once there is much of it;
    sets the thresholds again, which the program sets when it starts in a test."""
    if gc.get_count()[2] > _MIDDLE_COLLECTIONS_BETWEEN_FULL:
        gc.collect()
        freeze()
    gc.set_threshold(*_YOUNG_COLLECTIONS)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m unit`, or another single cost, test files of other costs are not imported."""
    chosen = config.option.markexpr
    is_test = collection_path.name.startswith("test_") and TESTS in collection_path.parents
    if chosen in COSTS.values() and is_test and cost_of(collection_path) != chosen:
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks each test with its cost. For several workers the longest tests come first, so that none
    is left with one at the end; those of a file stay together, which share what they prepare."""
    for item in items:
        item.add_marker(cost_of(item.path))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _LONGEST_FIRST.index(cost_of(item.path)))


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator["BenchFactory"]:
    """Makes benches: `make_bench("web-100")`; simulated time moves only when the program waits."""
    from tests.support.bench import make_benches

    with make_benches(tmp_path) as make:
        yield make


@pytest.fixture
def make_watcher() -> Iterator["WatcherFactory"]:
    """Makes watchers that end with the test."""
    from tests.support.watcher_harness import WatcherHarness

    watchers: list[WatcherHarness] = []

    def watch(bench: "Bench", *, at_least: float = 6.0) -> "WatcherHarness":
        watchers.append(WatcherHarness(bench, at_least))
        watchers[-1].wait_for_pause()
        return watchers[-1]

    yield watch
    for watcher in watchers:
        watcher.end()
