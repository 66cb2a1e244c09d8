"""Flexible sets: whether an instance is current is derived from image and size."""

from typing import Any

import pytest
from msgspec import structs

from tests.support.bench import BenchFactory
from vmss_tui.cli.program import main
from vmss_tui.fleet.flexible import (
    fill_in_latest_model_applied,
    has_latest_model,
    missing_extensions,
)
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import (
    ComponentStatus,
    Instance,
    Orchestration,
    PowerState,
    ScaleSet,
    State,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.upgrade.plan.plan import LeftOutReason
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.run.run import Phase

SCALE_SET_ID = ScaleSetId("00000000-0000-0000-0000-000000000000", "rg", "set")
SIZE = "Standard_D4s_v5"
GALLERY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/shop/images/web"


def platform(version: str, exact: str | None = None, **more: str) -> Image:
    names = {"publisher": "Canonical", "offer": "ubuntu", "sku": "server"} | more
    return Image(ImageKind.PLATFORM, **names, version=version, exact_version=exact)


def gallery(version: str = "", exact: str | None = None, name: str = GALLERY) -> Image:
    reference = f"{name}/versions/{version}" if version else name
    return Image(ImageKind.GALLERY, reference=reference, version=version, exact_version=exact)


@pytest.mark.parametrize(
    ("running", "model_image", "size", "current"),
    [
        (platform("1.2.3"), platform("1.2.3"), SIZE, True),
        (platform("latest", "1.2.3"), platform("1.2.3"), SIZE, True),
        (platform("1.2.3", "1.2.4"), platform("1.2.3"), SIZE, False),
        (platform("1.2.3"), platform("1.2.4"), SIZE, False),
        (platform("1.2.3", publisher="CANONICAL"), platform("1.2.3"), SIZE, True),
        (platform("1.2.3", sku="minimal"), platform("1.2.3"), SIZE, False),
        (platform("latest"), platform("1.2.3"), SIZE, None),
        (platform("1.2.3"), platform("latest"), SIZE, None),
        (platform("1.2.3"), platform("1.2.3"), "standard_d4s_V5", True),
        (platform("1.2.3"), platform("1.2.3"), "Standard_D8s_v5", False),
        (platform("1.2.3"), platform("1.2.3"), None, None),
        (platform("1.2.3"), platform("1.2.4"), None, False),
        (None, platform("1.2.3"), SIZE, None),
        (platform("1.2.3"), None, SIZE, None),
        (gallery("2.4.0"), gallery("2.4.0"), SIZE, True),
        (gallery(exact="2.4.0"), gallery("2.4.0"), SIZE, True),
        (gallery(exact="2.10.0"), gallery("2.4.0"), SIZE, False),
        (gallery(), gallery("2.4.0"), SIZE, None),
        (gallery("2.4.0"), gallery(), SIZE, None),
        (gallery("2.4.0", name=f"{GALLERY}2"), gallery("2.4.0"), SIZE, False),
        (platform("1.2.3"), gallery("1.2.3"), SIZE, False),
    ],
)
def test_current_is_the_models_image_and_size_and_nothing_is_guessed(
    running: Image | None, model_image: Image | None, size: str | None, current: bool | None
) -> None:
    model = ScaleSet(
        SCALE_SET_ID, orchestration=Orchestration.FLEXIBLE, image=model_image, vm_size=SIZE
    )
    instance = Instance("set_1", image=running, vm_size=size)
    assert has_latest_model(instance, model) is current
    (result,) = fill_in_latest_model_applied([instance], model)
    assert result.latest_model_applied is current


def test_instances_of_a_uniform_set_are_left_as_azure_reports_them() -> None:
    model = ScaleSet(SCALE_SET_ID, image=platform("1.2.3"), vm_size=SIZE)
    instance = Instance("0", image=platform("1.2.3"), vm_size=SIZE)
    assert fill_in_latest_model_applied([instance], model) == (instance,)


def test_a_value_from_azure_for_a_flexible_instance_is_kept() -> None:
    model = ScaleSet(
        SCALE_SET_ID, orchestration=Orchestration.FLEXIBLE, image=platform("1.2.3"), vm_size=SIZE
    )
    instance = Instance("set_1", latest_model_applied=False, image=platform("1.2.3"), vm_size=SIZE)
    assert fill_in_latest_model_applied([instance], model) == (instance,)


def test_a_flexible_set_has_states_and_its_rows_are_zones(make_bench: BenchFactory) -> None:
    bench = make_bench("flexible")
    flex = ScaleSetId(bench.set_id.subscription_id, "flex-rg", "flex-vmss")
    snapshot = bench.services.queries.observe(flex)
    assert snapshot.complete
    assert snapshot.counts[State.STALE] == 18
    assert snapshot.counts[State.CURRENT] == 6
    assert {instance.zone for instance in snapshot.instances} == {"1", "2", "3"}
    assert {instance.update_domain for instance in snapshot.instances} == {None}
    second = bench.gateway.observe_instances(flex, [snapshot.instances[0].instance_id], snapshot)
    assert second.instances == snapshot.instances


def test_it_is_upgraded_by_the_names_of_its_machines_each_once(make_bench: BenchFactory) -> None:
    bench = make_bench("flexible")
    flex = ScaleSetId(bench.set_id.subscription_id, "flex-rg", "flex-vmss")
    snapshot = bench.services.queries.observe(flex)
    stale = {i.instance_id for i in snapshot.instances if not i.latest_model_applied}
    policy = Policy(max_batch_instance_percent=Amount(count=3))
    plan = bench.services.planner.plan(snapshot, Selection(), policy)
    assert {batch.row for batch in plan.batches} == {"zone 1", "zone 2", "zone 3"}
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert run.phase is Phase.COMPLETED
    assert sorted(bench.effects()) == sorted(stale)
    assert all(name.startswith("flex-vmss_") for name in stale)
    assert bench.services.queries.observe(flex).current == 24


def test_where_the_model_says_latest_only_a_named_one_is_upgraded(make_bench: BenchFactory) -> None:
    bench = make_bench("flexible")
    flex = ScaleSetId(bench.set_id.subscription_id, "flex-rg", "flex-vmss")
    model = bench.services.queries.read_model(flex)
    bench.services.model_writer.save(model, change_from_edit(model, Edit(image_version="latest")))
    snapshot = bench.services.queries.observe(flex)
    assert {instance.state for instance in snapshot.instances} == {State.UNDETERMINED}
    assert snapshot.problems == 0
    with pytest.raises(PlanError, match="name it to include it"):
        bench.services.planner.plan(snapshot, Selection(), Policy())
    instance_id = snapshot.instances[0].instance_id
    plan = bench.services.planner.plan(snapshot, Selection(instance_ids=(instance_id,)), Policy())
    assert plan.instance_ids == (instance_id,)
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert (run.phase, bench.effects()) == (Phase.COMPLETED, [instance_id])


def test_another_size_in_the_model_makes_all_of_them_stale(make_bench: BenchFactory) -> None:
    bench = make_bench("flexible")
    flex = ScaleSetId(bench.set_id.subscription_id, "flex-rg", "flex-vmss")
    model = bench.services.queries.read_model(flex)
    bench.services.model_writer.save(
        model, change_from_edit(model, Edit(vm_size="Standard_D8s_v5"))
    )
    snapshot = bench.services.queries.observe(flex)
    assert snapshot.outdated == 24
    assert all(omission.reason is not LeftOutReason.CURRENT for omission in
               bench.services.planner.plan(snapshot, Selection(), Policy()).left_out)  # fmt: skip


def test_a_set_without_a_model_is_shown_and_has_nothing_to_upgrade_to(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("flexible")
    bare = ScaleSetId(bench.set_id.subscription_id, "flex-rg", "bare-vmss")
    snapshot = bench.services.queries.observe(bare)
    assert (snapshot.complete, snapshot.instances) == (True, ())
    with pytest.raises(RunRefused, match="has no model"):
        bench.services.planner.plan(snapshot, Selection(), Policy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "flex-rg/flex-vmss", "--domain", "0"), "Azure reports none for these instances"),
        (("plan", "flex-rg/flex-vmss", "--fault-domain", "0"), "Azure reports none"),
        (("plan", "flex-rg/flex-vmss", "--placement-group", "a"), "Azure reports none"),
        (("plan", "flex-rg/flex-vmss", "--instance", "3"), "there is no instance 3"),
        (("run", "flex-rg/bare-vmss", "--yes"), "has no model (an empty Flexible set)"),
    ],
)
def test_a_selection_that_flexible_sets_do_not_support_is_refused(
    make_bench: BenchFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    bench = make_bench("flexible")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("home") / "state"))
    code: Any = main(["--endpoint", bench.simulator.endpoint, *arguments])
    output = capsys.readouterr()
    assert code in (1, 2, 6)
    assert message in output.err
    assert not bench.requests("POST")


