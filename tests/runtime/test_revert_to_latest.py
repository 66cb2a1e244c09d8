"""Reverts to a model that says `latest`: the image that the instances ran comes back."""

import re
import shlex
from collections import Counter

import msgspec
import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from vmss_tui.cli.commands.run import run_command
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.model_edit.exact_version import floating_image, with_exact_version
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.ui.text.common import describe_revert
from vmss_tui.upgrade.engine.revert import preview_revert
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.previous_image import previous_image
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import Phase

pytestmark = pytest.mark.usefixtures("rare_readings")

VERSION = "properties.virtualMachineProfile.storageProfile.imageReference.version"
OLD, OLDER = "22.04.202511010", "22.04.202510010"
"""What the instances of the scenario run: four in each domain, and the others."""


def bench_at_latest(make_bench: BenchFactory) -> Bench:
    bench = make_bench()
    bench.scale_in(20)
    bench.edit(**{VERSION: "latest"})
    return bench


def exact_versions(bench: Bench) -> dict[str, str]:
    snapshot = bench.services.queries.observe(bench.set_id)
    return {
        instance.instance_id: instance.image.exact_version or ""
        for instance in snapshot.instances
        if instance.image
    }


def pinned_run(bench: Bench, ids: tuple[str, ...], edit: Edit | None = None) -> str:
    """A completed run that edits the model and upgrades these instances."""
    plan = bench.plan_run(Selection(instance_ids=ids), None, edit or Edit(image_version=NEWEST))
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    return name


def ids_with(versions: dict[str, str], version: str, count: int) -> tuple[str, ...]:
    return tuple(i for i, running in versions.items() if running == version)[:count]


def test_a_revert_to_latest_brings_back_the_version_that_the_instances_ran(
    make_bench: BenchFactory,
) -> None:
    bench = bench_at_latest(make_bench)
    before = exact_versions(bench)
    ids = ids_with(before, OLDER, 2)
    name = pinned_run(bench, ids)
    assert {exact_versions(bench)[i] for i in ids} == {NEWEST}
    preview = bench.services.run_control.preview_revert(name)
    assert (preview.instance_ids, preview.image_version) == (ids, OLDER)
    assert preview.diff_lines == (f"{VERSION}: {NEWEST} → {OLDER}",)
    context = bench.services.context
    question = describe_revert(preview, {}, bench.set_id, context, "simulated").plain
    assert f"{OLDER}, which they ran before: `latest` would be the newest" in question
    bench.services.run_control.revert(name)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.ROLLED_BACK, "reverted")
    assert exact_versions(bench) == before
    assert Counter(bench.effects()) == Counter(ids * 2)
    model = bench.services.queries.read_model(bench.set_id)
    assert model.image is not None
    assert model.image.version == OLDER
    assert run.pinned_version == OLDER


def test_different_versions_are_refused_with_the_commands_that_put_them_back(
    make_bench: BenchFactory,
) -> None:
    bench = bench_at_latest(make_bench)
    versions = exact_versions(bench)
    older, old = ids_with(versions, OLDER, 1), ids_with(versions, OLD, 4)
    name = pinned_run(bench, older + old)
    with pytest.raises(RunRefused) as refused:
        bench.services.run_control.revert(name)
    message = refused.value.message
    assert f"{OLDER} (instance {older[0]}); {OLD} (4 instances" in message
    assert len(bench.requests("PATCH")) == 1
    commands = [shlex.split(line) for line in re.findall("`(vmss-tui run [^`]*)`", message)]
    assert len(commands) == 2
    for command in commands:
        parameters = run_command.make_context("run", command[2:]).params
        assert parameters["scale_set"] == bench.set_id.short
        edit = Edit(image_version=parameters["image_version"])
        bench.simulator.clock.advance(300)  # for the limits on requests
        pinned_run(bench, tuple(parameters["instance_ids"]), edit)
    bench.simulator.clock.advance(300)
    assert exact_versions(bench) == versions
    assert Counter(bench.effects()) == Counter((older + old) * 2)


def test_a_plan_of_an_older_version_refuses_and_names_a_way(make_bench: BenchFactory) -> None:
    bench = bench_at_latest(make_bench)
    ids = ids_with(exact_versions(bench), OLDER, 1)
    plan = bench.plan_run(Selection(instance_ids=ids), None, Edit(image_version=NEWEST))
    tree = msgspec.to_builtins(plan)
    del tree["image_versions"]
    older_plan = msgspec.convert(tree, Plan)
    refusal = previous_image(older_plan, ids).refusal
    assert "the plan has no image version of instance" in refusal
    assert f"--instance {ids[0]} --image-version VERSION" in refusal


def test_a_model_that_another_operator_put_back_to_latest_is_pinned_all_the_same(
    make_bench: BenchFactory,
) -> None:
    bench = bench_at_latest(make_bench)
    ids = ids_with(exact_versions(bench), OLDER, 1)
    name = pinned_run(bench, ids)
    bench.edit(**{VERSION: "latest"})
    bench.services.run_control.revert(name)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.ROLLED_BACK, "reverted")
    assert exact_versions(bench)[ids[0]] == OLDER


def test_a_revert_of_a_size_says_that_the_image_stays(make_bench: BenchFactory) -> None:
    bench = bench_at_latest(make_bench)
    ids = ids_with(exact_versions(bench), OLDER, 1)
    name = pinned_run(bench, ids, Edit(vm_size="Standard_D8s_v5"))
    run = bench.services.store.find(name).read_run()[0]
    assert preview_revert(run).leaves_newest_image
    assert preview_revert(run).image_version == ""


def test_an_undone_edit_says_that_latest_is_not_the_earlier_image(
    make_bench: BenchFactory,
) -> None:
    bench = bench_at_latest(make_bench)
    model = bench.services.queries.read_model(bench.set_id)
    writer = bench.services.model_writer
    writer.save(model, change_from_edit(model, Edit(image_version=NEWEST)))
    undo = writer.find_undo(bench.services.queries.read_model(bench.set_id))
    assert undo is not None
    assert "not the one that ran before" in undo.remark


GALLERY = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g"
    "/providers/Microsoft.Compute/galleries/shop/images/web"
)


@pytest.mark.parametrize(
    ("reference", "pinned"),
    [
        ({"id": GALLERY}, {"id": f"{GALLERY}/versions/1.2.3"}),
        ({"id": f"{GALLERY}/versions/latest"}, {"id": f"{GALLERY}/versions/1.2.3"}),
        (
            {"communityGalleryImageId": "/communityGalleries/c/images/web"},
            {"communityGalleryImageId": "/communityGalleries/c/images/web/versions/1.2.3"},
        ),
        ({"publisher": "p", "offer": "o", "sku": "s", "version": "1.0.0"}, None),
        ({"id": GALLERY.replace("galleries/shop/images/web", "images/gold")}, None),
    ],
)
def test_each_form_of_latest_is_pinned_and_an_exact_one_is_left(
    reference: dict[str, str], pinned: dict[str, str] | None
) -> None:
    profile = {"storageProfile": {"imageReference": reference}}
    body = {"sku": {"name": "S"}, "properties": {"virtualMachineProfile": profile}}
    changed = with_exact_version(body, "1.2.3")
    storage = changed["properties"]["virtualMachineProfile"]["storageProfile"]
    assert storage["imageReference"] == (pinned or reference)
    assert changed["sku"] == {"name": "S"}
    assert (floating_image(body) is None) == (pinned is None)
