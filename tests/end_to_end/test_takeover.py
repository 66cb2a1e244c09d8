"""Several operators at one run, as processes: intents at the same time, and takeovers."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tests.support.local_world import serve_world
from tests.support.processes import Machine, wait_until, worker_pid
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs.takeover import end_worker
from vmss_tui.runtime.storage import journal
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.runtime.storage.run_records import LockOwner
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase

RUN = ("run", "web-rg/web-vmss", "--domain", "1", "--max-batch", "4", "--yes")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose demo and workers end with the test."""
    result = Machine(tmp_path, speed=20.0)
    with serve_world(result.state):
        yield result
    result.end()


def events_of(folder: RunFolder, kind: type[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """The events of one kind in the journal of a run."""
    records = journal.read_journal(folder.journal_path, expect_seq=1).records
    return [record.body for record in records if isinstance(record.body, kind)]


def check_completed(machine: Machine, folder: RunFolder) -> None:
    """Waits until the run has completed; each planned instance was upgraded once."""
    wait_until(lambda: folder.read_run()[0].ended, "the run's end", timeout=120)
    assert folder.read_run()[0].phase is Phase.COMPLETED
    assert Counter(machine.upgraded()) == Counter(folder.manifest.plan.instance_ids)


def test_two_viewers_may_pause_and_resume_at_once_and_each_wish_is_heard_once(
    machine: Machine,
) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    with ThreadPoolExecutor(2) as pool:
        for command, phase in (("pause", Phase.PAUSED), ("resume", Phase.ROLLING_FORWARD)):
            done = list(pool.map(lambda _, v=command: machine.run(v, folder.name), range(2)))
            assert [process.returncode for process in done] == [0, 0], [
                process.stderr for process in done
            ]
            assert folder.read_run()[0].phase is phase
    intents = folder.read_intents()
    wait_until(
        lambda: folder.read_run()[0].intents_handled == len(intents), "every wish to be heard"
    )
    assert [event.number for event in events_of(folder, ev.IntentHandled)] == [  # type: ignore[union-attr]
        *range(1, len(intents) + 1)
    ]
    assert len(events_of(folder, ev.Paused)) == 1
    machine.control("clock", {"speed": 120.0})
    check_completed(machine, folder)


def test_two_viewers_that_resume_an_orphan_at_once_give_it_one_worker(machine: Machine) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    os.kill(worker_pid(folder), signal.SIGKILL)
    wait_until(lambda: not folder.is_live, "the lock's release")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: machine.run("resume", folder.name), range(2)))
    assert [process.returncode for process in done] == [0, 0], [process.stderr for process in done]
    assert len(events_of(folder, ev.WorkerStarted)) == 2
    machine.control("clock", {"speed": 120.0})
    check_completed(machine, folder)


def test_a_worker_that_stands_still_is_taken_over_by_who_types_its_run(machine: Machine) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    stuck = worker_pid(folder)
    os.kill(stuck, signal.SIGSTOP)

    wrong = machine.run("resume", folder.name, "--take-over", folder.name[:-1])
    assert wrong.returncode == 6
    assert f"type {folder.name}" in wrong.stderr
    assert worker_pid(folder) == stuck

    machine.speed = 60.0
    viewer = machine.start("attach", folder.name)
    assert viewer.stderr is not None
    assert viewer.stderr.readline()  # it has looked at the lock
    taken = machine.run("resume", folder.name, "--take-over", folder.name)
    assert taken.returncode == 0, taken.stderr
    assert worker_pid(folder) != stuck
    (event,) = events_of(folder, ev.TakenOver)
    assert isinstance(event, ev.TakenOver)
    assert f"pid {stuck}" in event.previous_worker
    machine.control("clock", {"speed": 120.0})
    check_completed(machine, folder)
    _, watched = viewer.communicate(timeout=60)
    assert (viewer.returncode, "has no worker" in watched) == (0, False), watched
    report = machine.run("report", folder.name).stdout
    assert "forced a takeover from the worker of" in report


def test_a_new_run_takes_the_set_from_the_one_whose_id_is_typed(machine: Machine) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    first = machine.run_with_open_batch()
    other = ("run", "web-rg/web-vmss", "--instance", "2", "--yes", "--detach")
    refused = machine.run(*other)
    assert refused.returncode == 6
    assert first.name in refused.stderr

    started = machine.run(*other, "--take-over", first.name)
    assert started.returncode == 0, started.stderr
    second = RunFolder(
        next(path for path in first.path.parent.iterdir() if path != first.path),
        first.lock.path.parent,
    )
    assert len(events_of(second, ev.TakenOver)) == 1
    run, damage = first.read_run()
    assert (run.phase, damage) == (Phase.ROLLING_FORWARD, "")


def test_nobody_is_ended_who_is_not_the_worker_that_the_lock_names(machine: Machine) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    os.kill(worker_pid(folder), signal.SIGKILL)
    wait_until(lambda: not folder.is_live, "the lock's release")
    owner = LockOwner(pid=os.getpid(), host="", user="", run=folder.name, since="")
    host = os.uname().nodename
    for changes, message in (
        ({"host": "elsewhere"}, "another machine"),
        ({"host": host, "user": "nobody-else"}, "belongs to another user"),
        (
            {"host": host, "user": os.environ.get("USER") or "root"},
            "does not look like|another user",
        ),
    ):
        assert folder.lock.take(msgspec.json.encode(msgspec.structs.replace(owner, **changes)))
        with pytest.raises(RunRefused, match=message):
            end_worker(folder, folder.name)
        folder.lock.release()
    assert end_worker(folder, folder.name) == ""


def test_a_wish_that_is_not_understood_is_passed_by(machine: Machine) -> None:
    assert machine.run(*RUN, "--detach").returncode == 0
    folder = machine.run_with_open_batch()
    intents = folder.path / "intents.jsonl"
    intents.touch(0o600)
    with intents.open("ab") as file:
        file.write(b'{"want":"levitate","by":"ana"}\n\xff\xfe\n')
    assert machine.run("pause", folder.name).returncode == 0
    assert folder.read_run()[0].phase is Phase.PAUSED
    assert folder.read_run()[0].intents_handled == 3
