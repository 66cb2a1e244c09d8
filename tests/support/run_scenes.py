"""Sessions with a run on screen: a live one, and one that has halted."""

from msgspec import structs

from tests.support.fake_session import FakeCockpit
from tests.support.fleets import web
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def with_run() -> FakeCockpit:
    """A set with a live run: the first batch done, the second asked."""
    cockpit = FakeCockpit(web())
    plan = cockpit.planner.plan(cockpit.snapshot, Selection(), Policy())
    run = cockpit.run_control.begin("web-vmss-7f3a", plan)
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
    return cockpit


def with_failures(edit: Edit | None = None, words: str = "instance 20 failed") -> FakeCockpit:
    """A run that has halted over instance 20."""
    cockpit = FakeCockpit(web(odd=False))
    plan = cockpit.planner.plan(cockpit.snapshot, Selection(instance_ids=("20",)), Policy(), edit)
    if plan.edit is not None:
        plan = structs.replace(plan, edit=structs.replace(plan.edit, undo={"sku": {}}))
    run = cockpit.run_control.begin("web-vmss-7f3a", plan)
    run.add(
        ev.BatchIntent(number=1, row="UD 0", instance_ids=("20",), client_request_id="a"),
        ev.BatchAccepted(number=1),
        ev.InstancesFailed(instance_ids=("20",), message="OSProvisioningTimedOut"),
        ev.BatchSettled(number=1, upgraded=0, failed=1, gone=0),
        ev.Halted(reason="failures", message=words, instance_ids=("20",)),
    )
    return cockpit
