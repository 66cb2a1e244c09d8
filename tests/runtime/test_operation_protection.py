"""Protection of instances: one write for each of them, recorded with what restores it."""

import pytest

from tests.support.bench import BenchFactory
from tests.support.operation_runs import SOME, follow, plan_request, records, run_operation
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionPolicy, ProtectionScope
from vmss_tui.gateway import ReadOnly
from vmss_tui.operations.plan import OmissionReason
from vmss_tui.upgrade.plan.selection import Selection

pytestmark = pytest.mark.usefixtures("rare_readings")


@pytest.mark.parametrize("guard", ProtectionScope)
@pytest.mark.parametrize("verb", [OperationKind.PROTECT, OperationKind.UNPROTECT])
def test_protection_is_one_put_for_each_instance_with_its_etag(
    make_bench: BenchFactory, verb: OperationKind, guard: ProtectionScope
) -> None:
    bench = make_bench()
    if verb is OperationKind.UNPROTECT:
        run_operation(bench, OperationKind.PROTECT, SOME, ProtectionScope.SET_ACTIONS)
    before = len(bench.requests("PUT"))
    assert run_operation(bench, verb, SOME, guard).progress.succeeded
    puts = [record["path"].rpartition("/")[2] for record in bench.requests("PUT")[before:]]
    assert sorted(puts) == ["11", "3", "42"]
    start = ProtectionPolicy(verb is OperationKind.UNPROTECT, verb is OperationKind.UNPROTECT)
    for instance_id in SOME.instance_ids:
        protection = bench.gateway.read_protection(bench.set_id, instance_id)
        assert protection == start.after(verb, guard)
        assert protection.etag


def test_protection_leaves_the_rest_of_the_instance_as_it_was(make_bench: BenchFactory) -> None:
    bench = make_bench()
    before = bench.gateway.read_instance(bench.set_id, "7")
    run_operation(bench, OperationKind.PROTECT, Selection(instance_ids=("7",)))
    after = bench.gateway.read_instance(bench.set_id, "7")
    moving = {"protectionPolicy", "instanceView", "provisioningState"}
    for tree in (before, after):
        kept = {k: v for k, v in tree["properties"].items() if k not in moving}
        assert kept == {k: v for k, v in before["properties"].items() if k not in moving}
    assert after["tags"] == before["tags"]


def test_an_instance_that_is_protected_so_by_now_is_not_written_again(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = plan_request(bench, OperationKind.PROTECT, SOME)
    run_operation(bench, OperationKind.PROTECT, Selection(instance_ids=("3",)))
    operation = follow(bench, bench.services.instance_operations.begin(plan))
    assert operation.plan.instance_ids == ("11", "42")
    assert len(bench.requests("PUT")) == 3


def test_what_is_protected_from_set_actions_is_left_out_until_it_is_unprotected(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    run_operation(
        bench, OperationKind.PROTECT, Selection(instance_ids=("11",)), ProtectionScope.SET_ACTIONS
    )
    plan = plan_request(bench, OperationKind.REIMAGE, SOME)
    assert [(e.instance_id, e.reason) for e in plan.omitted] == [("11", OmissionReason.PROTECTED)]
    run_operation(bench, OperationKind.UNPROTECT, Selection(instance_ids=("11",)))
    assert not plan_request(bench, OperationKind.REIMAGE, SOME).omitted


def test_each_protection_is_recorded_with_what_puts_it_back(make_bench: BenchFactory) -> None:
    bench = make_bench()
    run_operation(bench, OperationKind.PROTECT, SOME, ProtectionScope.SET_ACTIONS)
    intents = [record for record in records(bench) if record.verb and not record.answer]
    assert sorted(record.instance_ids for record in intents) == [("11",), ("3",), ("42",)]
    for record in intents:
        assert record.body == ProtectionPolicy(True, True).body
        assert record.undo == ProtectionPolicy(False, False).body
    assert len([record for record in records(bench) if record.answer == "accepted"]) == 3


def test_the_pipeline_itself_refuses_a_protection_in_read_only(make_bench: BenchFactory) -> None:
    bench = make_bench(read_only=True)
    bench.gateway.prepare_write()
    with pytest.raises(ReadOnly):
        bench.gateway.protect(bench.set_id, "7", ProtectionPolicy(True), "a-request")
    assert bench.requests("PUT") == []


def test_a_flexible_instance_is_protected_by_its_path_in_the_set(make_bench: BenchFactory) -> None:
    bench = make_bench("flexible")
    name = bench.services.queries.observe(bench.set_id).instances[0].instance_id
    selection = Selection(instance_ids=(name,))
    assert run_operation(bench, OperationKind.PROTECT, selection).progress.succeeded
    assert bench.gateway.read_protection(bench.set_id, name) == ProtectionPolicy(True, False)
    assert bench.effects("instance") == [name]
