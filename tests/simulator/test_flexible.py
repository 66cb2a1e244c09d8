"""Flexible sets: their instances are virtual machines, their own list tells stubs."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.simulator_client import SimulatorClient, ClientFactory, client_factory, health_state, image_body, power_state

NEWEST = "24.04.202601090"


@pytest.fixture
def calling() -> Iterator[ClientFactory]:
    """Makes callers of simulators."""
    with client_factory() as call:
        yield call


@pytest.fixture
def flex(calling: ClientFactory) -> SimulatorClient:
    """A caller of the Flexible set over three zones."""
    return calling("flexible", page_size=10)


def machines_path(caller: SimulatorClient) -> str:
    return f"{caller.set_path.split('/providers/')[0]}/providers/Microsoft.Compute/virtualMachines"


def machines(caller: SimulatorClient, quoted: str = "'virtualMachineScaleSet/id'") -> list[Any]:
    query = f"$filter={quoted} eq '{caller.set_path}'&$expand=instanceView"
    reply = caller.send("GET", machines_path(caller), None, query).json()
    found = list(reply["value"])
    while "nextLink" in reply:
        reply = caller.send("GET", reply["nextLink"]).json()
        found += reply["value"]
    return found


def runs(machine: Any) -> str:
    return str(machine["properties"]["storageProfile"]["imageReference"]["exactVersion"])


def test_the_sets_own_list_tells_stubs_without_properties(flex: SimulatorClient) -> None:
    stubs = flex.list_instances()
    assert len(stubs) == 24
    assert set(stubs[0]) == {"name", "id", "type", "location", "instanceId", "zones"}
    assert stubs[0]["instanceId"] == stubs[0]["name"]
    spot = SimulatorClient(flex.simulator, "flex-rg/spot-vmss")
    assert [each["zones"] for each in spot.list_instances()] == [[None]] * 6


def test_the_groups_machines_are_listed_by_set_in_pages_with_their_views(flex: SimulatorClient) -> None:
    found = machines(flex)
    assert [each["name"] for each in found] == [each["name"] for each in flex.list_instances()]
    assert found == machines(flex, quoted="virtualMachineScaleSet/id")
    for each in found:
        assert each["type"] == "Microsoft.Compute/virtualMachines"
        assert each["properties"]["virtualMachineScaleSet"]["id"] == flex.set_path
        assert health_state(each) == "healthy"
        assert not {"instanceId", "sku"} & set(each)
        assert "latestModelApplied" not in each["properties"]
        view = each["properties"]["instanceView"]
        assert not {"platformUpdateDomain", "platformFaultDomain", "placementGroupId"} & set(view)
    assert {each["zones"][0] for each in found} == {"1", "2", "3"}


def test_without_the_filter_all_machines_are_listed_and_no_view(flex: SimulatorClient) -> None:
    everybody = flex.send("GET", machines_path(flex), None, "$skiptoken=99999").json()["value"]
    assert len(everybody) == 6
    refused = flex.send("GET", machines_path(flex), None, "$expand=instanceView")
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "$expand")
    odd = flex.send("GET", machines_path(flex), None, "$filter=name eq 'x'")
    assert (odd.status_code, odd.json()["error"]["target"]) == (400, "$filter")


def test_status_only_tells_how_the_machines_of_a_subscription_are(flex: SimulatorClient) -> None:
    path = f"{flex.subscription_path}/providers/Microsoft.Compute/virtualMachines"
    reply = flex.send("GET", path, None, "statusOnly=true").json()
    assert power_state(reply["value"][0]) == "running"
    assert "storageProfile" not in reply["value"][0]["properties"]
    assert "statusOnly=true" in reply["nextLink"]


def test_an_upgrade_takes_names_and_shows_in_the_machine_alone(flex: SimulatorClient) -> None:
    names = [each["name"] for each in machines(flex)]
    assert flex.patch_image_version(NEWEST).status_code == 200
    accepted = flex.post("/manualupgrade", [names[3], names[5].upper()])
    assert accepted.status_code == 202
    flex.advance(200)
    assert flex.operation_status(accepted)["status"] == "Succeeded"
    after = machines(flex)
    assert [each["name"] for each in after if runs(each) == NEWEST] == [names[3], names[5]]
    assert {each["properties"]["provisioningState"] for each in after} == {"Succeeded"}
    stale = flex.post("/manualupgrade", ["flex-vmss_00000000"])
    assert (stale.status_code, stale.json()["error"]["target"]) == (400, "instanceIds")


def test_one_machine_is_read_acted_on_and_deleted_by_its_own_path(flex: SimulatorClient) -> None:
    name = machines(flex)[0]["name"]
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
        power_state(flex.send("GET", path.upper(), None, "$expand=instanceView").json()) == "deallocated"
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
    assert bare.list_instances() == machines(bare) == []
    made = bare.send(
        "PUT",
        bare.set_path.replace("bare", "other"),
        {"location": "eastus", "properties": {"orchestrationMode": "Flexible"}},
    )
    assert made.status_code == 201


def test_a_flexible_set_grows_by_machines_with_new_names(flex: SimulatorClient) -> None:
    before = {each["name"] for each in machines(flex)}
    flex.send("PATCH", flex.set_path, {"sku": {"capacity": 27}})
    flex.advance(200)
    after = machines(flex)
    assert len(after) == 27
    added = [each for each in after if each["name"] not in before]
    assert {runs(each) for each in added} == {"24.04.202511020"}
    assert sorted(each["zones"][0] for each in added) == ["1", "2", "3"]


def test_protection_is_written_on_the_sets_path(flex: SimulatorClient) -> None:
    name = machines(flex)[1]["name"]
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
    assert power_state(machines(spot)[0]) == "deallocated"
    assert [each["instance_id"] for each in spot.effects("evict")] == [name]
    other = machines(flex)[0]["name"]
    assert flex.post(f"/virtualMachines/{other}/simulateEviction").status_code == 409


def test_the_model_of_a_spot_set_can_be_written_too(flex: SimulatorClient) -> None:
    spot = SimulatorClient(flex.simulator, "flex-rg/spot-vmss")
    reply = spot.send("PATCH", spot.set_path, image_body("22.04.202601010"))
    assert reply.status_code == 200
    assert reply.json()["properties"]["virtualMachineProfile"]["priority"] == "Spot"
