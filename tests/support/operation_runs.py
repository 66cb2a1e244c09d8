"""Operations on instances, planned and carried out in this process against the simulator."""

from tests.support.bench import Bench
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.operations.plan import OperationPlan, plan_operation
from vmss_tui.runtime.operations.instances import InstanceOperation
from vmss_tui.runtime.storage.operations_log import OperationRecord
from vmss_tui.upgrade.plan.selection import Selection

EFFECTS = {
    OperationKind.START: "start",
    OperationKind.RESTART: "restart",
    OperationKind.POWER_OFF: "poweroff",
    OperationKind.DEALLOCATE: "deallocate",
    OperationKind.REDEPLOY: "redeploy",
    OperationKind.REIMAGE: "reimage",
    OperationKind.REIMAGE_ALL: "reimageall",
    OperationKind.DELETE: "delete",
    OperationKind.PROTECT: "instance",
    OperationKind.UNPROTECT: "instance",
}
"""The kind of effect in the simulator's ledger."""
LISTED = [verb for verb in OperationKind if not verb.changes_protection]
SOME = Selection(instance_ids=("3", "11", "42"))
SCOPES = {
    "ids": SOME,
    "one": Selection(instance_ids=("7",)),
    "update-domain": Selection(update_domains=(2,)),
    "fault-domain": Selection(fault_domain=1),
    "whole-set": Selection(everything=True),
}
ON_SET = "/virtualMachineScaleSets/[^/]+/"


def plan_request(
    bench: Bench,
    kind: OperationKind,
    selection: Selection,
    protection: ProtectionScope = ProtectionScope.SCALE_IN,
) -> OperationPlan:
    return plan_operation(bench.services.queries.observe(bench.set_id), kind, selection, protection)


def follow(bench: Bench, operation: InstanceOperation) -> InstanceOperation:
    return bench.services.instance_operations.follow(operation, lambda _progress: None)


def run_operation(
    bench: Bench,
    kind: OperationKind,
    selection: Selection,
    protection: ProtectionScope = ProtectionScope.SCALE_IN,
) -> InstanceOperation:
    return follow(
        bench,
        bench.services.instance_operations.begin(plan_request(bench, kind, selection, protection)),
    )


def prepare(bench: Bench, kind: OperationKind, selection: Selection) -> None:
    """Brings the instances into a state in which the operation has something to do."""
    if kind is OperationKind.START:
        run_operation(bench, OperationKind.POWER_OFF, selection)
    if kind is OperationKind.UNPROTECT:
        run_operation(bench, OperationKind.PROTECT, selection)


def written_paths(bench: Bench) -> list[str]:
    """The paths of all writes, in order, below the scale set."""
    base = bench.set_id.resource_id
    requests = [r for method in ("POST", "PUT", "PATCH", "DELETE") for r in bench.requests(method)]
    return [r["path"].removeprefix(base) for r in requests if "/_simulator/" not in r["path"]]


def records(bench: Bench) -> list[OperationRecord]:
    return bench.services.instance_operations.log.read()
