"""Flexible sets: stubs in their own list, and virtual machines."""

from typing import Any

import pytest

from tests.support.simulator_client import (
    ClientFactory,
    SimulatorClient,
    health_state,
    image_body,
    power_state,
)

NEWEST = "24.04.202601090"


@pytest.fixture
def flex(make_client: ClientFactory) -> SimulatorClient:
    """A client of the Flexible set over three zones."""
    return make_client("flexible", page_size=10)


def machines_path(client: SimulatorClient) -> str:
    return f"{client.set_path.split('/providers/')[0]}/providers/Microsoft.Compute/virtualMachines"


def list_machines(client: SimulatorClient, key: str = "'virtualMachineScaleSet/id'") -> list[Any]:
    query = f"$filter={key} eq '{client.set_path}'&$expand=instanceView"
    page = client.send("GET", machines_path(client), None, query).json()
    machines = list(page["value"])
    while "nextLink" in page:
        page = client.send("GET", page["nextLink"]).json()
        machines += page["value"]
    return machines


def image_version(machine: Any) -> str:
    return str(machine["properties"]["storageProfile"]["imageReference"]["exactVersion"])


def test_the_list_of_the_set_has_stubs_without_properties(flex: SimulatorClient) -> None:
    stubs = flex.list_instances()
    assert len(stubs) == 24
    assert set(stubs[0]) == {"name", "id", "type", "location", "instanceId", "zones"}
    assert stubs[0]["instanceId"] == stubs[0]["name"]
    spot = SimulatorClient(flex.simulator, "flex-rg/spot-vmss")
    assert [vm["zones"] for vm in spot.list_instances()] == [[None]] * 6


def test_machines_are_listed_by_set_in_pages_with_their_views(flex: SimulatorClient) -> None:
    listed = list_machines(flex)
    assert [machine["name"] for machine in listed] == [vm["name"] for vm in flex.list_instances()]
    assert listed == list_machines(flex, key="virtualMachineScaleSet/id")
    for machine in listed:
        assert machine["type"] == "Microsoft.Compute/virtualMachines"
        assert machine["properties"]["virtualMachineScaleSet"]["id"] == flex.set_path
        assert health_state(machine) == "healthy"
        assert not {"instanceId", "sku"} & set(machine)
        assert "latestModelApplied" not in machine["properties"]
        view = machine["properties"]["instanceView"]
        assert not {"platformUpdateDomain", "platformFaultDomain", "placementGroupId"} & set(view)
    assert {machine["zones"][0] for machine in listed} == {"1", "2", "3"}


def test_without_the_filter_all_machines_are_listed_without_views(flex: SimulatorClient) -> None:
    page = flex.send("GET", machines_path(flex), None, "$skiptoken=99999").json()["value"]
    assert len(page) == 6
    refused = flex.send("GET", machines_path(flex), None, "$expand=instanceView")
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "$expand")
    invalid = flex.send("GET", machines_path(flex), None, "$filter=name eq 'x'")
    assert (invalid.status_code, invalid.json()["error"]["target"]) == (400, "$filter")


def test_status_only_lists_the_views_of_a_subscription(flex: SimulatorClient) -> None:
    path = f"{flex.subscription_path}/providers/Microsoft.Compute/virtualMachines"
    response = flex.send("GET", path, None, "statusOnly=true").json()
    assert power_state(response["value"][0]) == "running"
    assert "storageProfile" not in response["value"][0]["properties"]
    assert "statusOnly=true" in response["nextLink"]


def test_an_upgrade_by_names_changes_only_those_machines(flex: SimulatorClient) -> None:
    names = [vm["name"] for vm in list_machines(flex)]
    assert flex.patch_image_version(NEWEST).status_code == 200
    accepted = flex.post("/manualupgrade", [names[3], names[5].upper()])
    assert accepted.status_code == 202
    flex.advance(200)
    assert flex.operation_status(accepted)["status"] == "Succeeded"
    after = list_machines(flex)
    assert [vm["name"] for vm in after if image_version(vm) == NEWEST] == [names[3], names[5]]
    assert {vm["properties"]["provisioningState"] for vm in after} == {"Succeeded"}
    refused = flex.post("/manualupgrade", ["flex-vmss_00000000"])
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "instanceIds")


