"""Operations through the real gateway against the simulator: effects counted in its ledger."""

import pytest
from msgspec import structs

from tests.support.bench import BenchFactory
from tests.support.full_disk import fill_disk_after_send
from tests.support.operation_runs import (
    EFFECTS,
    LISTED,
    ON_SET,
    SCOPES,
    SOME,
    follow,
    plan_request,
    prepare,
    records,
    run_operation,
    written_paths,
)
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set import PowerState
from vmss_tui.operations.plan import OmissionReason
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.storage.journal import JournalError
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.run.run import Phase

pytestmark = pytest.mark.usefixtures("rare_readings")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("verb", LISTED)
def test_an_operation_is_one_request_and_touches_exactly_those_that_are_meant(
    make_bench: BenchFactory, verb: OperationKind, scope: str
) -> None:
    bench = make_bench()
    selection = SCOPES[scope]
    prepare(bench, verb, selection)
    before = len(written_paths(bench))
    plan = plan_request(bench, verb, selection)
    operation = follow(bench, bench.services.instance_operations.begin(plan))
    assert written_paths(bench)[before:] == [f"/{EFFECTS[verb]}"]
    assert sorted(bench.effects(EFFECTS[verb])) == sorted(plan.instance_ids)
    assert operation.progress.succeeded
    assert not plan.omitted
    left = {i.instance_id for i in bench.services.queries.observe(bench.set_id).instances}
    gone = set(plan.instance_ids) if verb is OperationKind.DELETE else set()
    assert len(left) == 100 - len(gone)
    assert not left & gone


@pytest.mark.parametrize("selection", [Selection(zone="2"), Selection(zone="1", fault_domain=0)])
def test_a_zone_is_exactly_its_instances(make_bench: BenchFactory, selection: Selection) -> None:
    bench = make_bench("zonal")
    zone = {
        i.instance_id
        for i in bench.services.queries.observe(bench.set_id).instances
        if i.zone == selection.zone
    }
    assert run_operation(bench, OperationKind.RESTART, selection).progress.succeeded
    assert set(bench.effects("restart")) == zone
    assert written_paths(bench) == ["/restart"]


def test_a_placement_group_is_exactly_its_instances(make_bench: BenchFactory) -> None:
    bench = make_bench("thousand")
    snapshot = bench.services.queries.observe(bench.set_id)
    group = snapshot.instances[0].placement_group
    assert group is not None
    members = {i.instance_id for i in snapshot.instances if i.placement_group == group}
    operation = run_operation(bench, OperationKind.RESTART, Selection(placement_group=group[:8]))
    assert operation.progress.succeeded
    assert set(bench.effects("restart")) == members
    assert len(members) == 100
    assert written_paths(bench) == ["/restart"]


