"""The scenarios' stories, and the faults that strike instances."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.simulator_client import ClientFactory, client_factory, health_state, power_state

NEWER = "22.04.202512010"


@pytest.fixture
def calling() -> Iterator[ClientFactory]:
    """Makes callers of simulators."""
    with client_factory() as call:
        yield call


def test_autoscale_makes_ids_come_and_go_and_leaves_holes(calling: ClientFactory) -> None:
    caller = calling("autoscaled", throttling=False)
    sizes = []
    for _ in range(5):
        caller.advance(120)
        sizes.append(caller.get().json()["sku"]["capacity"])
    assert sizes == [66, 57, 64, 60, 66]
    caller.advance(40)
    ids = [int(each["instanceId"]) for each in caller.list_instances()]
    assert len(ids) == 66
    assert ids != list(range(min(ids), max(ids) + 1))
    assert {each["client_request_id"] for each in caller.effects("capacity")} == {"autoscale"}
    assert not any(each["properties"]["latestModelApplied"] is False for each in caller.list_instances()[-5:])


def test_a_colleague_tags_restarts_and_edits_the_model(calling: ClientFactory) -> None:
    caller = calling("two-operators", throttling=False)
    caller.advance(100)
    assert caller.get().json()["tags"]["ticket"] == "OPS-4711"
    caller.advance(150)
    busy = caller.list_instances("")[40]
    assert busy["properties"]["provisioningState"] == "Updating"
    caller.advance(150)
    assert not any(each["properties"]["latestModelApplied"] for each in caller.list_instances())
    (edit,) = caller.effects("model")
    assert (edit["client_request_id"], edit["at"]) == (
        "colleague",
        "2026-11-22T12:06:30.0000000+00:00",
    )


def test_a_flaky_azure_answers_badly_and_does_what_it_was_asked(calling: ClientFactory) -> None:
    caller = calling("flaky-arm", throttling=False)
    caller.control("DELETE", "faults")
    scenario = [each for each in caller.simulator.scenario.faults if "delay" not in str(each)]
    for fault in scenario:
        caller.add_fault(**fault)
    seen = [caller.get("/virtualMachines") for _ in range(26)]
    codes = [each.status_code for each in seen]
    assert codes.count(429) == 3
    assert codes.count(502) == 1
    assert next(each for each in seen if each.status_code == 429).headers["Retry-After"] == "17"
    answered: list[int | None] = []
    for number in range(10):
        try:
            answered.append(caller.post("/restart", [str(number)]).status_code)
        except requests.ConnectionError:
            answered.append(None)
    assert answered == [202, 202, 202, 202, 500, 202, None, 503, 202, 500]
    assert {each["instance_id"] for each in caller.effects("restart")} == set("012345689")


def test_an_accepted_action_may_show_late(calling: ClientFactory) -> None:
    web = calling(throttling=False)
    web.add_fault(instance="lag", period=8)
    web.patch_image_version(NEWER)
    accepted = web.post("/manualupgrade", ["1"])
    for seconds, state in ((7.9, "Succeeded"), (0.2, "Updating")):
        assert web.get_instance("1")["properties"]["provisioningState"] == "Succeeded"
        assert web.operation_status(accepted)["status"] == "InProgress"
        web.advance(seconds)
        assert web.get_instance("1")["properties"]["provisioningState"] == state
    assert web.post("/restart", ["1"]).status_code == 409
    web.advance(120)
    assert web.get_instance("1")["properties"]["latestModelApplied"] is True


def test_what_finds_no_host_fails_and_stays_off(calling: ClientFactory) -> None:
    web = calling()
    web.post("/deallocate", ["1"])
    web.advance(120)
    web.add_fault(instance="allocation_failure", times=1)
    failed = web.post("/start", ["1"])
    web.advance(60)
    assert web.operation_status(failed)["error"]["code"] == "AllocationFailed"
    vm = web.get_instance("1")
    assert (vm["properties"]["provisioningState"], power_state(vm)) == ("Failed", "deallocated")
    web.post("/start", ["1"])
    web.advance(60)
    assert (power_state(web.get_instance("1")), health_state(web.get_instance("1"))) == ("running", "healthy")


def test_an_eviction_takes_instances_away_at_its_moment(calling: ClientFactory) -> None:
    web = calling()
    web.add_fault(instance="eviction", scale_set="web-rg/web-vmss", instance_ids=["5", "6"], after=30)
    web.advance(29)
    assert power_state(web.get_instance("5")) == "running"
    web.advance(120)
    assert {power_state(web.get_instance(each)) for each in ("5", "6")} == {"deallocated"}
    assert [each["instance_id"] for each in web.effects("evict")] == ["5", "6"]


def test_overprovisioning_begins_more_and_deletes_the_slowest(calling: ClientFactory) -> None:
    web = calling(throttling=False)
    body = web.get().json()
    body["sku"]["capacity"] = 5
    body["properties"]["overprovision"] = True
    path = web.set_path.replace("web-vmss", "over-vmss")
    made = web.send("PUT", path, body)
    assert made.headers["x-ms-request-charge"] == "8"

    def vms() -> list[Any]:
        found: list[Any] = web.send("GET", path + "/virtualMachines").json()["value"]
        return found

    assert len(vms()) == 8
    while web.operation_status(made)["status"] == "InProgress":
        web.advance(1)
    assert web.send("GET", path).json()["properties"]["provisioningState"] == "Succeeded"
    going = [each for each in vms() if each["properties"]["provisioningState"] == "Deleting"]
    assert len(going) == 3
    stale = web.send("POST", path + "/restart", {"instanceIds": [going[0]["instanceId"]]})
    assert stale.json()["error"]["target"] == "instanceIds"
    web.advance(60)
    left = [int(each["instanceId"]) for each in vms()]
    assert len(left) == 5
    assert max(left) > 4
    web.send("PATCH", path, {"sku": {"capacity": 6}})
    web.advance(200)
    assert len(vms()) == 6
    assert min(set(range(8, 99)) & {int(each["instanceId"]) for each in vms()}) >= 8


def test_scale_out_adds_instances_in_the_zone_named(calling: ClientFactory) -> None:
    caller = calling("zonal", throttling=False)
    reply = caller.send(
        "POST", caller.set_path + "/scaleOut", {"capacity": 4, "properties": {"zone": "2"}}
    )
    assert reply.status_code == 202
    caller.advance(200)
    assert caller.operation_status(reply)["status"] == "Succeeded"
    added = caller.list_instances()[90:]
    assert [each["zones"] for each in added] == [["2"]] * 4
    assert caller.get().json()["sku"]["capacity"] == 94
    for wrong in ({}, {"capacity": 0}, {"capacity": 1, "properties": {"zone": "9"}}):
        assert caller.send("POST", caller.set_path + "/scaleOut", wrong).status_code == 400


def test_the_other_posts_are_answered(calling: ClientFactory) -> None:
    web = calling()
    for path in ("/reapply", "/approveRollingUpgrade", "/performMaintenance"):
        accepted = web.post(path)
        assert accepted.status_code == 202, path
        web.advance(200)
        assert web.operation_status(accepted)["status"] == "Succeeded"
    command = {"commandId": "RunShellScript", "script": ["uptime"]}
    ran = web.send("POST", web.set_path + "/virtualMachines/1/runCommand", command)
    web.advance(60)
    assert web.operation_status(ran)["properties"]["output"]["value"][0]["level"] == "Info"
    log = web.post("/virtualMachines/1/retrieveBootDiagnosticsData").json()
    assert log["serialConsoleLogBlobUri"].endswith(".log")
    walk = "/forceRecoveryServiceFabricPlatformUpdateDomainWalk?platformUpdateDomain=2"
    assert web.post(walk).json() == {"walkPerformed": True, "nextPlatformUpdateDomain": 3}
