"""Requests of this machine a moment ago, which the instance views may not show yet."""

import pytest

from tests.support.bench import BenchFactory
from tests.support.domain_run import plan_domain
from tests.support.operation_runs import plan_request, records
from tests.support.view_lag import EVERYWHERE, let_views_lag
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.operations.plan import OmissionReason
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.upgrade.plan.selection import PlanError, Selection


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
