"""Sessions with several scale sets, with a live run, with a halted run."""

from msgspec import structs

from tests.support.fake_session import FakeServices
from tests.support.fleets import SUBSCRIPTION, scale_set, web
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def run_services() -> FakeServices:
    """A scale set with a live run: the first batch is settled, the second one is sent."""
    services = FakeServices(web())
    plan = services.planner.plan(services.snapshot, Selection(), Policy())
    run = services.run_control.begin("web-vmss-7f3a", plan)
    first, second = plan.batches[0], plan.batches[1]
    run.add(
        ev.BatchIntent(
            number=1, row=first.row, instance_ids=first.instance_ids, client_request_id="a"
        ),
        ev.BatchAccepted(number=1),
        ev.InstancesUpgraded(instance_ids=first.instance_ids),
        ev.BatchSettled(number=1, upgraded=len(first.instance_ids), failed=0, gone=0),
        ev.BatchIntent(
            number=2, row=second.row, instance_ids=second.instance_ids, client_request_id="b"
        ),
    )
    return services


def halted_services(edit: Edit | None = None, message: str = "instance 20 failed") -> FakeServices:
    """A run that has halted because instance 20 failed."""
    services = FakeServices(web(odd=False))
    plan = services.planner.plan(services.snapshot, Selection(instance_ids=("20",)), Policy(), edit)
    if plan.edit is not None:
        plan = structs.replace(plan, edit=structs.replace(plan.edit, undo={"sku": {}}))
    run = services.run_control.begin("web-vmss-7f3a", plan)
    run.add(
        ev.BatchIntent(number=1, row="UD 0", instance_ids=("20",), client_request_id="a"),
        ev.BatchAccepted(number=1),
        ev.InstancesFailed(instance_ids=("20",), message="OSProvisioningTimedOut"),
        ev.BatchSettled(number=1, upgraded=0, failed=1, gone=0),
        ev.Halted(reason="failures", message=message, instance_ids=("20",)),
    )
    return services


def three_set_services() -> FakeServices:
    """Three scale sets in two subscriptions."""
    services = FakeServices()
    elsewhere = ScaleSetId(SUBSCRIPTION[:-1] + "f", "lab-rg", "lab-vmss")
    lab = scale_set("lab-vmss", 100, id=elsewhere)
    services.queries.scale_sets = (lab, services.snapshot.scale_set, scale_set("api-vmss", 100))
    return services
