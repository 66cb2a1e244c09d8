"""The service's rolling upgrades: batches, health checks, zones, surge, rollback."""

from typing import Any

from tests.support.simulator_client import (
    NEWER,
    NEWEST,
    ClientFactory,
    SimulatorClient,
    health_state,
    image_body,
)


def test_upgrade_mode_rolling_upgrades_batch_after_batch(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy", throttling=False)
    assert client.get("/rollingUpgrades/latest").status_code == 404
    response = client.patch_image_version(NEWER)
    most = 0
    for _ in range(120):
        client.advance(5)
        status = client.get("/rollingUpgrades/latest").json()["properties"]
        assert sum(status["progress"].values()) == 20
        most = max(most, status["progress"]["inProgressInstanceCount"])
    assert most == 4
    assert status["runningStatus"]["code"] == "Completed"
    assert status["progress"]["successfulInstanceCount"] == 20
    assert client.operation_status(response)["status"] == "Succeeded"
    refused = client.post("/rollingUpgrades/cancel")
    assert refused.status_code == 409
    assert refused.json()["error"]["message"] == "There is no ongoing Rolling Upgrade to cancel."


def test_a_rolling_upgrade_to_a_bad_image_is_faulted(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy")
    client.add_fault(instance="never_healthy", version=NEWEST)
    response = client.patch_image_version(NEWEST)
    client.advance(600)
    status = client.get("/rollingUpgrades/latest").json()["properties"]
    assert status["runningStatus"]["code"] == "Faulted"
    code = "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"
    assert client.operation_status(response)["error"]["code"] == code


def test_a_cancelled_rolling_upgrade_keeps_upgraded_instances(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy")
    client.patch_image_version(NEWER)
    client.advance(20)
    assert client.post("/rollingUpgrades/cancel").status_code == 202
    client.advance(900)
    status = client.get("/rollingUpgrades/latest").json()["properties"]
    assert status["runningStatus"]["code"] == "Cancelled"
    assert sum(vm["properties"]["latestModelApplied"] for vm in client.list_instances()) == 4


def test_a_write_starts_a_cancelled_rolling_upgrade_again(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy")
    policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    client.send(
        "PUT", client.set_path + "/virtualMachines/0", {"properties": {"protectionPolicy": policy}}
    )
    client.patch_image_version(NEWER)
    client.advance(20)
    client.post("/rollingUpgrades/cancel")
    client.advance(300)
    client.send("PATCH", client.set_path, {"tags": {"again": "yes"}})
    client.advance(900)
    vms = client.list_instances()
    assert [vm["instanceId"] for vm in vms if not vm["properties"]["latestModelApplied"]] == ["0"]


def latest_status(client: SimulatorClient) -> Any:
    return client.get("/rollingUpgrades/latest").json()["properties"]


def status_code(client: SimulatorClient) -> str:
    return str(latest_status(client)["runningStatus"]["code"])


def test_too_many_unhealthy_instances_prevent_the_first_batch(make_client: ClientFactory) -> None:
    client = make_client("sick", throttling=False)
    client.patch_rolling_policy(maxUnhealthyInstancePercent=5)
    response = client.send("PATCH", client.set_path, image_body(NEWER))
    client.advance(30)
    assert status_code(client) == "Faulted"
    error = client.operation_status(response)["error"]
    assert error["code"] == "MaxUnhealthyInstancePercentExceededInRollingUpgrade"
    assert "8% of instances" in error["message"]
    assert client.effects("upgrade") == []


def test_a_batch_stays_in_one_zone_without_cross_zone_upgrades(make_client: ClientFactory) -> None:
    for cross_zone in (False, True):
        client = make_client("zonal", throttling=False)
        client.patch_rolling_policy(maxBatchInstancePercent=20, enableCrossZoneUpgrade=cross_zone)
        client.advance(2000)
        zones = {vm["instanceId"]: vm["zones"][0] for vm in client.list_instances()}
        upgraded_zones = [zones[effect["instance_id"]] for effect in client.effects("upgrade")]
        assert (upgraded_zones == sorted(upgraded_zones)) is not cross_zone
        assert status_code(client) == "Completed"


def test_prioritised_unhealthy_instances_are_upgraded_first(make_client: ClientFactory) -> None:
    client = make_client("sick", throttling=False)
    client.patch_rolling_policy(prioritizeUnhealthyInstances=True, maxBatchInstancePercent=10)
    client.patch_image_version(NEWER)
    client.advance(10)
    first = {effect["instance_id"] for effect in client.effects("upgrade")}
    assert {"3", "17", "24", "41", "58", "90", "12", "66"} <= first


def test_surge_replaces_instances_by_new_ones(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy", throttling=False)
    client.patch_rolling_policy(maxSurge=True)
    client.patch_image_version(NEWER)
    client.advance(3000)
    assert status_code(client) == "Completed"
    vms = client.list_instances()
    assert len(vms) == 20
    assert min(int(vm["instanceId"]) for vm in vms) >= 20
    assert all(vm["properties"]["latestModelApplied"] for vm in vms)
    assert latest_status(client)["progress"]["successfulInstanceCount"] == 20


def test_failed_instances_get_their_previous_model_on_a_breach(make_client: ClientFactory) -> None:
    client = make_client("rolling-policy", throttling=False)
    client.add_fault(instance="never_healthy", version=NEWEST)
    client.patch_rolling_policy(rollbackFailedInstancesOnPolicyBreach=True)
    client.advance(2000)
    before = {
        vm["instanceId"]: vm["properties"]["storageProfile"] for vm in client.list_instances()
    }
    response = client.patch_image_version(NEWEST)
    while status_code(client) == "RollingForward":
        client.advance(20)
    assert status_code(client) == "RollingBack"
    client.advance(400)
    assert status_code(client) == "Faulted"
    assert client.operation_status(response)["error"]["code"].startswith("MaxUnhealthyUpgraded")
    for vm in client.list_instances():
        reference = vm["properties"]["storageProfile"]["imageReference"]
        assert reference == before[vm["instanceId"]]["imageReference"]
        assert health_state(vm) == "healthy"
