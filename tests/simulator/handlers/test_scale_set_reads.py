"""Lists of instances with pages, filters and views; the view of a set."""

from typing import Any

from tests.support.simulator_client import ClientFactory, SimulatorClient, health_state


def test_next_links_have_the_host_of_the_request(make_client: ClientFactory) -> None:
    client = make_client(page_size=30)
    first = client.get("/virtualMachines", "$expand=instanceView", Host="localhost:8443").json()
    assert len(first["value"]) == 30
    assert first["nextLink"].startswith("http://localhost:8443/subscriptions/")
    tls = client.get("/virtualMachines", X_Forwarded_Proto="https").json()["nextLink"]
    assert tls.startswith("https://127.0.0.1:")
    ids = [vm["instanceId"] for vm in client.list_instances()]
    assert ids == [str(number) for number in range(100)]


def test_the_filters_that_azure_allows(web: SimulatorClient) -> None:
    assert len(web.list_instances("$filter=properties/latestModelApplied eq true")) == 20
    assert len(web.list_instances("$filter=properties%2FlatestModelApplied%20eq%20false")) == 80
    running = "$filter=startswith(instanceView/statuses/code, 'PowerState') eq true"
    assert len(web.list_instances(running)) == 100
    stopped = "$filter=startswith(instanceView/statuses/code, 'PowerState/stopped') eq true"
    assert web.list_instances(stopped) == []


def test_select_returns_a_latest_model_applied_that_is_always_false(web: SimulatorClient) -> None:
    vms = web.list_instances("$select=instanceView&$expand=instanceView")
    assert {vm["properties"]["latestModelApplied"] for vm in vms} == {False}
    assert set(vms[0]) == {"id", "instanceId", "properties"}


def test_without_expand_there_is_no_instance_view(web: SimulatorClient) -> None:
    assert all("instanceView" not in vm["properties"] for vm in web.list_instances(""))
    view = web.get("/virtualMachines/7/instanceView").json()
    assert view == web.get_instance("7")["properties"]["instanceView"]


def test_whether_outdated_instances_report_health_is_an_option(web: SimulatorClient) -> None:
    web.simulator.world.outdated_report_health = False
    reported = {
        (vm["properties"]["latestModelApplied"], health_state(vm)) for vm in web.list_instances()
    }
    assert reported == {(True, "healthy"), (False, None)}


def test_a_set_without_a_health_extension_reports_no_health(web: SimulatorClient) -> None:
    profile: Any = {"extensionProfile": {"extensions": []}}
    web.send("PATCH", web.set_path, {"properties": {"virtualMachineProfile": profile}})
    web.post("/manualupgrade", ["0"])
    web.advance(200)
    assert (health_state(web.get_instance("0")), health_state(web.get_instance("1"))) == (
        None,
        "healthy",
    )


def test_a_set_view_counts_provisioning_states_only(web: SimulatorClient) -> None:
    web.post("/poweroff", ["1", "2"])
    body = web.get("/instanceView").json()
    assert body["virtualMachine"]["statusesSummary"] == [
        {"code": "ProvisioningState/succeeded", "count": 98},
        {"code": "ProvisioningState/updating", "count": 2},
    ]
    assert "PowerState" not in str(body)
