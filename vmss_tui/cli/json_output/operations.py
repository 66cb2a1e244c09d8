"""The `--json` output of `power`, as plain values.

Field names are stable and documented in the README.
"""

from vmss_tui.cli.json_output import Json
from vmss_tui.operations.plan import OperationPlan
from vmss_tui.operations.progress import Outcome
from vmss_tui.runtime.operations.instances import InstanceOperation
from vmss_tui.text import without_query
from vmss_tui.upgrade.report.az_commands import operation_commands


def operation_json(plan: OperationPlan, started: InstanceOperation | None) -> Json:
    """An operation on instances; `started` is None where there was nothing to do."""
    progress = started.progress if started else None
    members = progress.members if progress else {}
    return {
        "scale_set": plan.scale_set.resource_id,
        "operation": plan.kind,
        "protect_from": plan.protection_scope if plan.kind.changes_protection else None,
        "made_at": plan.made_at,
        "instance_ids": plan.instance_ids,
        "left_out": [
            {"instance_id": omission.instance_id, "why": omission.reason}
            for omission in plan.omitted
        ],
        "serving": plan.serving,
        "serving_during": plan.serving_during,
        "capacity": plan.capacity,
        "capacity_after": plan.capacity_after,
        "cautions": plan.cautions,
        "az": operation_commands(
            plan.scale_set, plan.kind, plan.protection_scope, plan.instance_ids
        )
        if plan.instance_ids
        else (),
        "answered": progress.answered if progress else True,
        "over": progress.is_over if progress else True,
        "client_request_id": started.request_id if started else "",
        "operation_url": operation_url(started.operation_url if started else None),
        "counts": {str(outcome): len(progress.ids(outcome)) for outcome in Outcome}
        if progress
        else {},
        "instances": [
            {"instance_id": instance_id, "outcome": member.outcome, "words": member.message}
            for instance_id, member in members.items()
        ],
    }


def operation_url(signed: str | None) -> str | None:
    """The URL of an operation, without its signature, which is a secret."""
    return None if signed is None else without_query(signed)