def test_sizes_of_an_instance_mix_do_not_make_a_machine_outdated() -> None:
    mix = ScaleSet(
        SCALE_SET_ID,
        orchestration=Orchestration.FLEXIBLE,
        image=platform("1.2.3"),
        vm_size="Mix",
        vm_sizes=("Standard_D2as_v4", "Standard_D2s_v5"),
    )
    for size in ("Standard_D2as_v4", "Standard_D8s_v5", None):
        assert has_latest_model(Instance("a", image=platform("1.2.3"), vm_size=size), mix) is True
        assert has_latest_model(Instance("a", image=platform("1.2.2"), vm_size=size), mix) is False


def test_a_flexible_set_at_latest_is_upgraded_to_an_exact_version_where_it_is_behind(
    make_bench: BenchFactory,
) -> None:
    bench = make_bench("flexible")
    flex = ScaleSetId(bench.set_id.subscription_id, "flex-rg", "flex-vmss")
    before = bench.services.queries.observe(flex)
    stale = {i.instance_id for i in before.instances if not i.latest_model_applied}
    image = before.scale_set.image
    assert image is not None
    model = before.scale_set
    bench.services.model_writer.save(model, change_from_edit(model, Edit(image_version="latest")))
    snapshot = bench.services.queries.observe(flex)
    edit = Edit(image_version=image.version)
    plan = bench.services.planner.plan(snapshot, Selection(), Policy(), edit)
    assert set(plan.instance_ids) == stale
    assert plan.undetermined == ()
    run = bench.run_worker(bench.services.run_control.start(plan))
    assert run.phase is Phase.COMPLETED
    assert sorted(bench.effects()) == sorted(stale)


def test_extensions_that_the_agent_does_not_report_are_named() -> None:
    model = ScaleSet(
        SCALE_SET_ID, orchestration=Orchestration.FLEXIBLE, extensions=("Monitor", "Health")
    )
    agent = ComponentStatus("agent")
    instance = Instance(
        "a", power=PowerState.RUNNING, agent=agent, extensions=(ComponentStatus("health"),)
    )
    assert missing_extensions(instance, model) == ("Monitor",)
    assert missing_extensions(structs.replace(instance, agent=None), model) == ()
