"""What a run does after a 409: halts at once, tries once more, or waits for its turn."""

import pytest

from tests.support.bench import NEWEST, Bench, BenchFactory
from tests.support.domain_run import plan_domain, run_plan
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade.run.run import Phase, Run

IMAGE_TYPE = "The Image type for a Virtual Machine Scale Set may not be changed."
MARKED = "Operation 'upgrade' is not allowed on VM 'web_3' since the VM is marked for deletion."
QUOTA = "Operation could not be completed as it results in exceeding approved Cores quota."


def conflicting_bench(make_bench: BenchFactory, method: str, path: str, message: str) -> Bench:
    """A small set whose writes to `path` get this 409."""
    bench = make_bench("web-100")
    body = {"error": {"code": "OperationNotAllowed", "message": message}}
    bench.fault(path, {"status": 409, "body": body}, method=method, times=None)
    return bench


def edit_and_run(bench: Bench) -> Run:
    return run_plan(bench, plan_domain(bench, edit=Edit(image_version=NEWEST)))


@pytest.mark.parametrize("message", [IMAGE_TYPE, QUOTA])
def test_an_edit_that_azure_never_allows_is_sent_once(
    make_bench: BenchFactory, message: str
) -> None:
    bench = conflicting_bench(make_bench, "PATCH", "virtualMachineScaleSets", message)
    run = edit_and_run(bench)
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused")
    assert message in run.message
    assert len(bench.requests("PATCH")) == 1
    assert bench.effects() == []


def test_a_batch_that_azure_never_allows_is_sent_once(make_bench: BenchFactory) -> None:
    bench = conflicting_bench(make_bench, "POST", "manualupgrade", MARKED)
    run = run_plan(bench, plan_domain(bench))
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused")
    assert "marked for deletion" in run.message
    assert len(bench.requests("POST", "manualupgrade")) == 1


@pytest.mark.parametrize(("method", "path"), [("PATCH", "Sets"), ("POST", "manualupgrade")])
def test_a_409_that_does_not_say_whether_it_passes_is_sent_twice(
    make_bench: BenchFactory, method: str, path: str
) -> None:
    bench = conflicting_bench(make_bench, method, path, "It cannot be so.")
    run = edit_and_run(bench) if method == "PATCH" else run_plan(bench, plan_domain(bench))
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused")
    assert len(bench.requests(method, path if method == "POST" else "")) == 2
    assert "It cannot be so." in run.message
    assert "another operation" in run.message
    assert "not possible" in run.message


@pytest.mark.parametrize(
    ("refusal", "edit"),
    [
        ("image_sku", Edit(image_sku="server", image_version="latest")),
        ("size", Edit(vm_size="Standard_D8s_v5")),
        ("deletion", Edit(image_version=NEWEST)),
    ],
)
def test_a_lasting_refusal_of_a_set_ends_a_run_with_one_request(
    make_bench: BenchFactory, refusal: str, edit: Edit
) -> None:
    bench = make_bench("web-100")
    bench.control("POST", "faults", {"refuse": refusal})
    run = run_plan(bench, plan_domain(bench, edit=edit))
    assert (run.phase, run.reason) == (Phase.FAULTED, "refused"), run.message
    assert len(bench.requests("PATCH")) == 1
    assert bench.effects() == []
