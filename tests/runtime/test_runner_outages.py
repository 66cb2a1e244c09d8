"""A worker that is killed in the middle of a run, or loses its disk, clock, sign-in or network."""

import errno
import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.runtime.test_runner import UPGRADE
from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.domain_run import plan_domain, run_plan
from tests.support.in_process_crash import WorkerKilled, kill_at
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.gateway import AzureContext, Unreachable
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.observe.poller import Poller
from vmss_tui.runtime.observe.run_observer import DEMO_GONE_AFTER
from vmss_tui.runtime.runs.runner import LockLost
from vmss_tui.runtime.storage.journal import Journal, JournalError
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.step import BUSY_LIMIT
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run, Stage

pytestmark = pytest.mark.usefixtures("rare_readings")


@pytest.mark.parametrize("before_the_write", [True, False])
def test_a_worker_killed_at_any_record_leaves_a_run_that_upgrades_everything_once(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, before_the_write: bool
) -> None:
    positions = 0
    while True:
        bench = make_bench()
        bench.scale_in(20)
        plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
        name = bench.services.run_control.start(plan)
        killed_at = positions + 1
        with monkeypatch.context() as patched:
            kill_at(patched, killed_at, before_the_write=before_the_write)
            try:
                bench.run_worker(name)
            except WorkerKilled:
                positions += 1
            else:
                break
        run = bench.run_worker(name)
        assert run.phase is Phase.COMPLETED, f"killed at record {killed_at}"
        assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert positions > 12


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("kind", [ev.ModelIntent, ev.BatchIntent])
def test_a_disk_that_fails_at_an_intent_means_that_nothing_is_sent(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, kind: type[ev.AnyEvent], number: int
) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench, edit=Edit(image_version=NEWEST)))
    append, write = Journal.append, os.write

    def full(_file: int, data: bytes) -> int:
        raise OSError(number, os.strerror(number), len(data))

    def appending(journal: Journal, event: ev.AnyEvent, *args: Any) -> ev.Record:
        monkeypatch.setattr("os.write", full if isinstance(event, kind) else write)
        try:
            return append(journal, event, *args)
        finally:
            monkeypatch.setattr("os.write", write)

    monkeypatch.setattr(Journal, "append", appending)
    with pytest.raises(JournalError, match=os.strerror(number)):
        bench.run_worker(name)
    sent = bench.requests("PATCH" if kind is ev.ModelIntent else "POST")
    assert sent == []


def test_a_clock_that_is_shifted_changes_neither_order_nor_number_of_requests(
    make_bench: BenchFactory,
) -> None:
    orders = []
    for hours in (0, 1, -1):
        bench = make_bench()
        plan = plan_domain(bench, Selection(), max_batch_instance_percent=Amount(count=16))
        name = bench.services.run_control.start(plan)
        bench.run_worker(name, until=lambda run: run.count(Stage.UPGRADED) >= 16)
        bench.clock.skew = timedelta(hours=hours)
        assert bench.run_worker(name).phase is Phase.COMPLETED
        orders.append(
            [
                r.body.instance_ids
                for r in bench.services.run_control.follow(name).read_new()
                if isinstance(r.body, ev.BatchIntent)
            ]
        )
    assert orders[0] == orders[1] == orders[2]


def test_a_sign_in_that_is_gone_is_waited_for_however_long_it_takes(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    body = {"error": {"code": "ExpiredAuthenticationToken", "message": "The token is expired."}}
    bench.fault(UPGRADE, {"status": 401, "body": body}, method="POST", times=2 * BUSY_LIMIT)
    plan = plan_domain(bench)
    run = run_plan(bench, plan)
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert {member.attempts for member in run.members.values()} == {1}


def test_throttling_that_does_not_end_halts_in_azures_words(make_bench: BenchFactory) -> None:
    bench = make_bench()
    body = {"error": {"code": "OperationNotAllowed", "message": "too many requests"}}
    action = {"status": 429, "headers": {"Retry-After": "17"}, "body": body}
    bench.fault(UPGRADE, action, method="POST", times=None)
    run = run_plan(bench, plan_domain(bench))
    assert (run.phase, run.reason) == (Phase.FAULTED, "throttled")
    assert "too many requests" in run.message
    assert bench.effects() == []


def sign_in_as(bench: Bench, monkeypatch: pytest.MonkeyPatch, context: AzureContext) -> None:
    """Makes the bench's gateway report this context, also for its writes."""
    prepare = ArmGateway.prepare_write

    def prepare_write(_self: ArmGateway) -> AzureContext:
        prepare(_self)
        return context

    monkeypatch.setattr(ArmGateway, "prepare_write", prepare_write)
    monkeypatch.setattr(ArmGateway, "context", property(lambda _self: context))


def test_another_principal_than_the_one_who_confirmed_writes_nothing(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
    honest = bench.gateway.context

    def signed_in_as(name: str) -> None:
        sign_in_as(bench, monkeypatch, replace(honest, principal=name))

    signed_in_as("ana@contoso.com")
    name = bench.services.run_control.start(plan)
    signed_in_as("bob@contoso.com")
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "not signed in")
    assert "confirmed as ana@contoso.com" in run.message
    assert bench.requests("PATCH") == []
    with pytest.raises(RunRefused, match=r"sign-in is bob@contoso\.com now"):
        bench.services.run_control.resume(name)
    signed_in_as("ana@contoso.com")
    bench.services.run_control.resume(name)
    assert bench.run_worker(name).phase is Phase.COMPLETED


def test_a_worker_whose_lock_was_taken_away_writes_nothing_more(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench))
    folder = bench.run_folder(name)

    def takes_it_away(_run: Run) -> bool:
        folder.lock.path.unlink(missing_ok=True)
        return False

    with pytest.raises(LockLost):
        bench.run_worker(name, until=takes_it_away)
    assert bench.requests("POST", "manualupgrade") == []
    assert folder.read_run()[0].open_batch is None


@pytest.mark.parametrize("demo", [True, False])
def test_a_worker_outlives_a_lost_network_but_not_the_demo_world_it_ran_in(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    bench = make_bench()
    sign_in_as(bench, monkeypatch, replace(bench.gateway.context, demo=demo))
    name = bench.services.run_control.start(plan_domain(bench))
    failed = [0]

    def unreachable(_self: object) -> None:
        failed[0] += 1
        if failed[0] > 3 * DEMO_GONE_AFTER:
            raise WorkerKilled
        raise Unreachable("connection refused")

    monkeypatch.setattr(Poller, "read_whole", unreachable)
    if demo:
        assert bench.run_worker(name).phase is Phase.ROLLING_FORWARD
        assert failed[0] == DEMO_GONE_AFTER
    else:
        with pytest.raises(WorkerKilled):
            bench.run_worker(name)
    assert bench.requests("POST", "manualupgrade") == []
