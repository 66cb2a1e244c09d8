"""Two machines and one container: who may write, and what a worker does whose lease has ended."""

import socket
from collections import Counter
from contextlib import suppress

import pytest

from tests.support.bench import NEWEST, Bench
from tests.support.team_hosts import Team
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.runtime.account import account_label
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs.runner import LockLost
from vmss_tui.runtime.storage.blob.journal import BlobJournal
from vmss_tui.runtime.storage.blob.lease import Lease
from vmss_tui.runtime.storage.journal import JournalError, JournalFenced
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run

LEASE = 60.0
POLICY = Policy(max_batch_instance_percent=Amount(count=1))


class WorkerKilled(Exception):
    """Raised in place of the end of a process."""


def start(machine: Bench) -> str:
    plan = machine.plan_run(Selection(update_domains=(1,)), POLICY, Edit(image_version=NEWEST))
    return machine.services.run_control.start(plan)


def is_open(run: Run) -> bool:
    return run.open_batch is not None and run.open_batch.answered


def check_everything_once(team: Team, run: Run) -> None:
    assert run.phase is Phase.COMPLETED, run.message
    assert run.plan is not None
    assert len(run.plan.instance_ids) == 2
    assert Counter(team.world.effects()) == Counter(run.plan.instance_ids)
    assert len(team.world.effects("model")) == 1


def test_a_run_in_a_container_is_carried_out_and_seen_from_every_machine(team: Team) -> None:
    ana, ben = team.machine("ana"), team.machine("ben")
    name = start(ana)
    seen: list[tuple[str, bool]] = []

    def look(run: Run) -> bool:
        if is_open(run) and not seen:
            live_run = ben.services.store.live_run(ben.set_id)
            assert live_run is not None
            (row,) = ben.services.run_control.summaries()
            seen.append((row.owner, row.is_live))
            follower = ben.services.run_control.follow(name)
            follower.read_new()
            assert follower.run.open_batch is not None
            assert follower.is_live
            owner = follower.worker()
            assert owner is not None
            assert owner.run == name
        return False

    run = ana.run_worker(name, until=look)
    check_everything_once(team, run)
    assert [live for _, live in seen] == [True]
    assert "@" in seen[0][0]
    (row,) = ben.services.run_control.summaries()
    assert (row.name, row.phase, row.is_live, row.owner) == (name, Phase.COMPLETED, False, "")
    assert ben.services.store.live_names() == frozenset()


def test_a_second_start_on_any_machine_is_refused_with_the_name_of_the_run(team: Team) -> None:
    ana, ben = team.machine("ana"), team.machine("ben")
    name = start(ana)
    messages: list[str] = []

    def refuse(run: Run) -> bool:
        if is_open(run) and not messages:
            with pytest.raises(RunRefused) as refused:
                start(ben)
            messages.append(refused.value.message)
        return False

    check_everything_once(team, ana.run_worker(name, until=refuse))
    owner_place = f"{account_label()}@{socket.gethostname()}"
    assert f"web-rg/web-vmss ({name}, {owner_place}, since 2026-11-22T12:10" in messages[0]


@pytest.mark.parametrize("before_the_write", [True, False])
def test_a_machine_killed_at_any_record_is_replaced_by_another_after_the_lease(
    team: Team, monkeypatch: pytest.MonkeyPatch, before_the_write: bool
) -> None:
    append = BlobJournal.append
    dies_at = [0]

    def append_or_die(journal: BlobJournal, *arguments: object) -> ev.Record:
        if before_the_write and journal.seq + 1 == dies_at[0]:
            raise WorkerKilled
        record = append(journal, *arguments)  # type: ignore[arg-type]  # as they came
        if record.seq == dies_at[0]:
            raise WorkerKilled
        return record

    monkeypatch.setattr(Lease, "start_renewing", lambda _lease: None)
    monkeypatch.setattr(Lease, "release", lambda _lease: None)  # a killed process releases nothing
    monkeypatch.setattr(BlobJournal, "append", append_or_die)
    first = team.machine("first")
    name = start(first)
    machine, run = first, Run()
    for number in range(40):
        dies_at[0] = run.seq + 2 + number % 3  # each machine writes a few records
        with suppress(WorkerKilled):
            machine.run_worker(name)
        team.now += LEASE + 1.0
        machine = team.machine(f"machine-{number}")
        run, _ = machine.services.store.find(name).read_run()
        if run.phase is Phase.COMPLETED:
            break
    check_everything_once(team, run)
    assert run.workers > 5


def test_a_worker_that_stood_still_beyond_its_lease_writes_nothing_more(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lease, "start_renewing", lambda _lease: None)
    ana, ben = team.machine("ana"), team.machine("ben")
    name = start(ana)
    completed: list[Run] = []

    def stand_still(run: Run) -> bool:
        if is_open(run) and not completed:
            team.now += LEASE + 1.0
            completed.append(ben.run_worker(name))
            requests.append(len(team.world.requests("POST", "manualupgrade")))
        return False

    requests: list[int] = []
    with pytest.raises((LockLost, JournalError)):
        ana.run_worker(name, until=stand_still)
    check_everything_once(team, completed[0])
    assert len(team.world.requests("POST", "manualupgrade")) == requests[0]
    journal = ben.services.store.find(name).read_journal()
    assert journal.damage == ""
    assert journal.records[-1].seq == completed[0].seq


def test_a_run_that_is_taken_over_by_hand_is_fenced_at_once(team: Team) -> None:
    ana, ben = team.machine("ana"), team.machine("ben")
    name = start(ana)
    done: list[Run] = []

    def take_over(run: Run) -> bool:
        if is_open(run) and not done:
            folder = ben.services.store.find(name)
            owner = folder.lock_owner()
            assert owner is not None
            assert folder.break_lock(owner)
            done.append(ben.run_worker(name))
        return False

    with pytest.raises(JournalFenced):
        ana.run_worker(name, until=take_over)
    check_everything_once(team, done[0])


def test_an_intent_of_any_machine_reaches_the_worker(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmss_tui.runtime.storage.blob.upload.INTENT_INTERVAL", 0.05)
    ana, ben = team.machine("ana"), team.machine("ben")
    name = start(ana)
    sent: list[bool] = []

    def pause(run: Run) -> bool:
        if is_open(run) and not sent:
            ben.services.run_control.send_intent(name, IntentKind.PAUSE)
            folder = ana.services.store.find(name)
            assert [intent.kind for intent in folder.read_intents()] == [IntentKind.PAUSE]
            sent.append(True)
        return run.phase is Phase.PAUSED

    run = ana.run_worker(name, until=pause)
    assert run.phase is Phase.PAUSED
    assert run.intents_handled == 1
