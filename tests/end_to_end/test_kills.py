"""Worker processes that die at the worst moments. What truly happened is the ledger's word."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import Machine, Terminal, wait_until
from tests.support.worker_harness import DOMAIN_1, WorkerHarness
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Stage

AT_ONCE = 4
"""Worlds with a dying worker at a time; each of them mostly waits."""
TOO_OLD = 5.5
"""Real seconds after which a reading carries no request any more."""
IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference.version"
SET = "web-rg/web-vmss"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., WorkerHarness]]:
    """Makes sites that end with the test."""
    sites: list[WorkerHarness] = []

    def make(**more: float) -> WorkerHarness:
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        sites.append(WorkerHarness(home, **more))  # type: ignore[arg-type]
        return sites[-1]

    yield make
    for each in sites:
        each.end()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_at_any_journal_write_is_resumed_and_upgrades_everything_once(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    positions = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in itertools.count(1, AT_ONCE):
            chunk = range(first, first + AT_ONCE)
            died = list(pool.map(lambda at: _killed_at(tmp_path / str(at), moment, at), chunk))
            positions += sum(died)
            if not all(died):
                break
    with capsys.disabled():
        sys.stderr.write(f"\n{positions} positions at which a worker died, {moment} its write\n")
    assert positions > 12


def _killed_at(home: Path, moment: str, position: int) -> bool:
    """Kills a worker there and resumes; False where the run was over before that record.

    Before a write means at every other position: in the middle of it, half the line written.
    """
    home.mkdir()
    site = WorkerHarness(home, speed=480.0)
    try:
        when = "torn" if moment == "before" and position % 2 else moment
        died = site.run_worker("killed", when, f"{position}") == -signal.SIGKILL
        if died:
            assert site.run.seq == position - (moment == "before")
            process = site.start_worker()
            assert site.wait_for_exit(process) == (0, ""), f"resumed after {moment} {position}"
        site.check_complete()
        intents = site.events(ev.BatchIntent)
        sent = Counter(i for intent in intents for i in intent.instance_ids)
        assert max(sent.values()) <= 1 + died
        assert len(site.requests("POST", "/manualupgrade")) <= len(intents)
        return died
    finally:
        site.end()


@pytest.mark.parametrize("kind", ["ModelIntent", "BatchIntent"])
@pytest.mark.parametrize("room", [0, 40])
def test_a_disk_that_is_full_at_an_intent_means_that_nothing_is_sent_until_it_is_resumed(
    site: Callable[..., WorkerHarness], kind: str, room: int
) -> None:
    found = site()
    code, words = found.wait_for_exit(found.start_worker("full", kind, f"{room}"))
    assert code == 1
    assert "journal.jsonl" in words
    assert found.requests("POST", "/manualupgrade") == []
    assert len(found.requests("PATCH", "/web-vmss")) == (kind == "BatchIntent")
    assert found.run_worker() == 0
    found.check_complete()


def test_a_reading_that_cannot_be_kept_for_viewers_does_not_end_the_run(
    site: Callable[..., WorkerHarness],
) -> None:
    found = site()
    assert found.wait_for_exit(found.start_worker("full", "WorkerStarted", "20000")) == (0, "")
    assert not found.folder.latest_path.exists()
    found.check_complete()


def test_a_second_worker_of_a_run_is_refused_in_words_and_sends_nothing(
    site: Callable[..., WorkerHarness],
) -> None:
    found = site(speed=60.0)
    first = found.start_worker()
    found.wait_for_batch(first)
    code, words = found.wait_for_exit(found.start_worker())
    assert code == 6
    assert found.folder.name in words
    assert f"pid {first.pid}" in words
    assert found.wait_for_exit(first)[0] == 0
    found.check_complete()
    assert len(found.requests("POST", "/manualupgrade")) == 2


def test_a_worker_that_stood_still_goes_on_where_it_was(site: Callable[..., WorkerHarness]) -> None:
    found = site()
    process = found.start_worker()
    found.wait_for_batch(process)
    process.send_signal(signal.SIGSTOP)
    stopped = found.simulator.clock.now()
    wait_until(lambda: found.simulator.clock.now() > stopped + 600, "ten minutes")
    process.send_signal(signal.SIGCONT)
    assert found.wait_for_exit(process)[0] == 0
    found.check_complete()
    assert len(found.requests("POST", "/manualupgrade")) == 2


@pytest.mark.parametrize("kind", ["ModelIntent", "BatchIntent"])
def test_a_worker_that_stood_still_before_a_request_looks_again_before_it_sends(
    site: Callable[..., WorkerHarness], kind: str
) -> None:
    found = site()
    process = found.start_worker("stopped", "after", kind)
    wait_until(lambda: found.events(getattr(ev, kind)), "the intent")
    wait_until(lambda: _state_of(process) == "T", "standing still")
    found.control("edit", {"scale_set": SET, "set": {IMAGE: "22.04.202512010"}})
    begun = time.monotonic()
    wait_until(lambda: time.monotonic() - begun > TOO_OLD, "the reading's growing old")
    process.send_signal(signal.SIGCONT)
    assert found.wait_for_exit(process)[0] == 0
    assert (found.run.phase, found.run.reason) == (Phase.FAULTED, "drift")
    assert found.effects() == []
    assert found.requests("POST", "/manualupgrade") == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_at_any_time_costs_a_resume_at_most(
    site: Callable[..., WorkerHarness], number: signal.Signals
) -> None:
    found = site(speed=60.0)
    process = found.start_worker()
    found.wait_for_batch(process)
    process.send_signal(number)
    assert found.wait_for_exit(process) == (0, "")
    if number is signal.SIGTERM:
        assert found.run.phase is Phase.ROLLING_FORWARD
        assert found.run_worker() == 0
    found.check_complete()
    assert len(found.requests("POST", "/manualupgrade")) == 2


def test_a_second_operators_model_stops_the_run_before_its_next_batch(
    site: Callable[..., WorkerHarness],
) -> None:
    found = site(speed=60.0)
    process = found.start_worker()
    found.wait_for_batch(process)
    found.control("edit", {"scale_set": SET, "set": {IMAGE: "22.04.202512010"}})
    assert found.wait_for_exit(process)[0] == 0
    assert (found.run.phase, found.run.reason) == (Phase.FAULTED, "drift")
    assert sorted(found.effects()) == sorted(found.folder.manifest.plan.batches[0].instance_ids)


def test_autoscale_takes_members_away_and_adds_others_and_the_counts_still_add_up(
    site: Callable[..., WorkerHarness],
) -> None:
    found = site(speed=60.0, batch=20)
    process = found.start_worker()
    found.wait_for_batch(process)
    found.control("edit", {"scale_set": SET, "set": {"sku.capacity": 90}})
    wait_until(lambda: found.run.count(Stage.GONE) == 2, "two members to be gone")
    found.control("edit", {"scale_set": SET, "set": {"sku.capacity": 98}})
    assert found.wait_for_exit(process)[0] == 0
    (told,) = found.events(ev.Completed)
    assert (told.upgraded, told.failed, told.gone, told.skipped) == (18, 0, 2, 0)
    assert Counter(found.effects()) == Counter(DOMAIN_1)
    created = found.effects("create")
    assert len(created) == 8
    assert {"101", "106"} <= set(created)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_wall_clock_changes_no_request(
    site: Callable[..., WorkerHarness], hours: int
) -> None:
    found = site()
    assert found.run_worker("killed", "after", "BatchSettled") == -signal.SIGKILL
    assert found.run_worker("wall", f"{hours * 3600}") == 0
    found.check_complete()
    intents = found.events(ev.BatchIntent)
    assert [each.instance_ids for each in intents] == [
        batch.instance_ids for batch in found.folder.manifest.plan.batches
    ]


def test_ten_minutes_offline_end_in_one_refresh_and_no_burst(
    site: Callable[..., WorkerHarness],
) -> None:
    found = site(speed=120.0)
    process = found.start_worker()
    found.wait_for_batch(process)
    found.relay.close()
    gone = found.simulator.clock.now()
    wait_until(lambda: found.simulator.clock.now() > gone + 600, "ten minutes")
    before = len(_lists(found))
    found.relay.open()
    assert found.wait_for_exit(process)[0] == 0
    found.check_complete()
    assert len(found.requests("POST", "/manualupgrade")) == 2
    after = _lists(found)[before:]
    closest = min(later - earlier for earlier, later in itertools.pairwise(after))
    assert closest >= 1.0, "each reading waits for its turn"


def test_a_closed_terminal_ends_the_viewer_and_not_the_run(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    try:
        command = machine.command("run", SET, "--domain", "1", "--yes")
        terminal = Terminal(command, machine.environment)
        folder = machine.single_run()
        wait_until(lambda: folder.read_run()[0].open_batch, "the first batch")
        os.close(terminal.descriptor)
        os.waitpid(terminal.pid, 0)
        wait_until(lambda: folder.read_run()[0].ended, "the run's end")
        assert folder.read_run()[0].phase is Phase.COMPLETED
        assert max(Counter(machine.upgraded()).values()) == 1
    finally:
        machine.end()


def _lists(site: WorkerHarness) -> list[float]:
    """When instances were listed, in simulated seconds."""
    asked = site.requests("GET", "/virtualMachines")
    return [float(each["at"][14:16]) * 60 + float(each["at"][17:25]) for each in asked]


def _state_of(process: subprocess.Popen[str]) -> str:
    """The kernel's letter for it: T where it is stopped."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