def test_the_members_of_a_large_set_are_followed_without_listing_it_again(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("thousand")
    plan = plan_request(bench, OperationKind.RESTART, Selection(instance_ids=("5", "6")))
    lists = len([r for r in bench.requests("GET") if r["path"].endswith("/virtualMachines")])
    assert lists == 10
    assert follow(bench, bench.services.instance_operations.begin(plan)).progress.succeeded
    assert (
        len([r for r in bench.requests("GET") if r["path"].endswith("/virtualMachines")]) == lists
    )


def test_what_is_gone_or_as_wanted_by_now_is_left_out_and_told(make_bench: BenchFactory) -> None:
    bench = make_bench()
    plan = plan_request(bench, OperationKind.POWER_OFF, Selection(instance_ids=("3", "11", "42")))
    run_operation(bench, OperationKind.DELETE, Selection(instance_ids=("3",)))
    run_operation(bench, OperationKind.POWER_OFF, Selection(instance_ids=("11",)))
    operation = follow(bench, bench.services.instance_operations.begin(plan))
    assert operation.plan.instance_ids == ("42",)
    left = {record.instance_id: record.reason for record in operation.plan.omitted}
    assert left == {"3": OmissionReason.GONE, "11": OmissionReason.STOPPED}
    assert sorted(bench.effects("poweroff")) == ["11", "42"]


def test_when_nobody_is_left_nothing_is_sent(make_bench: BenchFactory) -> None:
    bench = make_bench()
    plan = plan_request(bench, OperationKind.POWER_OFF, Selection(instance_ids=("11",)))
    run_operation(bench, OperationKind.POWER_OFF, Selection(instance_ids=("11",)))
    assert bench.services.instance_operations.begin(plan).progress.succeeded
    gone = plan_request(bench, OperationKind.DELETE, Selection(instance_ids=("11",)))
    run_operation(bench, OperationKind.DELETE, Selection(instance_ids=("11",)))
    with pytest.raises(PlanError, match="no longer in the scale set"):
        bench.services.instance_operations.begin(gone)
    assert len(bench.requests("POST", "/poweroff")) == 1
    assert len(bench.requests("POST", "virtualMachineScaleSets/web-vmss/delete")) == 1


def test_an_id_that_azure_calls_stale_is_dropped_and_the_rest_asked_once(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    message = "The provided instanceId 11 is not an active Virtual Machine Scale Set VM instanceId."
    body = {"error": {"code": "InvalidParameter", "message": message, "target": "instanceIds"}}
    bench.fault(f"{ON_SET}restart$", {"status": 400, "body": body}, method="POST")
    operation = run_operation(bench, OperationKind.RESTART, SOME)
    assert operation.plan.instance_ids == ("3", "42")
    assert bench.effects("restart") == ["3", "42"]
    answers = [record.answer for record in records(bench) if record.answer]
    assert answers == ["refused", "accepted", "settled"]


def test_what_is_asked_is_in_the_record_before_its_answer_and_its_end(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    run_operation(bench, OperationKind.RESTART, SOME)
    request, answered, settled = records(bench)
    assert (request.verb, request.instance_ids) == ("restart", SOME.instance_ids)
    assert request.az == ("az vmss restart -g web-rg -n web-vmss --instance-ids 3 11 42",)
    assert request.by
    assert answered.answer == "accepted"
    assert answered.operation_url.startswith(bench.simulator.endpoint)
    assert (settled.answer, settled.message) == ("settled", "3 of 3 restarted")
    assert len({record.request_id for record in (request, answered, settled)}) == 1
    assert bench.requests("POST")[0]["client_request_id"] == request.request_id


def test_without_a_record_nothing_is_sent(make_bench: BenchFactory) -> None:
    bench = make_bench()
    (bench.services.store.state_folder / "operations.jsonl").mkdir()
    for verb in (OperationKind.RESTART, OperationKind.PROTECT):
        with pytest.raises(JournalError):
            bench.services.instance_operations.begin(plan_request(bench, verb, SOME))
    assert written_paths(bench) == []


@pytest.mark.parametrize("verb", [OperationKind.RESTART, OperationKind.PROTECT])
def test_an_answer_that_cannot_be_recorded_is_no_sign_that_nothing_was_sent(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, verb: OperationKind
) -> None:
    bench = make_bench()
    fill_disk_after_send(monkeypatch)
    assert run_operation(bench, verb, SOME).progress.succeeded
    assert sorted(bench.effects(EFFECTS[verb])) == ["11", "3", "42"]


def test_read_only_refuses_every_operation_before_anything_is_sent(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench(read_only=True)
    plan = plan_request(bench, OperationKind.RESTART, SOME)
    for verb in OperationKind:
        with pytest.raises(RunRefused, match="read-only"):
            bench.services.instance_operations.begin(structs.replace(plan, kind=verb))
    assert written_paths(bench) == []
    assert records(bench) == []


def test_a_live_run_is_to_be_paused_first_and_a_paused_one_stands_aside(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    run = bench.services.planner.plan(
        bench.services.queries.observe(bench.set_id), Selection(update_domains=(0,)), Policy()
    )
    name = bench.services.run_control.start(run)
    plan = plan_request(bench, OperationKind.RESTART, SOME)
    folder = bench.services.store.find(name)
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match=r"a run is live on .*: pause it first"):
        bench.services.instance_operations.begin(plan)
    assert written_paths(bench) == []
    folder.lock.release()
    bench.run_worker(name, until=lambda run: run.open_batch is not None)
    bench.services.run_control.send_intent(name, IntentKind.PAUSE)
    assert folder.take_lock(bench.clock.wall())
    with pytest.raises(RunRefused, match="a run is live"):
        bench.services.instance_operations.begin(plan)
    folder.lock.release()
    held = bench.run_worker(
        name, until=lambda run: run.phase is Phase.PAUSED and run.open_batch is None
    )
    assert held.phase is Phase.PAUSED
    assert folder.take_lock(bench.clock.wall())
    assert follow(bench, bench.services.instance_operations.begin(plan)).progress.succeeded
    folder.lock.release()
    assert bench.effects("restart") == list(SOME.instance_ids)


@pytest.mark.parametrize("verb", [v for v in LISTED if v is not OperationKind.REIMAGE_ALL])
def test_a_flexible_set_is_asked_by_name_in_one_request(
    make_bench: BenchFactory, verb: OperationKind
) -> None:
    bench = make_bench("flexible")
    names = tuple(i.instance_id for i in bench.services.queries.observe(bench.set_id).instances[:3])
    selection = Selection(instance_ids=names)
    prepare(bench, verb, selection)
    before = len(written_paths(bench))
    assert run_operation(bench, verb, selection).progress.succeeded
    assert written_paths(bench)[before:] == [f"/{EFFECTS[verb]}"]
    assert sorted(bench.effects(EFFECTS[verb])) == sorted(names)


def test_a_stopped_instance_is_started_and_a_deallocated_one_too(make_bench: BenchFactory) -> None:
    bench = make_bench()
    run_operation(bench, OperationKind.POWER_OFF, Selection(instance_ids=("3",)))
    run_operation(bench, OperationKind.DEALLOCATE, Selection(instance_ids=("11",)))
    off = bench.services.queries.observe(bench.set_id).by_id
    assert (off["3"].power, off["11"].power) == (PowerState.STOPPED, PowerState.DEALLOCATED)
    plan = plan_request(bench, OperationKind.START, SOME)
    assert plan.instance_ids == ("3", "11")
    assert follow(bench, bench.services.instance_operations.begin(plan)).progress.succeeded
