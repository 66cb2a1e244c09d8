"""Edits to images and sizes that the catalogue does not offer, against a simulated catalogue."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.domain_run import DOMAIN_1
from tests.support.fleets import scale_set
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.gateway import NotSignedIn, Unreachable
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.offers import NotOffered
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.run.run import Phase

pytestmark = pytest.mark.usefixtures("rare_readings")

WITHDRAWN = "22.04.202508140"


def compare(bench: Bench, edit: Edit) -> str:
    """Reads the catalogue for an edit and compares it; returns what could not be read."""
    model = bench.services.queries.read_model(bench.set_id)
    problem = bench.services.offers.read(model, edit)
    bench.services.offers.check(model, edit)
    return problem


@pytest.mark.parametrize(
    "edit",
    [Edit(image_version=NEWEST), Edit(image_version="latest"), Edit(vm_size="standard_d4s_v5")],
)
def test_what_the_catalogue_offers_passes(make_bench: BenchFactory, edit: Edit) -> None:
    assert compare(make_bench(), edit) == ""


@pytest.mark.parametrize(
    ("edit", "field", "message"),
    [
        (Edit(image_version="22.04.209901010"), "image_version", "not offered in eastus"),
        (Edit(image_version=WITHDRAWN), "image_version", "deprecated"),
        (Edit(image_sku="nowhere", image_version=NEWEST), "image_version", "has no image"),
        (Edit(vm_size="Standard_X9000"), "vm_size", "not offered to this scale set in eastus"),
    ],
)
def test_what_it_does_not_offer_is_refused_with_what_there_is(
    make_bench: BenchFactory, edit: Edit, field: str, message: str
) -> None:
    with pytest.raises(NotOffered, match=message) as refused:
        compare(make_bench(), edit)
    assert refused.value.field == field


def test_a_gallery_version_that_is_not_replicated_to_the_region_is_refused(
    make_bench: BenchFactory,
) -> None:
    with pytest.raises(NotOffered, match="not replicated to eastus"):
        compare(make_bench("windows-gallery"), Edit(image_version="2.6.0"))


def test_a_catalogue_that_cannot_be_read_refuses_nothing(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.fault("/publishers/", {"status": 403, "body": {"error": {"code": "No", "message": "no"}}})
    assert "no" in compare(bench, Edit(image_version="22.04.209901010"))


@pytest.mark.parametrize(
    ("failure", "is_raised"),
    [
        (Unreachable("server error", status=500), False),
        (Unreachable("no route"), True),
        (NotSignedIn("no token"), True),
        (KeyboardInterrupt(), True),
    ],
)
def test_versions_that_cannot_be_read_stay_unknown_and_ctrl_c_ends_all_reads(
    failure: BaseException, is_raised: bool
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise failure

    images, cancellation = Images(cast(Any, SimpleNamespace(list_versions=fail))), Cancellation()
    model = scale_set()
    if is_raised:
        with pytest.raises(type(failure)):
            images.read_all_versions([model], cancellation)
    else:
        images.read_all_versions([model], cancellation)
    assert images.versions_behind(model) is None
    assert cancellation.is_requested == isinstance(failure, KeyboardInterrupt)


def test_a_version_that_was_published_after_the_list_was_read_passes(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    model = bench.services.queries.read_model(bench.set_id)
    bench.services.images.read_versions(model)
    with pytest.raises(NotOffered):
        compare(bench, Edit(image_version="22.04.209901010"))
    lists = bench.requests("GET", "/versions")
    assert len(lists) == 2, "the list is read again before a refusal"


def test_a_planner_refuses_what_was_read_and_is_not_offered_unless_told_otherwise(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    edit = Edit(image_version="22.04.209901010")
    snapshot = bench.services.queries.observe(bench.set_id)
    bench.services.offers.read(snapshot.scale_set, edit)
    with pytest.raises(NotOffered):
        bench.services.planner.plan(snapshot, DOMAIN_1, Policy(), edit)
    plan = bench.services.planner.plan(snapshot, DOMAIN_1, Policy(), edit, anyway=True)
    assert plan.edit is not None


def test_a_run_whose_edit_was_refused_for_its_value_cannot_be_resumed(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench()
    plan = bench.plan_run(DOMAIN_1, edit=Edit(image_version="22.04.209901010"))
    name = bench.services.run_control.start(plan)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused")
    assert "PlatformImageNotFound" in run.message
    with pytest.raises(RunRefused, match="would refuse its edit again"):
        bench.services.run_control.resume(name)
    assert len(bench.requests("PATCH")) == 1


def test_a_run_whose_edit_was_refused_by_a_policy_can_be_resumed(make_bench: BenchFactory) -> None:
    bench = make_bench()
    body = {"error": {"code": "RequestDisallowedByPolicy", "message": "disallowed by policy"}}
    bench.fault("Sets", {"status": 403, "body": body}, method="PATCH", times=1)
    name = bench.services.run_control.start(
        bench.plan_run(DOMAIN_1, edit=Edit(image_version=NEWEST))
    )
    assert bench.run_worker(name).phase is Phase.FAULTED
    bench.services.run_control.resume(name)
    bench.run_worker(name, until=lambda run: bool(run.pinned_digest))
    assert len(bench.requests("PATCH")) == 2
