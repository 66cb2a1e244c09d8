"""The simulated resources of the scenarios at their start."""

from tests.support.simulator_client import ClientFactory, SimulatorClient, health_state, power_state
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.server import Simulator


def test_web_100_has_four_upgraded_instances_of_twenty_in_each_domain(web: SimulatorClient) -> None:
    vms = web.list_instances()
    assert len(vms) == 100
    for domain in range(5):
        views = [vm["properties"]["instanceView"] for vm in vms]
        inside = [
            vm
            for vm, view in zip(vms, views, strict=True)
            if view["platformUpdateDomain"] == view["platformFaultDomain"] == domain
        ]
        assert len(inside) == 20
        assert sum(vm["properties"]["latestModelApplied"] for vm in inside) == 4
    assert {health_state(vm) for vm in vms} == {"healthy"}


def test_the_exact_version_shows_which_image_an_instance_runs(web: SimulatorClient) -> None:
    runs = {
        (
            vm["properties"]["latestModelApplied"],
            vm["properties"]["storageProfile"]["imageReference"]["exactVersion"],
        )
        for vm in web.list_instances()
    }
    assert runs == {(True, "22.04.202511010"), (False, "22.04.202510010")}


def test_the_set_is_what_the_demo_needs(web: SimulatorClient) -> None:
    body = web.get().json()
    assert (body["location"], body["sku"]["name"]) == ("eastus", "Standard_D4s_v5")
    assert body["sku"]["capacity"] == 100
    assert body["properties"]["upgradePolicy"] == {"mode": "Manual"}
    profile = body["properties"]["virtualMachineProfile"]
    assert profile["storageProfile"]["imageReference"] == {
        "publisher": "Canonical",
        "offer": "0001-com-ubuntu-server-jammy",
        "sku": "22_04-lts-gen2",
        "version": "22.04.202511010",
    }


def test_every_scenario_starts_and_has_a_description() -> None:
    for scenario in SCENARIOS.values():
        assert scenario.title
        assert scenario.story
        with Simulator(scenario.name, speed=0) as simulator:
            banner = simulator.banner()
            assert len(banner["scale_sets"]) == len(scenario.sets)
            assert SimulatorClient(simulator).get().status_code == 200


def test_a_page_of_a_thousand_instances_is_as_large_as_azures(make_client: ClientFactory) -> None:
    client = make_client("thousand")
    first = client.get("/virtualMachines", "$expand=instanceView", Accept_Encoding="identity")
    assert 500_000 < len(first.content) < 700_000
    vms = client.list_instances()
    assert len(vms) == 1000
    assert len({vm["properties"]["instanceView"]["placementGroupId"] for vm in vms}) == 10
    domains = [vm["properties"]["instanceView"]["platformUpdateDomain"] for vm in vms]
    assert {domains.count(number) for number in range(5)} == {200}


def test_zonal_instances_have_zones_and_domain_zero(make_client: ClientFactory) -> None:
    client = make_client("zonal")
    vms = client.list_instances()
    assert {tuple(vm["zones"]) for vm in vms} == {("1",), ("2",), ("3",)}
    assert {vm["properties"]["instanceView"]["platformUpdateDomain"] for vm in vms} == {0}
    assert client.get().json()["zones"] == ["1", "2", "3"]


def test_the_scenario_sick_starts_with_unhealthy_instances(make_client: ClientFactory) -> None:
    vms = make_client("sick").list_instances()
    assert sum(health_state(vm) == "unhealthy" for vm in vms) == 6
    assert sum(vm["properties"]["provisioningState"] == "Failed" for vm in vms) == 2
    assert sum(power_state(vm) == "deallocated" for vm in vms) == 2


def test_a_fleet_spreads_over_three_subscriptions(make_client: ClientFactory) -> None:
    client = make_client("fleet")
    subscriptions = client.send("GET", "/subscriptions").json()["value"]
    sets = "/providers/Microsoft.Compute/virtualMachineScaleSets"
    counts = [len(client.send("GET", s["id"] + sets).json()["value"]) for s in subscriptions]
    assert len(counts) == 3
    assert sum(counts) == 40
