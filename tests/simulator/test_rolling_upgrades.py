"""The service's own rolling upgrades: checks, zones, surge, rollback, and the history of the OS."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.simulator_client import SimulatorClient, ClientFactory, client_factory, health_state, image_body

NEWER = "22.04.202512010"
NEWEST = "22.04.202601010"


@pytest.fixture
def calling() -> Iterator[ClientFactory]:
    """Makes callers of simulators."""
    with client_factory() as call:
        yield call


def rolling(caller: SimulatorClient, mode: str = "Rolling", **policy: Any) -> Any:
    body = {"properties": {"upgradePolicy": {"mode": mode, "rollingUpgradePolicy": policy}}}
    return caller.send("PATCH", caller.set_path, body)


def latest(caller: SimulatorClient) -> Any:
    return caller.get("/rollingUpgrades/latest").json()["properties"]


def code(caller: SimulatorClient) -> str:
    return str(latest(caller)["runningStatus"]["code"])


def test_too_many_unhealthy_instances_keep_a_batch_from_starting(calling: ClientFactory) -> None:
    sick = calling("sick", throttling=False)
    rolling(sick, maxUnhealthyInstancePercent=5)
    written = sick.send("PATCH", sick.set_path, image_body(NEWER))
    sick.advance(30)
    assert code(sick) == "Faulted"
    error = sick.operation_status(written)["error"]
    assert error["code"] == "MaxUnhealthyInstancePercentExceededInRollingUpgrade"
    assert "8% of instances" in error["message"]
    assert sick.effects("upgrade") == []


def test_a_batch_stays_in_one_zone_unless_the_policy_crosses_them(calling: ClientFactory) -> None:
    for crossing in (False, True):
        zonal = calling("zonal", throttling=False)
        rolling(zonal, maxBatchInstancePercent=20, enableCrossZoneUpgrade=crossing)
        zonal.advance(2000)
        zones = {vm["instanceId"]: vm["zones"][0] for vm in zonal.list_instances()}
        seen = [zones[each["instance_id"]] for each in zonal.effects("upgrade")]
        assert (seen == sorted(seen)) is not crossing
        assert code(zonal) == "Completed"


def test_unhealthy_instances_go_first_where_they_are_prioritised(calling: ClientFactory) -> None:
    sick = calling("sick", throttling=False)
    rolling(sick, prioritizeUnhealthyInstances=True, maxBatchInstancePercent=10)
    sick.patch_image_version(NEWER)
    sick.advance(10)
    first = {each["instance_id"] for each in sick.effects("upgrade")}
    assert {"3", "17", "24", "41", "58", "90", "12", "66"} <= first


def test_surge_replaces_instances_by_new_ones(calling: ClientFactory) -> None:
    caller = calling("rolling-policy", throttling=False)
    rolling(caller, maxSurge=True)
    caller.patch_image_version(NEWER)
    caller.advance(3000)
    assert code(caller) == "Completed"
    vms = caller.list_instances()
    assert len(vms) == 20
    assert min(int(each["instanceId"]) for each in vms) >= 20
    assert all(each["properties"]["latestModelApplied"] for each in vms)
    assert latest(caller)["progress"]["successfulInstanceCount"] == 20


def test_what_failed_gets_its_old_model_back_on_a_breach(calling: ClientFactory) -> None:
    caller = calling("rolling-policy", throttling=False)
    caller.add_fault(instance="never_healthy", version=NEWEST)
    rolling(caller, rollbackFailedInstancesOnPolicyBreach=True)
    caller.advance(2000)
    before = {vm["instanceId"]: vm["properties"]["storageProfile"] for vm in caller.list_instances()}
    written = caller.patch_image_version(NEWEST)
    while code(caller) == "RollingForward":
        caller.advance(20)
    assert code(caller) == "RollingBack"
    caller.advance(400)
    assert code(caller) == "Faulted"
    assert caller.operation_status(written)["error"]["code"].startswith("MaxUnhealthyUpgraded")
    for vm in caller.list_instances():
        reference = vm["properties"]["storageProfile"]["imageReference"]
        assert reference == before[vm["instanceId"]]["imageReference"]
        assert health_state(vm) == "healthy"


def test_the_history_tells_upgrades_of_the_os_newest_first(calling: ClientFactory) -> None:
    caller = calling("rolling-policy", throttling=False)
    assert caller.get("/osUpgradeHistory").json() == {"value": []}
    rolling(caller, mode="Manual")
    for version in (NEWER, NEWEST):
        caller.patch_image_version(version)
        accepted = caller.post("/osRollingUpgrade")
        caller.advance(2000)
        assert caller.operation_status(accepted)["status"] == "Succeeded"
    newest, older = (each["properties"] for each in caller.get("/osUpgradeHistory").json()["value"])
    assert newest["startedBy"] == older["startedBy"] == "User"
    assert newest["targetImageReference"]["version"] == NEWEST
    assert newest["progress"]["successfulInstanceCount"] == 20
    assert newest["runningStatus"]["endTime"] > newest["runningStatus"]["startTime"]


def test_the_platform_upgrades_by_itself_where_it_is_asked_to(calling: ClientFactory) -> None:
    caller = calling("rolling-policy", throttling=False)
    rolling(caller, mode="Manual")
    caller.patch_image_version("latest")
    caller.advance(900)
    automatic = {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}
    caller.send("PATCH", caller.set_path, {"properties": {"upgradePolicy": automatic}})
    caller.advance(2000)
    (entry,) = caller.get("/osUpgradeHistory").json()["value"]
    assert entry["properties"]["startedBy"] == "Platform"
    runs = {
        vm["properties"]["storageProfile"]["imageReference"]["exactVersion"] for vm in caller.list_instances()
    }
    assert runs == {NEWEST}
    caller.advance(20_000)
    assert len(caller.get("/osUpgradeHistory").json()["value"]) == 1


def test_an_os_upgrade_reaches_those_that_have_the_model_and_an_older_build(
    calling: ClientFactory,
) -> None:
    web = calling(throttling=False)
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["*"])
    web.advance(200)
    web.patch_image_version("latest")
    web.post("/manualupgrade", ["1"])
    web.advance(200)
    web.post("/osRollingUpgrade")
    web.advance(4000)
    assert len([each for each in web.effects("upgrade") if each["instance_id"] == "1"]) == 2
    assert len(web.effects("upgrade")) == 200


def test_only_images_with_versions_have_os_upgrades(calling: ClientFactory) -> None:
    for scenario in ("custom-image", "vhd"):
        refused = calling(scenario).post("/osRollingUpgrade")
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            409,
            "OperationNotAllowed",
        )


def test_an_upgrade_of_extensions_takes_ten_minutes(calling: ClientFactory) -> None:
    web = calling("rolling-policy", throttling=False)
    accepted = web.post("/extensionRollingUpgrade")
    web.advance(590)
    assert web.operation_status(accepted)["status"] == "InProgress"
    web.advance(20)
    assert web.operation_status(accepted)["status"] == "Succeeded"
