"""The scenarios of what Azure shows rarely: their resources at the start."""

from tests.simulator.handlers.flexible_machines import list_machines
from tests.support.simulator_client import ClientFactory, SimulatorClient, health_state


def test_attached_machines_differ_from_the_model_of_their_set(make_client: ClientFactory) -> None:
    client = make_client("attached")
    body = client.get().json()
    assert body["sku"]["capacity"] == 8
    machines = list_machines(client)
    assert len(machines) == 8
    windows, proxy = machines["billing-win"], machines["old-proxy"]
    for machine in (windows, proxy):
        assert machine["properties"]["virtualMachineScaleSet"]["id"] == body["id"]
        assert machine["properties"]["timeCreated"] < body["properties"]["timeCreated"]
        assert machine["properties"]["hardwareProfile"]["vmSize"] != body["sku"]["name"]
        assert machine["properties"]["osProfile"]["computerName"] == machine["name"]
        assert health_state(machine) is None
        assert "resources" not in machine
    assert windows["properties"]["storageProfile"]["osDisk"]["osType"] == "Windows"
    assert windows["properties"]["instanceView"]["osName"].startswith("Windows")
    others = [machine for name, machine in machines.items() if name.startswith("shop-vmss_")]
    assert {health_state(machine) for machine in others} == {"healthy"}


def test_an_attached_machine_follows_the_model_when_it_is_upgraded(
    make_client: ClientFactory,
) -> None:
    client = make_client("attached", throttling=False)
    model = client.get().json()["properties"]["virtualMachineProfile"]["storageProfile"]
    assert client.post("/manualupgrade", ["old-proxy"]).status_code == 202
    client.advance(200)
    machine = list_machines(client)["old-proxy"]
    reference = machine["properties"]["storageProfile"]["imageReference"]
    assert reference["version"] == model["imageReference"]["version"]
    assert client.effects("upgrade")[0]["instance_id"] == "old-proxy"


def test_a_set_without_a_model_has_machines_made_of_disks(make_client: ClientFactory) -> None:
    client = make_client("attached", "shop-rg/sql-vmss")
    body = client.get().json()
    assert "sku" not in body
    assert "virtualMachineProfile" not in body["properties"]
    machines = list_machines(client)
    assert set(machines) == {"sql-prod-01", "sql-prod-02", "web-01"}
    for name in ("sql-prod-01", "sql-prod-02"):
        properties = machines[name]["properties"]
        assert "imageReference" not in properties["storageProfile"]
        assert properties["storageProfile"]["osDisk"]["createOption"] == "Attach"
        assert "osProfile" not in properties
    assert "imageReference" in machines["web-01"]["properties"]["storageProfile"]


def stub_names(client: SimulatorClient) -> set[str]:
    return {stub["name"] for stub in client.list_instances("")}


def test_the_list_of_the_set_names_attached_machines_too(make_client: ClientFactory) -> None:
    client = make_client("attached")
    assert {"billing-win", "old-proxy"} < stub_names(client)


def test_other_owners_mark_their_sets_and_work_on_them(make_client: ClientFactory) -> None:
    client = make_client("owners", throttling=False)
    sets = client.send(
        "GET", f"{client.subscription_path}/providers/Microsoft.Compute/virtualMachineScaleSets"
    ).json()["value"]
    by_name = {body["name"]: body for body in sets}
    assert "aks-managed-poolName" in by_name["aks-nodes-12345678-vmss"]["tags"]
    assert "__AzureDevOpsElasticPool" in by_name["agents-vmss"]["tags"]
    assert by_name["workers-vmss"]["managedBy"].endswith("Microsoft.Databricks/workspaces/lake")
    assert "managedBy" not in by_name["web-vmss"]
    extensions = by_name["node-vmss"]["properties"]["virtualMachineProfile"]["extensionProfile"]
    assert extensions["extensions"][-1]["properties"]["type"] == "ServiceFabricLinuxNode"
    client.advance(200)
    client.get()
    callers = {effect["client_request_id"] for effect in client.control("GET", "ledger")["effects"]}
    assert {
        "azure-kubernetes-service",
        "azure-devops",
        "azure-batch",
        "databricks",
    } <= callers
    agents = make_client("owners", "agents-rg/agents-vmss", throttling=False)
    before = agents.get().json()["tags"]
    agents.advance(150)
    after = agents.get().json()["tags"]
    assert before.keys() == after.keys()
    assert before != after
