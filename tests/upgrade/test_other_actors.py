"""Plans name who else may change or delay instances, and know the minutes of notifications."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from tests.support.fleets import scale_set, web
from vmss_tui.arm.translate.instance import translate_instance
from vmss_tui.arm.wire.compute import InstanceWire
from vmss_tui.arm.wire.decode import decode
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import plan_operation
from vmss_tui.operations.progress import Outcome, start_progress, update_progress
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.estimate import describe_expected_duration

ALL = Selection(everything=True)


def snapshot_with(properties: dict[str, Any]) -> Snapshot:
    """A reading of a set whose model has these properties, too."""
    model = scale_set()
    raw: Any = dict(model.raw)
    raw["properties"] = {**raw["properties"], **properties}
    return replace(web(), scale_set=replace(model, raw=raw))


def named(instance_id: str) -> Selection:
    return Selection(instance_ids=(instance_id,))


def resiliency(policy: str) -> dict[str, Any]:
    return {"resiliencyPolicy": {policy: {"enabled": True}}}


def notices(profile: str, timeout: str) -> dict[str, Any]:
    events = {profile: {"enable": True, "notBeforeTimeout": timeout}}
    return {"virtualMachineProfile": {"scheduledEventsProfile": events}}


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        (resiliency("automaticZoneRebalancingPolicy"), "Automatic zone rebalancing is on"),
        (resiliency("resilientVMCreationPolicy"), "under a new instance id"),
        (resiliency("resilientVMDeletionPolicy"), "may look failed between two tries"),
        ({"skuProfile": {"automaticSkuMigrationPolicy": {"enabled": True}}}, "another size"),
    ],
)
def test_a_plan_names_other_actors(properties: dict[str, Any], sentence: str) -> None:
    plan = make_plan(snapshot_with(properties), ALL, Policy())
    assert any(sentence in caution for caution in plan.cautions)
    assert not any(sentence in caution for caution in make_plan(web(), ALL, Policy()).cautions)


def test_deadline_and_estimate_know_the_os_image_notification() -> None:
    snapshot = snapshot_with(notices("osImageNotificationProfile", "PT15M"))
    plan = make_plan(snapshot, ALL, Policy(batch_deadline=1200.0))
    assert plan.policy.batch_deadline == 2100.0
    assert any("15 minutes longer" in caution for caution in plan.cautions)
    assert "of notifications" in describe_expected_duration(plan, None)
    assert make_plan(web(), ALL, Policy(batch_deadline=1200.0)).policy.batch_deadline == 1200.0


def test_a_deletion_names_the_terminate_notification() -> None:
    snapshot = snapshot_with(notices("terminateNotificationProfile", "PT10M"))
    (instance, *_) = snapshot.instances
    plan = plan_operation(snapshot, OperationKind.DELETE, named(instance.instance_id))
    assert any("up to 10 minutes" in caution for caution in plan.cautions)


def test_a_deletion_that_azure_tries_again_has_not_failed_yet() -> None:
    snapshot = snapshot_with(resiliency("resilientVMDeletionPolicy"))
    (instance, *_) = snapshot.instances
    plan = plan_operation(snapshot, OperationKind.DELETE, named(instance.instance_id))
    progress = start_progress(plan, snapshot, 0.0, answered=True)
    for state in (ProvisioningState.DELETING, ProvisioningState.FAILED):
        seen = structs.replace(instance, provisioning=state)
        reading = replace(snapshot, instances=(seen,))
        progress = update_progress(progress, reading, 10.0)
    assert progress.members[instance.instance_id].outcome is Outcome.IN_PROGRESS
    progress = update_progress(progress, replace(snapshot, instances=()), 20.0)
    assert progress.succeeded


@pytest.mark.parametrize(
    ("result", "is_planned"), [("None", True), ("MaintenanceCompleted", False)]
)
def test_planned_maintenance_of_an_instance_is_told(result: str, is_planned: bool) -> None:
    snapshot = web()
    start = snapshot.taken_at + timedelta(days=1)
    body = (
        '{"id": "/x/virtualMachines/7", "instanceId": "7", "properties": {"instanceView": '
        '{"maintenanceRedeployStatus": {"isCustomerInitiatedMaintenanceAllowed": true, '
        f'"maintenanceWindowStartTime": "{start:%Y-%m-%dT%H:%M:%S+00:00}", '
        f'"maintenanceWindowEndTime": "{start + timedelta(hours=4):%Y-%m-%dT%H:%M:%S+00:00}", '
        f'"lastOperationResultCode": "{result}"}}}}}}}}'
    )
    window = translate_instance(decode(body.encode(), InstanceWire)).maintenance_window
    assert bool(window) is is_planned
    first, *others = snapshot.instances
    planned = structs.replace(first, maintenance_window=window)
    plan = make_plan(replace(snapshot, instances=(planned, *others)), ALL, Policy())
    sentence = f"Azure plans maintenance of instance {first.instance_id}"
    assert any(sentence in caution for caution in plan.cautions) is is_planned
