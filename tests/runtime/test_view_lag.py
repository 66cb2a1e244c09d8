"""Runs over real HTTP whose views lag behind the truth; what happened is the ledger's word."""

from collections import Counter

from tests.support.bench import NEWEST, BenchFactory
from tests.support.domain_run import event_kinds, plan_domain
from tests.support.view_lag import EVERYWHERE, let_views_lag
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade.run.run import Phase

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
    let_views_lag(bench, 120, *EVERYWHERE)
    plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    assert Counter(bench.effects()) == Counter(plan.instance_ids)
    assert "InstancesFailed" not in event_kinds(bench, name)
