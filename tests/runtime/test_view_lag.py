"""Runs over real HTTP whose views lag behind the truth; what happened is the ledger's word."""

from collections import Counter

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.domain_run import event_kinds, plan_domain
from tests.support.view_lag import EVERYWHERE, instances_down, let_views_lag
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.operations.plan import plan_operation
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase, Run

LARGER = "Standard_D8s_v5"


def test_an_edit_of_the_size_is_rolled_out_although_the_flag_lags(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.scale_in(20)
    let_views_lag(bench, 90, "latestModelApplied")
    plan = plan_domain(bench, edit=Edit(vm_size=LARGER))
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert run.phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    bench.simulator.clock.advance(120.0)
    after = bench.services.queries.observe(bench.set_id).by_id
    assert {after[i].vm_size for i in plan.instance_ids} == {LARGER}


def test_an_upgrade_that_all_views_show_late_is_no_failure(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.scale_in(20)
    let_views_lag(bench, 90, *EVERYWHERE)
    plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert "InstancesFailed" not in event_kinds(bench, name)


def test_a_batch_after_a_resume_waits_for_what_was_restarted_meanwhile(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.scale_in(20)
    plan = plan_domain(
        bench,
        Selection(),
        max_batch_instance_percent=Amount(count=4),
        max_unhealthy_instance_percent=Amount(count=4),
    )
    control, name = bench.services.run_control, bench.services.run_control.start(plan)
    restarted: list[str] = []
    most: list[int] = [0]

    def meanwhile(run: Run) -> bool:
        most[0] = max(most[0], len(instances_down(bench)))
        if run.open_batch is not None and not restarted and run.phase is Phase.ROLLING_FORWARD:
            control.send_intent(name, ev.IntentKind.PAUSE)
        if run.phase is Phase.PAUSED and run.open_batch is None and not restarted:
            let_views_lag(bench, 45, *EVERYWHERE)
            restarted.extend(restart_three(bench, plan.instance_ids))
            control.resume(name)
        return run.ended or (bool(restarted) and run.reason == "foreign")

    run = bench.run_worker(name, until=meanwhile)
    assert len(restarted) == 3
    assert (run.phase, run.reason) == (Phase.PAUSED, "foreign"), "the restarts show by now"
    assert most[0] == 4
    refusals = [record.body for record in control.follow(name).read_new()]
    messages = [event.message for event in refusals if isinstance(event, ev.BatchRefused)]
    assert messages == [
        "Not sent: the operation restart was asked a moment ago, and may not show yet."
    ]


def restart_three(bench: Bench, planned: tuple[str, ...]) -> list[str]:
    """Restarts the last three instances of the plan; returns their ids."""
    snapshot = bench.services.queries.observe(bench.set_id)
    selection = Selection(instance_ids=planned[-3:])
    plan = plan_operation(snapshot, OperationKind.RESTART, selection)
    bench.services.instance_operations.begin(plan)
    return list(plan.instance_ids)
