"""Runs over sets that are rare: an instance mix, attached machines, applications with phases."""

import pytest

from tests.support.bench import Bench, BenchFactory
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.upgrade.plan.plan import LeftOutReason, Plan
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

IN_FEW_BATCHES = Policy(
    max_batch_instance_percent=Amount(percent=50),
    max_unhealthy_instance_percent=Amount(percent=50),
)


def left_out(plan: Plan, reason: LeftOutReason) -> set[str]:
    return {entry.instance_id for entry in plan.left_out if entry.reason is reason}


def run_plan(bench: Bench, plan: Plan) -> Phase:
    return bench.run_worker(bench.services.run_control.start(plan)).phase


def test_an_instance_mix_is_upgraded_where_it_is_outdated_and_completes(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("instance-mix")
    before = bench.services.queries.observe(bench.set_id)
    outdated = {i.instance_id for i in before.instances if i.latest_model_applied is False}
    sizes = {i.instance_id: i.vm_size for i in before.instances}
    assert 0 < len(outdated) < len(before.instances)
    plan = bench.plan_run(Selection(), IN_FEW_BATCHES)
    assert set(plan.instance_ids) == outdated
    assert run_plan(bench, plan) is Phase.COMPLETED
    assert sorted(bench.effects()) == sorted(outdated)
    after = bench.services.queries.observe(bench.set_id)
    assert after.current == len(after.instances)
    assert {i.instance_id: i.vm_size for i in after.instances} == sizes


def test_a_run_over_a_set_leaves_attached_machines_alone(make_bench: BenchFactory) -> None:
    bench = make_bench("attached")
    plan = bench.plan_run(Selection(everything=True), IN_FEW_BATCHES)
    assert left_out(plan, LeftOutReason.ATTACHED) == {"billing-win", "old-proxy"}
    assert run_plan(bench, plan) is Phase.COMPLETED
    assert not {"billing-win", "old-proxy"} & set(bench.effects())


def test_an_attached_machine_that_is_named_is_upgraded_and_the_run_ends(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("attached")
    plan = bench.plan_run(Selection(instance_ids=("old-proxy",)), IN_FEW_BATCHES)
    assert plan.undetermined == ("old-proxy",)
    assert run_plan(bench, plan) is Phase.COMPLETED
    assert bench.effects() == ["old-proxy"]


def test_a_set_of_attached_machines_only_has_no_problem_and_no_plan(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("attached")
    bare = ScaleSetId(bench.set_id.subscription_id, "shop-rg", "sql-vmss")
    snapshot = bench.services.queries.observe(bare)
    assert (len(snapshot.instances), snapshot.problems) == (3, 0)
    assert all(instance.attached_reason for instance in snapshot.instances)
    with pytest.raises(RunRefused, match="has no model"):
        bench.services.planner.plan(snapshot, Selection(), Policy())


def test_applications_are_skipped_and_ordered_as_they_report(make_bench: BenchFactory) -> None:
    bench = make_bench("rich-health")
    bench.edit(**{"properties.upgradePolicy.mode": "Manual", "sku.name": "Standard_D8s_v5"})
    snapshot = bench.services.queries.observe(bench.set_id)
    assert snapshot.scale_set.health_source == "Application Health extension, rich states"
    plan = bench.services.planner.plan(snapshot, Selection(), IN_FEW_BATCHES)
    assert left_out(plan, LeftOutReason.SKIP_UPGRADE) == {"4"}
    assert [batch.row for batch in plan.batches][:2] == ["UD 1, phase 0", "UD 0, phase 2"]
    assert plan.instance_ids[:2] == ("6", "5")
    assert all(batch.row.endswith(", no phase") for batch in plan.batches[2:])


def test_a_set_in_an_edge_zone_is_offered_only_what_the_zone_has(make_bench: BenchFactory) -> None:
    bench = make_bench("edge-zone")
    model = bench.services.queries.read_model(bench.set_id)
    assert model.place == "westus microsoftlosangeles1"
    zone = bench.services.images.read_versions(model)
    assert zone.region == model.place
    assert bench.requests("GET", "/edgeZones/microsoftlosangeles1/publishers/")
    assert model.image is not None
    assert zone.newest in {version.name for version in zone.versions}