def test_one_machine_is_read_deallocated_and_deleted_at_its_own_path(flex: SimulatorClient) -> None:
    name = list_machines(flex)[0]["name"]
    path = f"{machines_path(flex)}/{name}"
    one = flex.send("GET", path, None, "$expand=instanceView")
    assert one.headers["etag"] == one.json()["etag"]
    assert (
        one.json()["properties"]["instanceView"] == flex.send("GET", f"{path}/instanceView").json()
    )
    stopped = flex.send("POST", f"{path}/deallocate")
    flex.advance(120)
    assert flex.operation_status(stopped)["status"] == "Succeeded"
    assert (
        power_state(flex.send("GET", path.upper(), None, "$expand=instanceView").json())
        == "deallocated"
    )
    assert flex.send("DELETE", path).status_code == 202
    flex.advance(60)
    assert flex.send("GET", path).json()["error"]["code"] == "ResourceNotFound"
    assert flex.get().json()["sku"]["capacity"] == 23


def test_what_flexible_sets_do_not_have_is_refused(flex: SimulatorClient) -> None:
    refused = flex.get("/instanceView")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "OperationNotAllowed")
    body = flex.get().json()["properties"]
    assert (body["orchestrationMode"], body["singlePlacementGroup"]) == ("Flexible", False)
    assert "overprovision" not in body
    change = {"properties": {"orchestrationMode": "Uniform"}}
    assert flex.send("PATCH", flex.set_path, change).status_code == 409


def test_an_empty_flexible_set_has_neither_model_nor_size(flex: SimulatorClient) -> None:
    bare = SimulatorClient(flex.simulator, "flex-rg/bare-vmss")
    body = bare.get().json()
    assert "sku" not in body
    assert not {"virtualMachineProfile", "upgradePolicy"} & set(body["properties"])
    assert bare.list_instances() == list_machines(bare) == []
    created = bare.send(
        "PUT",
        bare.set_path.replace("bare", "other"),
        {"location": "eastus", "properties": {"orchestrationMode": "Flexible"}},
    )
    assert created.status_code == 201


def test_a_flexible_set_grows_by_machines_with_new_names(flex: SimulatorClient) -> None:
    before = {vm["name"] for vm in list_machines(flex)}
    flex.send("PATCH", flex.set_path, {"sku": {"capacity": 27}})
    flex.advance(200)
    after = list_machines(flex)
    assert len(after) == 27
    added = [vm for vm in after if vm["name"] not in before]
    assert {image_version(vm) for vm in added} == {"24.04.202511020"}
    assert sorted(vm["zones"][0] for vm in added) == ["1", "2", "3"]


def test_protection_is_written_at_the_path_of_the_set(flex: SimulatorClient) -> None:
    name = list_machines(flex)[1]["name"]
    policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    body = {"properties": {"protectionPolicy": policy}}
    assert flex.send("PUT", f"{flex.set_path}/virtualMachines/{name}", body).status_code == 200
    flex.advance(5)
    one = flex.get(f"/virtualMachines/{name}").json()
    assert one["properties"]["protectionPolicy"] == policy
    flex.patch_image_version(NEWEST)
    flex.post("/manualupgrade", [name])
    assert flex.effects("upgrade") == []


def test_spot_machines_can_be_evicted_and_others_not(flex: SimulatorClient) -> None:
    spot = SimulatorClient(flex.simulator, "flex-rg/spot-vmss")
    name = spot.list_instances()[0]["name"]
    assert spot.send("POST", f"{machines_path(spot)}/{name}/simulateEviction").status_code == 204
    spot.advance(1800)
    assert power_state(list_machines(spot)[0]) == "deallocated"
    assert [effect["instance_id"] for effect in spot.effects("evict")] == [name]
    other = list_machines(flex)[0]["name"]
    assert flex.post(f"/virtualMachines/{other}/simulateEviction").status_code == 409


def test_the_model_of_a_spot_set_can_be_written(flex: SimulatorClient) -> None:
    spot = SimulatorClient(flex.simulator, "flex-rg/spot-vmss")
    response = spot.send("PATCH", spot.set_path, image_body("22.04.202601010"))
    assert response.status_code == 200
    assert response.json()["properties"]["virtualMachineProfile"]["priority"] == "Spot"
