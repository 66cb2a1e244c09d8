"""Changes of other writers between a plan and the writes of its run."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.domain_run import plan_domain
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import PowerState, ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import plan_operation
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs.worker import WorkerError
from vmss_tui.runtime.storage.run_folder import RunFolder
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.plan.model_drift import describe_changes, model_parts
from vmss_tui.upgrade.plan.policy import Order, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run, Stage

PROFILE = "properties.virtualMachineProfile"
LARGER = Edit(vm_size="Standard_D8s_v5")


def scale(bench: Bench, capacity: int) -> None:
    """Autoscale changes the capacity, and the instances have followed."""
    bench.edit(**{"sku.capacity": capacity})
    bench.simulator.clock.advance(600)


def size_and_count(bench: Bench) -> tuple[str | None, int]:
    snapshot = bench.services.queries.observe(bench.set_id)
    return snapshot.scale_set.vm_size, len(snapshot.instances)


def records_of(bench: Bench, name: str, kind: type[Any]) -> list[Any]:
    records = bench.services.run_control.follow(name).read_new()
    return [record for record in records if isinstance(record.body, kind)]


def test_a_size_confirmed_at_70_takes_nothing_away_from_100(make_bench: BenchFactory) -> None:
    bench = make_bench()
    scale(bench, 70)
    plan = plan_domain(bench, edit=LARGER)
    scale(bench, 100)
    before = bench.effects("delete")
    run = bench.run_worker(bench.services.run_control.start(plan))
    bench.simulator.clock.advance(600)
    assert run.phase is Phase.COMPLETED
    assert size_and_count(bench) == ("Standard_D8s_v5", 100)
    assert bench.effects("delete") == before


def test_the_way_back_leaves_the_capacity_as_it_is_by_then(make_bench: BenchFactory) -> None:
    bench = make_bench()
    scale(bench, 70)
    name = bench.services.run_control.start(plan_domain(bench, edit=LARGER))
    bench.run_worker(name)
    scale(bench, 100)
    bench.services.run_control.revert(name)
    run = bench.run_worker(name)
    bench.simulator.clock.advance(600)
    assert (run.phase, run.reason) == (Phase.ROLLED_BACK, "reverted")
    assert size_and_count(bench) == ("Standard_D4s_v5", 100)


def test_autoscale_right_after_the_edit_is_no_drift(make_bench: BenchFactory) -> None:
    bench = make_bench()
    scale(bench, 70)
    name = bench.services.run_control.start(plan_domain(bench, edit=LARGER))
    bench.run_worker(name, until=edit_accepted)
    bench.edit(**{"sku.capacity": 75})
    assert bench.run_worker(name).phase is Phase.COMPLETED


def test_what_another_wrote_right_after_the_edit_is_not_rolled_out(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench, edit=Edit(image_version=NEWEST)))
    patch = bench.gateway.patch

    def followed(*args: Any) -> Any:
        accepted = patch(*args)
        bench.edit(**{f"{PROFILE}.licenseType": "RHEL_BYOS"})
        return accepted

    monkeypatch.setattr(bench.gateway, "patch", followed)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    change = "changed outside this run (licenseType: – → RHEL_BYOS)"
    assert run.message.endswith(change), "not by its own edit"
    assert bench.effects() == []


def test_nor_what_another_wrote_while_no_worker_was_there(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench, edit=Edit(image_version=NEWEST)))
    bench.run_worker(name, until=edit_accepted)
    bench.simulator.clock.advance(3 * 24 * 3600)
    bench.edit(**{f"{PROFILE}.licenseType": "RHEL_BYOS"})
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert bench.effects() == []


@pytest.mark.parametrize("seconds", [20.0, 8 * 3600.0])
def test_a_machine_that_slept_in_a_reading_upgrades_to_no_other_model(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench))
    sleeps: list[float] = []
    now: Callable[[object], float] = lambda _clock: time.monotonic() + sum(sleeps)  # noqa: E731
    monkeypatch.setattr(type(bench.clock), "real", now)
    reader = bench.gateway.reader
    reader._monotonic = bench.clock.real
    read_model, models = reader.read_model, []

    def read_then_sleep(scale_set: ScaleSetId) -> ScaleSet:
        model = read_model(scale_set)
        models.append(model)
        if (
            len(models) == 2
        ):  # the first reading that decides: it has the model, not yet the instances
            sleeps.append(seconds)
            bench.edit(**{f"{PROFILE}.storageProfile.imageReference.version": NEWEST})
        return model

    monkeypatch.setattr(reader, "read_model", read_then_sleep)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert bench.effects() == []
    assert run.count(Stage.WAITING) == run.total


def edit_accepted(run: Run) -> bool:
    return run.model is ModelStage.ACCEPTED


def test_a_set_that_was_scaled_in_has_less_to_spare(make_bench: BenchFactory) -> None:
    bench = make_bench()
    plan = bench.plan_run(Selection(everything=True), Policy(order=Order.ZONE))
    scale(bench, 25)
    name = bench.services.run_control.start(plan)
    assert bench.run_worker(name).phase is Phase.COMPLETED
    sent = [len(r.body.instance_ids) for r in records_of(bench, name, ev.BatchIntent)]
    assert max(sent) == 5, "20 % of the 25 that are left"


def test_what_was_only_unavailable_at_a_halt_may_fail_yet(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    domain = frozenset(i.instance_id for i in snapshot.instances if i.update_domain == 2)
    fault = {"scale_set": "web-rg/web-vmss", "instance_ids": sorted(domain)}
    bench.control("POST", "faults", {"instance": "never_healthy", **fault})
    name = bench.services.run_control.start(bench.plan_run(Selection(), Policy(max_new_failures=1)))
    observe = bench.gateway.observe

    def without_power(scale_set: ScaleSetId) -> Snapshot:
        reading = observe(scale_set)
        instances = [
            msgspec.structs.replace(i, power=PowerState.UNKNOWN) if i.instance_id in domain else i
            for i in reading.instances
        ]
        return replace(reading, instances=tuple(instances))

    with monkeypatch.context() as patched:
        patched.setattr(bench.gateway, "observe", without_power)
        run = bench.run_worker(name)
        assert (run.phase, run.reason) == (Phase.FAULTED, "budget")
    bench.services.run_control.resume(name)
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "failure")


def test_a_wish_for_which_no_worker_could_be_started_is_taken_back(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench, edit=Edit(image_version=NEWEST)))
    bench.run_worker(name, until=lambda run: run.open_batch is not None)
    bench.services.run_control.send_intent(name, IntentKind.PAUSE)
    bench.run_worker(name, until=lambda run: run.phase is Phase.PAUSED)

    def fails(_folder: RunFolder) -> None:
        raise WorkerError("it did not start in 20 s")

    with monkeypatch.context() as patched:
        patched.setattr(bench.services.run_control, "_launch", fails)
        with pytest.raises(RunRefused, match="did not start"):
            bench.services.run_control.revert(name)
    bench.services.run_control.resume(name)
    run = bench.run_worker(name)
    assert (run.phase, run.reverting) == (Phase.COMPLETED, False)
    assert [r["path"].rpartition("/")[2] for r in bench.requests("PATCH")] == ["web-vmss"]


def test_an_operation_gives_way_to_a_run_that_begins_while_it_looks(
    make_bench: BenchFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = plan_operation(snapshot, OperationKind.DEALLOCATE, Selection(update_domains=(0,)))
    run_plan = plan_domain(bench)
    observe = bench.gateway.observe

    def observe_and_start(scale_set: ScaleSetId) -> Snapshot:
        reading = observe(scale_set)
        folder = bench.services.store.find(bench.services.run_control.start(run_plan))
        assert folder.take_lock(bench.clock.wall())  # as its worker does
        return reading

    monkeypatch.setattr(bench.gateway, "observe", observe_and_start)
    with pytest.raises(RunRefused, match="is live"):
        bench.services.instance_operations.begin(plan)
    assert bench.effects("deallocate") == []


def test_a_drift_says_what_has_moved(make_bench: BenchFactory) -> None:
    bench = make_bench()
    name = bench.services.run_control.start(plan_domain(bench))
    bench.run_worker(name, until=lambda run: run.model is ModelStage.PINNED)
    bench.edit(**{"sku.name": "Standard_D8s_v5"})
    run = bench.run_worker(name)
    assert (run.phase, run.reason) == (Phase.FAULTED, "drift")
    assert "(size: Standard_D4s_v5 → Standard_D8s_v5)" in run.message


def test_nothing_secret_is_kept_or_told_of_what_has_moved() -> None:
    settings = {"settings": {"commandToExecute": "run --password hunter2"}}
    before = {"properties": {"virtualMachineProfile": {"extensionProfile": settings}}}
    after = {"properties": {"virtualMachineProfile": {"userData": "aHVudGVyMw=="}}}
    description = describe_changes(model_parts(before), after, {})
    assert description == "extensionProfile.settings; userData"
    stored = str(model_parts(before)) + str(model_parts(after))
    assert not {"hunter2", "aHVudGVyMw==", "commandToExecute"} & set(re.findall(r"[\w=]+", stored))
