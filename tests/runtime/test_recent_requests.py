"""Requests of this machine a moment ago, which the instance views may not show yet."""

from typing import Any

import pytest

from tests.support.bench import Bench, BenchFactory
from tests.support.domain_run import plan_domain
from tests.support.operation_runs import plan_request, records
from tests.support.view_lag import (
    EVERYWHERE,
    hide_state_of_the_set,
    instances_down,
    let_views_lag,
)
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.operations.plan import OmissionReason, plan_operation
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.run.run import Phase, Run


def records_of(bench: Bench, name: str, kind: type[Any]) -> list[Any]:
    journal = bench.services.run_control.follow(name).read_new()
    return [record for record in journal if isinstance(record.body, kind)]


def test_an_instance_is_not_restarted_again_before_the_first_restart_shows(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.scale_in(10)
    let_views_lag(bench, 45, *EVERYWHERE)
    operations = bench.services.instance_operations
    one = plan_request(bench, OperationKind.RESTART, Selection(instance_ids=("1",)))
    both = plan_request(bench, OperationKind.RESTART, Selection(instance_ids=("1", "3")))
    operations.begin(one)
    assert operations.begin(both).plan.instance_ids == ("3",)
    with pytest.raises(PlanError, match=str(OmissionReason.BUSY)):
        operations.begin(one)
    assert sorted(bench.effects("restart")) == ["1", "3"]


def test_a_deallocation_may_follow_at_once_because_it_preempts(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.scale_in(10)
    let_views_lag(bench, 45, *EVERYWHERE)
    for kind in (OperationKind.RESTART, OperationKind.DEALLOCATE):
        plan = plan_request(bench, kind, Selection(instance_ids=("1",)))
        bench.services.instance_operations.begin(plan)
    assert bench.effects("deallocate") == ["1"]


@pytest.mark.parametrize("kind", [OperationKind.RESTART, OperationKind.PROTECT, None])
def test_a_write_gives_way_to_a_run_that_begins_after_its_last_check(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, kind: OperationKind | None
) -> None:
    """The last check comes after the record of the write, which the run would see."""
    bench = make_bench()
    bench.scale_in(10)
    services, log = bench.services, bench.services.operations_log
    run_plan, write = plan_domain(bench), log.write

    def write_and_start(record: OperationRecord) -> None:
        write(record)
        if not record.answer:
            folder = services.store.find(services.run_control.start(run_plan))
            assert folder.take_lock(bench.clock.wall())  # as its worker does

    model = services.queries.read_model(bench.set_id)
    edit = change_from_edit(model, Edit(capacity=9))
    operation = plan_request(bench, kind or OperationKind.RESTART, Selection(instance_ids=("1",)))
    monkeypatch.setattr(log, "write", write_and_start)
    with pytest.raises(RunRefused, match="is live"):
        services.instance_operations.begin(operation) if kind else services.model_writer.save(
            model, edit
        )
    sent = [bench.requests(*request) for request in (("POST", "restart"), ("PATCH",), ("PUT",))]
    assert sent == [[], [], []]
    assert [record.answer for record in records(bench)] == ["", "refused"]


def test_a_run_waits_for_what_an_aborted_one_has_just_asked(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    hide_state_of_the_set(bench, monkeypatch)
    first = plan_domain(bench, Selection(update_domains=(1,)))
    second = plan_domain(bench, Selection(update_domains=(2,)))
    bench.control(
        "POST", "faults", {"instance": "lag", "scale_set": "web-rg/web-vmss", "period": 45}
    )
    name = bench.services.run_control.start(first)
    bench.run_worker(name, until=lambda run: bool(run.open_batch and run.open_batch.answered))
    bench.services.run_control.send_intent(name, IntentKind.ABORT)
    assert bench.run_worker(name).phase is Phase.CANCELLED
    after = bench.services.run_control.start(second)
    bench.run_worker(after, until=lambda run: run.refusals == 0 and run.retry_at is not None)
    refused = records_of(bench, after, ev.BatchRefused)
    assert f"the last batch of {name} was requested a moment ago" in refused[0].body.message
    run = bench.run_worker(after, until=lambda run: run.phase is not Phase.ROLLING_FORWARD)
    assert (run.phase, run.reason) == (Phase.PAUSED, "foreign"), "the first batch is at work"
    assert not set(bench.effects()) & set(second.instance_ids)


def test_a_run_waits_for_what_an_operation_has_just_taken_down(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    hide_state_of_the_set(bench, monkeypatch)
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = plan_domain(bench)
    bench.control(
        "POST", "faults", {"instance": "lag", "scale_set": "web-rg/web-vmss", "period": 45}
    )
    operation = plan_operation(snapshot, OperationKind.DEALLOCATE, Selection(update_domains=(0,)))
    bench.services.instance_operations.begin(operation)
    name = bench.services.run_control.start(plan)
    run = bench.run_worker(name, until=lambda run: run.phase is not Phase.ROLLING_FORWARD)
    assert (run.phase, run.reason) == (Phase.PAUSED, "foreign"), "what is deallocated shows now"
    bench.simulator.clock.advance(70)
    later = bench.services.queries.observe(bench.set_id)
    assert sum(not i.available for i in later.instances) <= plan.unavailable_budget
    assert "the operation deallocate" in records_of(bench, name, ev.BatchRefused)[0].body.message


def test_a_batch_after_a_resume_waits_for_what_was_restarted_meanwhile(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    hide_state_of_the_set(bench, monkeypatch)
    bench.scale_in(20)
    let_views_lag(bench, 45, *EVERYWHERE)
    plan = plan_domain(
        bench,
        Selection(),
        max_batch_instance_percent=Amount(count=4),
        max_unhealthy_instance_percent=Amount(count=4),
    )
    control, name = bench.services.run_control, bench.services.run_control.start(plan)
    restarted: list[str] = []
    down: dict[float, int] = {}
    """Instances that are down, every ten simulated seconds after the resume."""

    def meanwhile(run: Run) -> bool:
        if restarted and (now := bench.clock.run() // 10) not in down:
            down[now] = len(instances_down(bench))
        if run.open_batch is not None and not restarted and run.phase is Phase.ROLLING_FORWARD:
            control.send_intent(name, ev.IntentKind.PAUSE)
        if run.phase is Phase.PAUSED and run.open_batch is None and not restarted:
            restarted.extend(restart_three(bench, plan.instance_ids))
            control.resume(name)
        return run.ended or (bool(restarted) and run.reason == "foreign")

    run = bench.run_worker(name, until=meanwhile)
    assert len(restarted) == 3
    assert (run.phase, run.reason) == (Phase.PAUSED, "foreign"), "the restarts show by now"
    assert max(down.values()) == 3
    refusals = [record.body for record in control.follow(name).read_new()]
    messages = [event.message for event in refusals if isinstance(event, ev.BatchRefused)]
    assert messages == [
        "Not sent: the operation restart was requested a moment ago, and may not show yet."
    ]


def restart_three(bench: Bench, planned: tuple[str, ...]) -> list[str]:
    """Restarts the last three instances of the plan; returns their ids."""
    snapshot = bench.services.queries.observe(bench.set_id)
    selection = Selection(instance_ids=planned[-3:])
    plan = plan_operation(snapshot, OperationKind.RESTART, selection)
    bench.services.instance_operations.begin(plan)
    return list(plan.instance_ids)
