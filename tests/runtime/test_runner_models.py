"""Models that another writer changes while a run edits or upgrades, and edits that go wrong."""

import pytest

from tests.support.bench import NEWEST, BenchFactory
from tests.support.domain_run import plan_domain, run_plan
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Amount
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.sentences import describe_unapplied
from vmss_tui.upgrade.run.run import Phase, Stage

pytestmark = pytest.mark.usefixtures("rare_readings")


def test_a_model_that_somebody_wrote_meanwhile_halts_the_run_before_the_next_batch(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = plan_domain(bench, Selection(), max_batch_instance_percent=Amount(count=16))
    name = bench.services.run_control.start(plan)
    bench.run_worker(name, until=lambda run: run.count(Stage.UPGRADED) >= 16)
    image = "properties.virtualMachineProfile.storageProfile.imageReference"
    bench.edit(**{f"{image}.version": "22.04.202512010"})
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert "22.04.202512010" in run.message
    assert len(bench.effects()) == 16


def test_an_edit_against_a_model_that_was_written_since_the_plan_sends_nothing(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
    bench.edit(**{"sku.name": "Standard_D8s_v5"})
    run = run_plan(bench, plan)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert bench.requests("PATCH") == []
    assert bench.effects() == []


def test_an_etag_that_moved_by_itself_costs_one_more_reading_only(make_bench: BenchFactory) -> None:
    bench = make_bench()
    refused = {"error": {"code": "PreconditionFailed", "message": "Etag does not match."}}
    bench.fault("virtualMachineScaleSets/[^/]+$", {"status": 412, "body": refused}, method="PATCH")
    run = run_plan(bench, plan_domain(bench, edit=Edit(image_version=NEWEST)))
    assert run.phase is Phase.COMPLETED
    assert [request["status"] for request in bench.requests("PATCH")] == [412, 200]


def test_a_lost_answer_to_the_model_edit_is_resolved_by_looking(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.fault("virtualMachineScaleSets/[^/]+$", {"drop_after": True}, method="PATCH")
    plan = plan_domain(bench, edit=Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    assert len(bench.requests("PATCH")) == 1
    assert ev.ModelAccepted(observed=True) in [
        r.body for r in bench.services.run_control.follow(name).read_new()
    ]


def test_an_image_that_never_becomes_healthy_stops_the_run_in_its_first_batch(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("bad-image")
    plan = plan_domain(
        bench,
        Selection(everything=True),
        Edit(image_version=NEWEST),
        max_batch_instance_percent=Amount(count=5),
    )
    run = run_plan(bench, plan)
    assert (run.phase, run.reason) == (Phase.FAULTED, "failure")
    assert "healthy" in run.message
    assert len(set(bench.effects())) == 5


def test_a_run_over_another_change_than_image_and_size_does_not_call_all_of_it_done(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    bench.scale_in(20)
    current = bench.services.queries.observe(bench.set_id).instances
    ids = tuple(i.instance_id for i in current if i.latest_model_applied)[:1]
    bench.edit(**{"properties.virtualMachineProfile.licenseType": "RHEL_BYOS"})
    plan = bench.plan_run(Selection(instance_ids=ids))
    assert plan.other_changes == ids
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert run.phase is Phase.COMPLETED
    sentence = describe_unapplied(run)
    assert sentence.startswith(f"Possibly not applied to instance {ids[0]}: ")
    assert "no changed custom data" in sentence
