"""Worker processes that are killed, stopped, cut off or out of disk at the worst moments.

What happened is read from the ledger of the simulator.
"""

import itertools
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import Machine, Terminal, wait_until
from tests.support.program_forks import Fork
from tests.support.worker_harness import DOMAIN_1, WorkerHarness
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Stage

WORLDS_AT_ONCE = 4
"""Workers that are killed at the same time; each of them mostly waits."""
READING_AGE_LIMIT = 5.5
"""Real seconds after which a reading is too old for a request."""
IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference.version"
SET = "web-rg/web-vmss"
FAST = 240.0
"""Simulated seconds a second, once a run is at the moment that its test is about."""


@pytest.fixture
def make_harness(tmp_path: Path) -> Iterator[Callable[..., WorkerHarness]]:
    """Makes worker harnesses that end with the test."""
    harnesses: list[WorkerHarness] = []

    def make(**more: float) -> WorkerHarness:
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        harnesses.append(WorkerHarness(home, **more))  # type: ignore[arg-type]
        return harnesses[-1]

    yield make
    for harness in harnesses:
        harness.end()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_at_any_journal_write_is_resumed_and_upgrades_everything_once(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    positions = 0
    with ThreadPoolExecutor(WORLDS_AT_ONCE) as pool:

        def kill(position: int) -> bool:
            return kill_and_resume(tmp_path / f"{position}", moment, position)

        for first in itertools.count(1, WORLDS_AT_ONCE):
            died = list(pool.map(kill, range(first, first + WORLDS_AT_ONCE)))
            positions += sum(died)
            if not all(died):
                break
    with capsys.disabled():
        sys.stderr.write(f"\n{positions} positions at which a worker died, {moment} its write\n")
    assert positions > 12


def kill_and_resume(home: Path, moment: str, position: int) -> bool:
    """Kills a worker at a record and resumes; False where the run ended before that record.

    At every other position, before a write means in the middle of it: half the line is written.
    """
    home.mkdir()
    harness = WorkerHarness(home, speed=480.0)
    try:
        place = "torn" if moment == "before" and position % 2 else moment
        died = harness.run_worker("killed", place, f"{position}") == -signal.SIGKILL
        if died:
            assert harness.run.seq == position - (moment == "before")
            resumed = harness.wait_for_exit(harness.start_worker())
            assert resumed == (0, ""), f"resumed after {moment} {position}"
        harness.check_complete()
        intents = harness.events(ev.BatchIntent)
        sent = Counter(i for intent in intents for i in intent.instance_ids)
        assert max(sent.values()) <= 1 + died
        assert len(harness.requests("POST", "/manualupgrade")) <= len(intents)
        return died
    finally:
        harness.end()


@pytest.mark.parametrize("kind", ["ModelIntent", "BatchIntent"])
@pytest.mark.parametrize("room", [0, 40])
def test_a_disk_that_is_full_at_an_intent_means_that_nothing_is_sent_until_it_is_resumed(
    make_harness: Callable[..., WorkerHarness], kind: str, room: int
) -> None:
    harness = make_harness()
    code, errors = harness.wait_for_exit(harness.start_worker("full", kind, f"{room}"))
    assert code == 1
    assert "journal.jsonl" in errors
    assert harness.requests("POST", "/manualupgrade") == []
    assert len(harness.requests("PATCH", "/web-vmss")) == (kind == "BatchIntent")
    assert harness.run_worker() == 0
    harness.check_complete()


def test_a_reading_that_cannot_be_kept_for_viewers_does_not_end_the_run(
    make_harness: Callable[..., WorkerHarness],
) -> None:
    harness = make_harness()
    assert harness.wait_for_exit(harness.start_worker("full", "WorkerStarted", "20000")) == (0, "")
    assert not harness.folder.latest_path.exists()
    harness.check_complete()


def test_a_second_worker_of_a_run_is_refused_in_words_and_sends_nothing(
    make_harness: Callable[..., WorkerHarness],
) -> None:
    harness = make_harness(speed=60.0)
    first = harness.start_worker()
    harness.wait_for_batch(first)
    first.send_signal(signal.SIGSTOP)  # on a busy machine it could end before the second looks
    code, errors = harness.wait_for_exit(harness.start_worker())
    first.send_signal(signal.SIGCONT)
    assert code == 6
    assert harness.folder.name in errors
    assert f"pid {first.pid}" in errors
    harness.control("clock", {"speed": FAST})
    assert harness.wait_for_exit(first)[0] == 0
    harness.check_complete()
    assert len(harness.requests("POST", "/manualupgrade")) == 2


def test_a_worker_that_stood_still_goes_on_where_it_was(
    make_harness: Callable[..., WorkerHarness],
) -> None:
    harness = make_harness()
    process = harness.start_worker()
    harness.wait_for_batch(process)
    process.send_signal(signal.SIGSTOP)
    stopped = harness.simulator.clock.now()
    wait_until(lambda: harness.simulator.clock.now() > stopped + 600, "ten minutes")
    process.send_signal(signal.SIGCONT)
    assert harness.wait_for_exit(process)[0] == 0
    harness.check_complete()
    assert len(harness.requests("POST", "/manualupgrade")) == 2


@pytest.mark.parametrize("kind", ["ModelIntent", "BatchIntent"])
def test_a_worker_that_stood_still_before_a_request_looks_again_before_it_sends(
    make_harness: Callable[..., WorkerHarness], kind: str
) -> None:
    harness = make_harness()
    process = harness.start_worker("stopped", "after", kind)
    wait_until(lambda: harness.events(getattr(ev, kind)), "the intent")
    wait_until(lambda: process_state(process) == "T", "standing still")
    harness.control("edit", {"scale_set": SET, "set": {IMAGE: "22.04.202512010"}})
    stopped_at = time.monotonic()
    wait_until(
        lambda: time.monotonic() - stopped_at > READING_AGE_LIMIT, "the reading's growing old"
    )
    process.send_signal(signal.SIGCONT)
    assert harness.wait_for_exit(process)[0] == 0
    assert (harness.run.phase, harness.run.reason) == (Phase.FAULTED, "drift")
    assert harness.effects() == []
    assert harness.requests("POST", "/manualupgrade") == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_at_any_time_costs_a_resume_at_most(
    make_harness: Callable[..., WorkerHarness], number: signal.Signals
) -> None:
    harness = make_harness(speed=60.0)
    process = harness.start_worker()
    harness.wait_for_batch(process)
    process.send_signal(number)
    if number is signal.SIGHUP:
        harness.control("clock", {"speed": FAST})
    assert harness.wait_for_exit(process) == (0, "")
    harness.control("clock", {"speed": FAST})
    if number is signal.SIGTERM:
        assert harness.run.phase is Phase.ROLLING_FORWARD
        assert harness.folder.worker_failure().startswith("stopped by a signal on ")
        assert harness.run_worker() == 0
        assert harness.folder.worker_failure() == ""
    harness.check_complete()
    assert len(harness.requests("POST", "/manualupgrade")) == 2


def test_a_second_operators_model_stops_the_run_before_its_next_batch(
    make_harness: Callable[..., WorkerHarness],
) -> None:
    harness = make_harness(speed=60.0)
    process = harness.start_worker()
    harness.wait_for_batch(process)
    harness.control("edit", {"scale_set": SET, "set": {IMAGE: "22.04.202512010"}})
    harness.control("clock", {"speed": FAST})
    assert harness.wait_for_exit(process)[0] == 0
    assert (harness.run.phase, harness.run.reason) == (Phase.FAULTED, "drift")
    assert sorted(harness.effects()) == sorted(harness.folder.manifest.plan.batches[0].instance_ids)


def test_autoscale_takes_members_away_and_adds_others_and_the_counts_still_add_up(
    make_harness: Callable[..., WorkerHarness],
) -> None:
    harness = make_harness(speed=60.0, batch=20)
    process = harness.start_worker()
    harness.wait_for_batch(process)
    harness.control("edit", {"scale_set": SET, "set": {"sku.capacity": 90}})
    wait_until(lambda: harness.run.count(Stage.GONE) == 2, "two members to be gone")
    harness.control("edit", {"scale_set": SET, "set": {"sku.capacity": 98}})
    assert harness.wait_for_exit(process)[0] == 0
    (completed,) = harness.events(ev.Completed)
    assert (completed.upgraded, completed.failed, completed.gone, completed.skipped) == (
        18,
        0,
        2,
        0,
    )
    assert Counter(harness.effects()) == Counter(DOMAIN_1)
    created = harness.effects("create")
    assert len(created) == 8
    assert {"101", "106"} <= set(created)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_wall_clock_changes_no_request(
    make_harness: Callable[..., WorkerHarness], hours: int
) -> None:
    harness = make_harness()
    assert harness.run_worker("killed", "after", "BatchSettled") == -signal.SIGKILL
    assert harness.run_worker("wall", f"{hours * 3600}") == 0
    harness.check_complete()
    intents = harness.events(ev.BatchIntent)
    assert [intent.instance_ids for intent in intents] == [
        batch.instance_ids for batch in harness.folder.manifest.plan.batches
    ]


def test_ten_minutes_offline_end_in_one_refresh_and_no_burst(
    make_harness: Callable[..., WorkerHarness],
) -> None:
    harness = make_harness(speed=120.0)
    process = harness.start_worker()
    harness.wait_for_batch(process)
    harness.relay.close()
    gone = harness.simulator.clock.now()
    wait_until(lambda: harness.simulator.clock.now() > gone + 600, "ten minutes")
    before = len(list_times(harness))
    harness.relay.open()
    assert harness.wait_for_exit(process)[0] == 0
    harness.check_complete()
    assert len(harness.requests("POST", "/manualupgrade")) == 2
    after = list_times(harness)[before:]
    closest = min(later - earlier for earlier, later in itertools.pairwise(after))
    assert closest >= 1.0, "each reading waits for its turn"


def test_a_closed_terminal_ends_the_viewer_and_not_the_run(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    try:
        command = machine.command("run", SET, "--domain", "1", "--yes")
        terminal = Terminal(command, machine.environment)
        folder = machine.single_run()
        wait_until(lambda: folder.read_run()[0].open_batch, "the first batch")
        terminal.hang_up()
        wait_until(lambda: folder.read_run()[0].ended, "the run's end")
        assert folder.read_run()[0].phase is Phase.COMPLETED
        assert max(Counter(machine.upgraded()).values()) == 1
    finally:
        machine.end()


def list_times(harness: WorkerHarness) -> list[float]:
    """The simulated seconds at which instances were listed."""
    requests = harness.requests("GET", "/virtualMachines")
    return [float(request["at"][14:16]) * 60 + float(request["at"][17:25]) for request in requests]


def process_state(process: Fork) -> str:
    """The kernel's letter for the state of a process: T where it is stopped."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
