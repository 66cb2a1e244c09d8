"""Changes of capacity: new instances, scale-in, overprovisioning, scale-out."""

from typing import Any

from tests.support.simulator_client import NEWER, ClientFactory, SimulatorClient


def test_new_instances_have_new_ids_and_the_new_model(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER)
    web.post("/delete", ["99"])
    web.advance(30)
    assert web.get().json()["sku"]["capacity"] == 99
    body = {"sku": {"capacity": 100}, "properties": {"singlePlacementGroup": True}}
    web.send("PATCH", web.set_path, body)
    web.advance(200)
    list_vms = web.list_instances()
    assert [vm["instanceId"] for vm in list_vms][-2:] == ["98", "100"]
    assert list_vms[-1]["properties"]["latestModelApplied"] is True
    assert list_vms[-1]["properties"]["osProfile"]["computerName"] == "webvmss00002s"


def test_scale_in_removes_the_highest_of_the_fullest_fault_domain(web: SimulatorClient) -> None:
    response = web.send("PATCH", web.set_path, {"sku": {"capacity": 97}})
    assert response.headers["x-ms-request-charge"] == "3"
    web.advance(60)
    remaining = {vm["instanceId"] for vm in web.list_instances("")}
    assert {"97", "98", "99"} == {str(number) for number in range(100)} - remaining


def test_a_capacity_beyond_the_placement_group_is_refused(web: SimulatorClient) -> None:
    for capacity in (101, -1, "many", 1.5, True):
        assert web.send("PATCH", web.set_path, {"sku": {"capacity": capacity}}).status_code == 400


def test_overprovisioning_creates_more_and_deletes_the_slowest(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    body = web.get().json()
    body["sku"]["capacity"] = 5
    body["properties"]["overprovision"] = True
    path = web.set_path.replace("web-vmss", "over-vmss")
    created = web.send("PUT", path, body)
    assert created.headers["x-ms-request-charge"] == "8"

    def list_vms() -> list[Any]:
        instances: list[Any] = web.send("GET", path + "/virtualMachines").json()["value"]
        return instances

    assert len(list_vms()) == 8
    while web.operation_status(created)["status"] == "InProgress":
        web.advance(1)
    assert web.send("GET", path).json()["properties"]["provisioningState"] == "Succeeded"
    deleting = [vm for vm in list_vms() if vm["properties"]["provisioningState"] == "Deleting"]
    assert len(deleting) == 3
    refused = web.send("POST", path + "/restart", {"instanceIds": [deleting[0]["instanceId"]]})
    assert refused.json()["error"]["target"] == "instanceIds"
    web.advance(60)
    remaining = [int(vm["instanceId"]) for vm in list_vms()]
    assert len(remaining) == 5
    assert max(remaining) > 4
    web.send("PATCH", path, {"sku": {"capacity": 6}})
    web.advance(200)
    assert len(list_vms()) == 6
    assert min(set(range(8, 99)) & {int(vm["instanceId"]) for vm in list_vms()}) >= 8


def test_scale_out_adds_instances_in_the_requested_zone(make_client: ClientFactory) -> None:
    client = make_client("zonal", throttling=False)
    response = client.send(
        "POST", client.set_path + "/scaleOut", {"capacity": 4, "properties": {"zone": "2"}}
    )
    assert response.status_code == 202
    client.advance(200)
    assert client.operation_status(response)["status"] == "Succeeded"
    added = client.list_instances()[90:]
    assert [vm["zones"] for vm in added] == [["2"]] * 4
    assert client.get().json()["sku"]["capacity"] == 94
    for wrong in ({}, {"capacity": 0}, {"capacity": 1, "properties": {"zone": "9"}}):
        assert client.send("POST", client.set_path + "/scaleOut", wrong).status_code == 400
