"""Instances and readings from which tests make plans."""

from typing import Any

from tests.support.engine_world import EPOCH, SET
from vmss_tui.fleet.scale_set import (
    Instance,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.policy import Amount, Policy


def without_budget(**policy: Any) -> Policy:
    """All may be unavailable at once: batches are as large as they may be."""
    return Policy(max_unhealthy_instance_percent=Amount(percent=100), **policy)


ALL_AT_ONCE = without_budget(max_batch_instance_percent=Amount(percent=100))


def outdated_instance(
    number: int | str, domain: int | None = 0, zone: str | None = None
) -> Instance:
    return Instance(
        str(number),
        provisioning=ProvisioningState.SUCCEEDED,
        power=PowerState.RUNNING,
        latest_model_applied=False,
        zone=zone,
        placement_group="pg",
        update_domain=domain,
        fault_domain=0,
    )


def reading_of(
    *instances: Instance, complete: bool = True, scale_set: ScaleSet | None = None
) -> Snapshot:
    scale_set = scale_set or ScaleSet(id=SET, has_health_source=True, model_digest="d")
    return Snapshot(scale_set, instances, EPOCH, complete=complete)


def batch_ids(plan: Plan) -> list[tuple[str, ...]]:
    return [batch.instance_ids for batch in plan.batches]


TEN = tuple(outdated_instance(number, number % 5) for number in range(10))
