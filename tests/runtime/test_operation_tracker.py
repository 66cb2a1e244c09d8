"""Operations outlive the screen that began them: each ends with a record, once."""

import threading

from tests.support.bench import Bench, BenchFactory
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.operations.plan import OperationPlan, plan_operation
from vmss_tui.runtime.operations.instances import InstanceOperation
from vmss_tui.runtime.operations.tracker import OperationTracker
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.ui.text.event_log import operation_lines
from vmss_tui.upgrade.plan.selection import Selection

SOME = Selection(instance_ids=("3", "11", "42"))
PATIENCE = 30.0


def planned(bench: Bench, verb: OperationKind = OperationKind.RESTART) -> OperationPlan:
    return plan_operation(bench.services.queries.observe(bench.set_id), verb, SOME)


def ended() -> None:
    """Every thread that looks after an operation has come to its end."""
    for thread in [t for t in threading.enumerate() if t.name == "after"]:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def answers(bench: Bench) -> list[OperationRecord]:
    return [record for record in bench.services.instance_operations.log.read() if record.answer]


def only(sitting: OperationTracker, bench: Bench) -> InstanceOperation:
    (operation,) = sitting.of_scale_set(bench.set_id)
    return operation


def test_what_a_screen_leaves_is_followed_to_a_settled_record(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sitting = OperationTracker(bench.services.instance_operations)
    sitting.register_reader(bench.set_id)
    sitting.begin(planned(bench))
    reads = len(bench.requests("GET"))
    ended()
    assert len(bench.requests("GET")) == reads, "the screen reads, nobody else"
    sitting.unregister_reader(bench.set_id)
    ended()
    assert only(sitting, bench).progress.succeeded
    assert [(a.answer, a.message) for a in answers(bench)] == [
        ("accepted", ""),
        ("settled", "3 of 3 restarted"),
    ]
    assert sorted(bench.effects("restart")) == ["11", "3", "42"]


def test_an_answer_that_comes_when_the_screen_is_gone_is_followed_all_the_same(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    sitting = OperationTracker(bench.services.instance_operations)
    sitting.begin(planned(bench))
    ended()
    assert [a.answer for a in answers(bench)] == ["accepted", "settled"]


def test_two_who_look_at_once_record_its_end_once(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sitting = OperationTracker(bench.services.instance_operations)
    sitting.register_reader(bench.set_id)
    started = sitting.begin(planned(bench))
    bench.simulator.clock.advance(600)
    snapshot = bench.services.queries.observe(bench.set_id)
    threads = [threading.Thread(target=sitting.update, args=(started, snapshot)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert only(sitting, bench).progress.is_over
    assert [a.answer for a in answers(bench)] == ["accepted", "settled"]


def test_leaving_the_dashboard_records_how_far_it_was(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sitting = OperationTracker(bench.services.instance_operations)
    sitting.register_reader(bench.set_id)
    sitting.begin(planned(bench))
    sitting.close()
    sitting.unregister_reader(bench.set_id)
    ended()
    accepted, left = answers(bench)
    assert (accepted.answer, left.answer) == ("accepted", "left")
    progress_text = "0 of 3 restarted, 3 waiting (the dashboard was closed, Azure continues)"
    assert left.message == progress_text
    messages = [
        line.text for line in operation_lines(bench.set_id, bench.services.operations_log.read())
    ]
    assert messages[-1] == f"restart of 3 instances (3, 11, 42): left: {progress_text}"


def test_the_end_of_what_is_written_one_by_one_says_of_whom_it_is(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sitting = OperationTracker(bench.services.instance_operations)
    sitting.register_reader(bench.set_id)
    sitting.begin(planned(bench, OperationKind.PROTECT))
    sitting.unregister_reader(bench.set_id)
    ended()
    settled = answers(bench)[-1]
    assert (settled.verb, settled.instance_ids) == ("protect", ("3", "11", "42"))
    messages = [
        line.text for line in operation_lines(bench.set_id, bench.services.operations_log.read())
    ]
    assert messages[-1].startswith("protect of 3 instances (3, 11, 42): settled: 3 of 3 ")


def test_losing_sight_of_it_is_recorded_with_the_reason(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sitting = OperationTracker(bench.services.instance_operations)
    sitting.register_reader(bench.set_id)
    sitting.begin(planned(bench))
    bench.fault("/virtualMachines$", {"status": 401, "body": {}}, method="GET", times=None)
    sitting.unregister_reader(bench.set_id)
    ended()
    left = answers(bench)[-1]
    assert left.answer == "left"
    assert "vmss-tui status shows them" in left.message
    assert not only(sitting, bench).progress.is_over, "the next screen looks on"
