"""What the simulator promises, asked over real HTTP. Time is moved by hand; nothing sleeps."""

import ast
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

import vmss_tui.simulator
from tests.support.simulator_client import SimulatorClient, ClientFactory, client_factory, health_state, image_body, power_state
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.server import Simulator

NEWER = "22.04.202512010"
NEWEST = "22.04.202601010"


@pytest.fixture
def calling() -> Iterator[ClientFactory]:
    """Makes callers of simulators."""
    with client_factory() as call:
        yield call


@pytest.fixture
def web(calling: ClientFactory) -> SimulatorClient:
    """A caller of web-100."""
    return calling()


# The fleet of web-100


def test_web_100_has_four_current_of_twenty_in_each_of_five_domains(web: SimulatorClient) -> None:
    vms = web.list_instances()
    assert len(vms) == 100
    for domain in range(5):
        views = [each["properties"]["instanceView"] for each in vms]
        inside = [
            vm
            for vm, view in zip(vms, views, strict=True)
            if view["platformUpdateDomain"] == view["platformFaultDomain"] == domain
        ]
        assert len(inside) == 20
        assert sum(vm["properties"]["latestModelApplied"] for vm in inside) == 4
    assert {health_state(vm) for vm in vms} == {"healthy"}


def test_the_exact_version_tells_what_an_instance_runs(web: SimulatorClient) -> None:
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


def test_every_scenario_comes_alive_and_says_what_it_is() -> None:
    for scenario in SCENARIOS.values():
        assert scenario.title
        assert scenario.story
        with Simulator(scenario.name, speed=0) as simulator:
            banner = simulator.banner()
            assert len(banner["scale_sets"]) == len(scenario.sets)
            assert SimulatorClient(simulator).get().status_code == 200


# Who may ask, and for what


def test_without_a_token_everything_but_control_is_401(web: SimulatorClient) -> None:
    reply = requests.get(web.simulator.endpoint + web.set_path, timeout=20)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "AuthenticationFailed"
    assert "Bearer" in reply.headers["WWW-Authenticate"]


def test_paths_are_matched_in_any_case_and_any_encoding(web: SimulatorClient) -> None:
    shouting = web.set_path.upper() + "/VIRTUALMACHINES/%30"
    reply = web.send("GET", shouting, query="%24expand=instanceView")
    assert reply.status_code == 200
    assert "instanceView" in reply.json()["properties"]
    assert web.send("GET", web.set_path + "?api-version=1999-12-31").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("{set}x", 404, "ResourceNotFound"),
        ("{set}/virtualMachines/777", 404, "NotFound"),
        ("{set}/nonsense", 404, "InvalidResourceType"),
        ("/subscriptions/nobody/resourceGroups", 404, "SubscriptionNotFound"),
        ("{sub}/resourceGroups/nobody", 404, "ResourceGroupNotFound"),
        ("/nonsense", 404, "ResourceNotFound"),
        ("{set}/manualupgrade", 405, "UnsupportedHttpMethod"),
        ("{set}/virtualMachines?$skiptoken=stale!", 400, "InvalidParameter"),
        ("{set}/virtualMachines?$filter=nonsense", 400, "InvalidParameter"),
    ],
)
def test_what_is_not_there_is_refused_in_azures_words(
    web: SimulatorClient, path: str, status: int, code: str
) -> None:
    reply = web.send("GET", path.format(set=web.set_path, sub=web.subscription_path))
    assert reply.status_code == status
    assert reply.json()["error"]["code"] == code


def test_a_missing_set_is_a_404_of_the_gateway(web: SimulatorClient) -> None:
    reply = web.send("GET", web.set_path + "x")
    assert reply.headers["x-ms-failure-cause"] == "gateway"
    assert reply.json()["error"]["message"] == (
        "The Resource 'Microsoft.Compute/virtualMachineScaleSets/web-vmssx' under resource group "
        "'web-rg' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix"
    )


@pytest.mark.parametrize("body", ["{", "[]", '{"properties": 7}', '{"sku": "big"}', "\xff"])
def test_a_body_that_makes_no_sense_is_no_traceback(web: SimulatorClient, body: str) -> None:
    for method in ("PATCH", "PUT"):
        reply = web.session.request(
            method, f"{web.simulator.endpoint}{web.set_path}?api-version=1", data=body, timeout=20
        )
        assert reply.status_code == 400, reply.text
        assert "error" in reply.json()


def test_a_client_can_sign_in_and_look_around(web: SimulatorClient) -> None:
    assert web.send("GET", "/tenants").json()["value"]
    subscriptions = web.send("GET", "/subscriptions").json()["value"]
    assert subscriptions[0]["subscriptionId"] == web.simulator.subscription_id
    assert web.send("GET", web.subscription_path).json()["state"] == "Enabled"
    groups = web.send("GET", web.subscription_path + "/resourcegroups").json()["value"]
    assert [each["name"] for each in groups] == ["web-rg"]
    provider = web.subscription_path + "/providers/Microsoft.Compute"
    assert web.send("GET", provider).json()["registrationState"] == "Registered"
    assert web.send("POST", provider + "/register").status_code == 200


def test_where_a_cloud_is_can_be_asked_unsigned(web: SimulatorClient) -> None:
    url = f"{web.simulator.endpoint}/metadata/endpoints?api-version=2022-09-01"
    headers = {"Host": "azure.example", "X-Forwarded-Proto": "https"}
    body = requests.get(url, headers=headers, timeout=20).json()
    assert body["resourceManager"] == "https://azure.example"
    assert body["authentication"]["audiences"] == ["https://azure.example"]


# Reading instances


def test_lists_come_in_pages_whose_links_are_on_the_callers_host(calling: ClientFactory) -> None:
    caller = calling(page_size=30)
    first = caller.get("/virtualMachines", "$expand=instanceView", Host="azure.example:8443").json()
    assert len(first["value"]) == 30
    assert first["nextLink"].startswith("http://azure.example:8443/subscriptions/")
    tls = caller.get("/virtualMachines", X_Forwarded_Proto="https").json()["nextLink"]
    assert tls.startswith("https://127.0.0.1:")
    ids = [vm["instanceId"] for vm in caller.list_instances()]
    assert ids == [str(number) for number in range(100)]


def test_the_filters_that_azure_allows(web: SimulatorClient) -> None:
    assert len(web.list_instances("$filter=properties/latestModelApplied eq true")) == 20
    assert len(web.list_instances("$filter=properties%2FlatestModelApplied%20eq%20false")) == 80
    running = "$filter=startswith(instanceView/statuses/code, 'PowerState') eq true"
    assert len(web.list_instances(running)) == 100
    stopped = "$filter=startswith(instanceView/statuses/code, 'PowerState/stopped') eq true"
    assert web.list_instances(stopped) == []


def test_select_answers_a_latest_model_applied_that_means_nothing(web: SimulatorClient) -> None:
    vms = web.list_instances("$select=instanceView&$expand=instanceView")
    assert {vm["properties"]["latestModelApplied"] for vm in vms} == {False}
    assert set(vms[0]) == {"id", "instanceId", "properties"}


def test_without_expand_there_is_no_instance_view(web: SimulatorClient) -> None:
    assert all("instanceView" not in vm["properties"] for vm in web.list_instances(""))
    view = web.get("/virtualMachines/7/instanceView").json()
    assert view == web.get_instance("7")["properties"]["instanceView"]


def test_whether_stale_instances_report_health_can_be_chosen(web: SimulatorClient) -> None:
    web.simulator.world.outdated_report_health = False
    told = {(vm["properties"]["latestModelApplied"], health_state(vm)) for vm in web.list_instances()}
    assert told == {(True, "healthy"), (False, None)}


def test_a_set_without_a_health_extension_tells_no_health(web: SimulatorClient) -> None:
    profile: Any = {"extensionProfile": {"extensions": []}}
    web.send("PATCH", web.set_path, {"properties": {"virtualMachineProfile": profile}})
    web.post("/manualupgrade", ["0"])
    web.advance(200)
    assert (health_state(web.get_instance("0")), health_state(web.get_instance("1"))) == (None, "healthy")


def test_automatic_repairs_can_be_suspended(web: SimulatorClient) -> None:
    repairs = {"properties": {"automaticRepairsPolicy": {"enabled": True}}}
    web.send("PATCH", web.set_path, repairs)
    body = {"serviceName": "AutomaticRepairs", "action": "Suspend"}
    assert web.send("POST", web.set_path + "/setOrchestrationServiceState", body).status_code == 202
    (service,) = web.get("/instanceView").json()["orchestrationServices"]
    assert service == {"serviceName": "AutomaticRepairs", "serviceState": "Suspended"}


def test_a_set_view_counts_provisioning_states_only(web: SimulatorClient) -> None:
    web.post("/poweroff", ["1", "2"])
    body = web.get("/instanceView").json()
    assert body["virtualMachine"]["statusesSummary"] == [
        {"code": "ProvisioningState/succeeded", "count": 98},
        {"code": "ProvisioningState/updating", "count": 2},
    ]
    assert "PowerState" not in str(body)


def test_answers_are_compressed_when_asked(web: SimulatorClient) -> None:
    plain = web.get("/virtualMachines", Accept_Encoding="identity")
    packed = web.get("/virtualMachines", Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 5
    assert packed.json() == plain.json()


def test_a_thousand_instances_are_as_heavy_as_azures(calling: ClientFactory) -> None:
    caller = calling("thousand")
    first = caller.get("/virtualMachines", "$expand=instanceView", Accept_Encoding="identity")
    assert 500_000 < len(first.content) < 700_000
    vms = caller.list_instances()
    assert len(vms) == 1000
    assert len({vm["properties"]["instanceView"]["placementGroupId"] for vm in vms}) == 10
    domains = [vm["properties"]["instanceView"]["platformUpdateDomain"] for vm in vms]
    assert {domains.count(each) for each in range(5)} == {200}


def test_zonal_instances_have_zones_and_domain_zero(calling: ClientFactory) -> None:
    caller = calling("zonal")
    vms = caller.list_instances()
    assert {tuple(vm["zones"]) for vm in vms} == {("1",), ("2",), ("3",)}
    assert {vm["properties"]["instanceView"]["platformUpdateDomain"] for vm in vms} == {0}
    assert caller.get().json()["zones"] == ["1", "2", "3"]


def test_the_sick_are_sick_from_the_beginning(calling: ClientFactory) -> None:
    vms = calling("sick").list_instances()
    assert sum(health_state(vm) == "unhealthy" for vm in vms) == 6
    assert sum(vm["properties"]["provisioningState"] == "Failed" for vm in vms) == 2
    assert sum(power_state(vm) == "deallocated" for vm in vms) == 2


def test_a_fleet_spreads_over_three_subscriptions(calling: ClientFactory) -> None:
    caller = calling("fleet")
    subscriptions = caller.send("GET", "/subscriptions").json()["value"]
    sets = "/providers/Microsoft.Compute/virtualMachineScaleSets"
    counts = [len(caller.send("GET", s["id"] + sets).json()["value"]) for s in subscriptions]
    assert len(counts) == 3
    assert sum(counts) == 40


# Writing the model


def test_a_model_write_makes_every_instance_stale_and_touches_none(web: SimulatorClient) -> None:
    before = web.list_instances()
    reply = web.patch_image_version(NEWEST)
    assert reply.status_code == 200
    assert reply.json()["properties"]["provisioningState"] == "Updating"
    assert "Azure-AsyncOperation" in reply.headers
    assert "Location" not in reply.headers
    web.advance(10)
    assert web.operation_status(reply)["status"] == "Succeeded"
    assert web.get().json()["properties"]["provisioningState"] == "Succeeded"
    after = web.list_instances()
    assert not any(vm["properties"]["latestModelApplied"] for vm in after)
    for old, new in zip(before, after, strict=True):
        old["properties"]["latestModelApplied"] = False
        assert old == new


def test_what_a_write_leaves_out_stays_as_it_was(web: SimulatorClient) -> None:
    before = web.get().json()["properties"]["virtualMachineProfile"]
    body = {"location": "eastus", **image_body(NEWER)}
    after = web.send("PUT", web.set_path, body).json()["properties"]["virtualMachineProfile"]
    assert after["storageProfile"]["imageReference"] == {
        **before["storageProfile"]["imageReference"],
        "version": NEWER,
    }
    after["storageProfile"]["imageReference"] = before["storageProfile"]["imageReference"]
    assert after == before


def test_tags_and_capacity_are_no_part_of_the_model(web: SimulatorClient) -> None:
    web.send("PATCH", web.set_path, {"tags": {"env": "staging"}})
    web.send("PATCH", web.set_path, {"sku": {"capacity": 99}})
    web.advance(60)
    assert sum(vm["properties"]["latestModelApplied"] for vm in web.list_instances()) in (19, 20)
    assert web.effects("model") == []
    assert len(web.effects("capacity")) == 1


def test_a_write_that_names_an_old_etag_changes_nothing(web: SimulatorClient) -> None:
    etag = web.get().headers["etag"]
    assert etag == web.get().json()["etag"]
    assert web.patch_image_version(NEWER, If_Match=etag).status_code == 200
    refused = web.patch_image_version(NEWEST, If_Match=etag)
    now = web.get().headers["etag"]
    assert refused.status_code == 412
    assert refused.json()["error"] == {
        "code": "PreconditionFailed",
        "message": f"Etag provided in if-match header {etag} does not match etag {now} "
        "of resource.",
    }
    assert len(web.effects("model")) == 1


def test_etags_move_by_themselves_when_an_upgrade_ends(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["3"])
    during = web.get().headers["etag"]
    web.advance(120)
    assert int(web.get().headers["etag"].strip('"')) > int(during.strip('"'))


def test_an_image_that_does_not_exist_is_refused(web: SimulatorClient) -> None:
    reply = web.patch_image_version("22.04.209901010")
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "PlatformImageNotFound"


def test_secrets_are_taken_and_never_given_back(web: SimulatorClient) -> None:
    profile = {
        "osProfile": {"adminPassword": "hunter2", "customData": "c2VjcmV0"},
        "userData": "eA",
    }
    web.send("PATCH", web.set_path, {"properties": {"virtualMachineProfile": profile}})
    web.post("/manualupgrade", ["0"])
    web.advance(200)
    assert "hunter2" not in web.get().text + str(web.list_instances())
    assert "userData" not in web.get().text
    assert "userData" in web.get("", "$expand=userData").text


def test_a_set_can_be_created_scaled_and_deleted(web: SimulatorClient) -> None:
    body = web.get().json()
    body["sku"]["capacity"] = 3
    path = web.set_path.replace("web-vmss", "new-vmss")
    made = web.send("PUT", path, body)
    assert made.status_code == 201
    assert made.json()["properties"]["provisioningState"] == "Creating"
    web.advance(200)
    assert web.operation_status(made)["status"] == "Succeeded"
    vms = web.send("GET", path + "/virtualMachines").json()["value"]
    assert [vm["instanceId"] for vm in vms] == ["0", "1", "2"]
    gone = web.send("DELETE", path)
    assert gone.status_code == 202
    web.advance(60)
    assert web.send("GET", path).status_code == 404


# Upgrading instances


def test_an_upgrade_reaches_exactly_the_instances_named(web: SimulatorClient) -> None:
    web.patch_image_version(NEWEST)
    accepted = web.post("/manualupgrade", ["10", "11"])
    assert accepted.status_code == 202
    assert accepted.content == b""
    assert accepted.headers["x-ms-request-charge"] == "2"
    web.advance(300)
    current = [vm for vm in web.list_instances() if vm["properties"]["latestModelApplied"]]
    assert [vm["instanceId"] for vm in current] == ["10", "11"]
    for vm in current:
        reference = vm["properties"]["storageProfile"]["imageReference"]
        assert reference["exactVersion"] == NEWEST
        assert health_state(vm) == "healthy"


def test_an_upgraded_instance_goes_through_its_stages(calling: ClientFactory) -> None:
    web = calling(throttling=False)
    web.patch_image_version(NEWEST)
    accepted = web.post("/manualupgrade", ["4"])
    vm = web.get_instance("4")
    assert vm["properties"]["provisioningState"] == "Updating"
    first = vm["properties"]["instanceView"]["statuses"][0]
    assert first["code"] == "ProvisioningState/updating"
    assert "time" not in first
    assert web.operation_status(accepted)["status"] == "InProgress"
    seen: list[Any] = []
    for _ in range(90):
        web.advance(1)
        vm = web.get_instance("4")
        stage = (vm["properties"]["latestModelApplied"], power_state(vm), health_state(vm))
        if not seen or seen[-1] != stage:
            seen.append(stage)
    assert seen == [
        (False, "running", "healthy"),
        (False, "stopped", "healthy"),
        (False, "running", "initializing"),
        (True, "running", "initializing"),
        (True, "running", "healthy"),
    ]
    assert web.operation_status(accepted)["status"] == "Succeeded"


def test_an_operation_ends_when_its_last_instance_has(calling: ClientFactory) -> None:
    web = calling(throttling=False)
    web.patch_image_version(NEWEST)
    ids = [str(number) for number in range(30)]
    accepted = web.post("/manualupgrade", ids)
    for _ in range(70):
        web.advance(1)
        busy = any(vm["properties"]["provisioningState"] == "Updating" for vm in web.list_instances("")[:30])
        assert (web.operation_status(accepted)["status"] == "InProgress") is busy
    assert not busy


def test_an_instance_keeps_the_model_that_its_upgrade_was_accepted_with(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["1"])
    web.advance(5)
    web.patch_image_version(NEWEST)
    web.advance(300)
    vm = web.get_instance("1")["properties"]
    assert vm["storageProfile"]["imageReference"]["exactVersion"] == NEWER
    assert vm["latestModelApplied"] is False


def test_latest_means_the_newest_at_the_time_of_the_upgrade(web: SimulatorClient) -> None:
    web.patch_image_version("latest")
    web.post("/manualupgrade", ["1"])
    web.advance(300)
    reference = web.get_instance("1")["properties"]["storageProfile"]["imageReference"]
    assert (reference["version"], reference["exactVersion"]) == ("latest", NEWEST)


def test_upgrading_what_is_current_does_nothing(web: SimulatorClient) -> None:
    (first, *_) = web.list_instances("$filter=properties/latestModelApplied eq true")
    accepted = web.post("/manualupgrade", [first["instanceId"]])
    assert accepted.headers["x-ms-request-charge"] == "0"
    assert web.get(f"/virtualMachines/{first['instanceId']}").json() == first
    web.advance(1)
    assert web.operation_status(accepted)["status"] == "Succeeded"
    assert web.effects("upgrade") == []


def test_one_stale_id_refuses_the_whole_batch(web: SimulatorClient) -> None:
    web.patch_image_version(NEWEST)
    reply = web.post("/manualupgrade", ["1", "2143"])
    assert reply.status_code == 400
    assert reply.json()["error"] == {
        "code": "InvalidParameter",
        "message": "The provided instanceId 2143 is not an active Virtual Machine Scale Set VM "
        "instanceId.",
        "target": "instanceIds",
    }
    assert web.effects("upgrade") == []


def test_upgrade_and_delete_want_ids_and_a_star_means_all(web: SimulatorClient) -> None:
    assert web.send("POST", web.set_path + "/manualupgrade", {}).status_code == 400
    assert web.post("/delete").status_code == 400
    web.patch_image_version(NEWER)
    assert web.post("/manualupgrade", ["*"]).headers["x-ms-request-charge"] == "100"


def test_an_instance_held_by_an_operation_refuses_another(web: SimulatorClient) -> None:
    web.post("/restart", ["5"])
    assert web.post("/restart", ["5", "6"]).status_code == 409
    assert len(web.effects("restart")) == 1


def test_deletion_preempts_an_upgrade(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER)
    upgrade = web.post("/manualupgrade", ["5"])
    web.post("/delete", ["5"])
    web.advance(60)
    assert web.operation_status(upgrade)["error"]["code"] == "OperationPreempted"
    assert web.get("/virtualMachines/5").status_code == 404


def test_an_upgrade_that_fails_says_so_in_the_operation_and_the_instance(web: SimulatorClient) -> None:
    web.add_fault(instance="boot_failure", instance_ids=["8"])
    web.patch_image_version(NEWER)
    accepted = web.post("/manualupgrade", ["8", "9"])
    web.advance(120)
    reply = web.send("GET", accepted.headers["Azure-AsyncOperation"])
    assert reply.status_code == 200
    assert reply.json()["status"] == "Failed"
    assert reply.json()["error"]["code"] == "OSProvisioningTimedOut"
    assert web.get_instance("8")["properties"]["provisioningState"] == "Failed"
    assert power_state(web.get_instance("8")) == "running"
    assert health_state(web.get_instance("9")) == "healthy"


def test_a_failed_instance_can_be_upgraded_once_more(web: SimulatorClient) -> None:
    web.add_fault(instance="extension_failure", times=1)
    web.patch_image_version(NEWER)
    failed = web.post("/manualupgrade", ["8"])
    web.advance(120)
    assert web.operation_status(failed)["error"]["code"] == "VMExtensionProvisioningError"
    assert web.get().json()["properties"]["provisioningState"] == "Failed"
    again = web.post("/manualupgrade", ["8"])
    web.advance(120)
    assert web.operation_status(again)["status"] == "Succeeded"
    assert web.get().json()["properties"]["provisioningState"] == "Succeeded"
    assert health_state(web.get_instance("8")) == "healthy"


def test_a_bad_image_provisions_and_never_becomes_healthy(calling: ClientFactory) -> None:
    caller = calling("bad-image")
    caller.patch_image_version(NEWER)
    caller.post("/manualupgrade", ["1"])
    caller.advance(200)
    assert health_state(caller.get_instance("1")) == "healthy"
    caller.patch_image_version(NEWEST)
    caller.post("/manualupgrade", ["1"])
    caller.advance(900)
    vm = caller.get_instance("1")
    assert vm["properties"]["provisioningState"] == "Succeeded"
    assert health_state(vm) == "unhealthy"


def test_a_flapping_instance_changes_its_mind(calling: ClientFactory) -> None:
    web = calling(throttling=False)
    web.add_fault(instance="flap", instance_ids=["2"], period=10)
    web.post("/restart", ["2"])
    web.advance(80)
    seen = set()
    for _ in range(6):
        web.advance(7)
        seen.add(health_state(web.get_instance("2")))
    assert seen == {"healthy", "unhealthy"}


def test_an_operation_is_followed_to_an_empty_answer(web: SimulatorClient) -> None:
    accepted = web.post("/restart", ["1"])
    monitor = accepted.headers["Location"]
    assert "monitor=true" in monitor
    assert web.send("GET", monitor).status_code == 202
    web.advance(100)
    done = web.send("GET", monitor)
    assert (done.status_code, done.content) == (200, b"")
    body = web.operation_status(accepted)
    assert body["status"] == "Succeeded"
    assert len(body["endTime"].split(".")[1]) == len("1234567+00:00")


# Power, protection, scale


def test_a_deallocated_instance_has_no_agent_and_keeps_its_domains(web: SimulatorClient) -> None:
    web.post("/deallocate", ["7"])
    assert power_state(web.get_instance("7")) == "deallocating"
    web.advance(120)
    view = web.get_instance("7")["properties"]["instanceView"]
    assert power_state(web.get_instance("7")) == "deallocated"
    for key in ("vmAgent", "computerName", "osName", "osVersion", "vmHealth"):
        assert key not in view
    assert view["platformUpdateDomain"] == 2
    web.post("/start", ["7"])
    web.advance(60)
    assert (power_state(web.get_instance("7")), health_state(web.get_instance("7"))) == ("running", "healthy")


def test_a_stopped_instance_keeps_its_last_agent_report(web: SimulatorClient) -> None:
    web.post("/virtualMachines/7/powerOff")
    web.advance(60)
    vm = web.get_instance("7")
    assert power_state(vm) == "stopped"
    agent = vm["properties"]["instanceView"]["vmAgent"]
    assert agent["statuses"][0]["displayStatus"] == "Ready"


def test_a_star_as_the_instance_means_all_of_them(web: SimulatorClient) -> None:
    reply = web.post("/virtualMachines/%2A/deallocate")
    assert (reply.status_code, reply.headers["x-ms-request-charge"]) == (202, "100")


def test_a_reimage_gives_the_image_that_the_instance_has(web: SimulatorClient) -> None:
    web.patch_image_version(NEWEST)
    before = web.get_instance("6")["properties"]["storageProfile"]
    web.post("/reimage", ["6"])
    web.advance(200)
    after = web.get_instance("6")["properties"]["storageProfile"]
    assert after["imageReference"] == before["imageReference"]
    assert after["osDisk"]["name"] != before["osDisk"]["name"]


def test_a_protected_instance_is_passed_by_and_can_be_upgraded_by_nobody(web: SimulatorClient) -> None:
    policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    body = {"properties": {"protectionPolicy": policy}}
    reply = web.send("PUT", web.set_path + "/virtualMachines/3", body)
    assert reply.json()["properties"]["protectionPolicy"] == policy
    assert reply.json()["properties"]["provisioningState"] == "Updating"
    web.advance(5)
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["3", "4"])
    assert [each["instance_id"] for each in web.effects("upgrade")] == ["4"]
    half = {"properties": {"protectionPolicy": {"protectFromScaleSetActions": True}}}
    assert web.send("PUT", web.set_path + "/virtualMachines/9", half).status_code == 400


def test_new_instances_have_new_ids_and_the_new_model(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER)
    web.post("/delete", ["99"])
    web.advance(30)
    assert web.get().json()["sku"]["capacity"] == 99
    body = {"sku": {"capacity": 100}, "properties": {"singlePlacementGroup": True}}
    web.send("PATCH", web.set_path, body)
    web.advance(200)
    vms = web.list_instances()
    assert [vm["instanceId"] for vm in vms][-2:] == ["98", "100"]
    assert vms[-1]["properties"]["latestModelApplied"] is True
    assert vms[-1]["properties"]["osProfile"]["computerName"] == "webvmss00002s"


def test_scale_in_removes_the_highest_of_the_fullest_fault_domain(web: SimulatorClient) -> None:
    reply = web.send("PATCH", web.set_path, {"sku": {"capacity": 97}})
    assert reply.headers["x-ms-request-charge"] == "3"
    web.advance(60)
    left = {vm["instanceId"] for vm in web.list_instances("")}
    assert {"97", "98", "99"} == {str(number) for number in range(100)} - left


def test_a_capacity_beyond_the_placement_group_is_refused(web: SimulatorClient) -> None:
    for capacity in (101, -1, "many", 1.5, True):
        assert web.send("PATCH", web.set_path, {"sku": {"capacity": capacity}}).status_code == 400


# The other upgrade modes


def test_automatic_upgrades_all_at_once(calling: ClientFactory) -> None:
    caller = calling("automatic-policy")
    written = caller.patch_image_version(NEWER)
    assert len(caller.effects("upgrade")) == 16 + 4
    caller.advance(100)
    assert caller.operation_status(written)["status"] == "Succeeded"
    assert all(vm["properties"]["latestModelApplied"] for vm in caller.list_instances())


def test_rolling_upgrades_batch_after_batch_and_counts(calling: ClientFactory) -> None:
    caller = calling("rolling-policy", throttling=False)
    assert caller.get("/rollingUpgrades/latest").status_code == 404
    written = caller.patch_image_version(NEWER)
    most = 0
    for _ in range(120):
        caller.advance(5)
        status = caller.get("/rollingUpgrades/latest").json()["properties"]
        assert sum(status["progress"].values()) == 20
        most = max(most, status["progress"]["inProgressInstanceCount"])
    assert most == 4
    assert status["runningStatus"]["code"] == "Completed"
    assert status["progress"]["successfulInstanceCount"] == 20
    assert caller.operation_status(written)["status"] == "Succeeded"
    refused = caller.post("/rollingUpgrades/cancel")
    assert refused.status_code == 409
    assert refused.json()["error"]["message"] == "There is no ongoing Rolling Upgrade to cancel."


def test_a_rolling_upgrade_to_a_bad_image_is_faulted(calling: ClientFactory) -> None:
    caller = calling("rolling-policy")
    caller.add_fault(instance="never_healthy", version=NEWEST)
    written = caller.patch_image_version(NEWEST)
    caller.advance(600)
    status = caller.get("/rollingUpgrades/latest").json()["properties"]
    assert status["runningStatus"]["code"] == "Faulted"
    code = "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"
    assert caller.operation_status(written)["error"]["code"] == code


def test_a_cancelled_rolling_upgrade_leaves_what_is_done(calling: ClientFactory) -> None:
    caller = calling("rolling-policy")
    caller.patch_image_version(NEWER)
    caller.advance(20)
    assert caller.post("/rollingUpgrades/cancel").status_code == 202
    caller.advance(900)
    status = caller.get("/rollingUpgrades/latest").json()["properties"]
    assert status["runningStatus"]["code"] == "Cancelled"
    assert sum(vm["properties"]["latestModelApplied"] for vm in caller.list_instances()) == 4


def test_a_write_starts_a_cancelled_rolling_upgrade_again(calling: ClientFactory) -> None:
    caller = calling("rolling-policy")
    policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    caller.send(
        "PUT", caller.set_path + "/virtualMachines/0", {"properties": {"protectionPolicy": policy}}
    )
    caller.patch_image_version(NEWER)
    caller.advance(20)
    caller.post("/rollingUpgrades/cancel")
    caller.advance(300)
    caller.send("PATCH", caller.set_path, {"tags": {"again": "yes"}})
    caller.advance(900)
    vms = caller.list_instances()
    assert [vm["instanceId"] for vm in vms if not vm["properties"]["latestModelApplied"]] == ["0"]


# Images


def test_the_catalogue_has_newer_versions_than_the_model(web: SimulatorClient) -> None:
    base = (
        f"{web.subscription_path}/providers/Microsoft.Compute/locations/eastus/publishers/canonical"
        "/artifacttypes/vmimage/offers/0001-com-ubuntu-server-jammy/skus/22_04-lts-gen2/versions"
    )
    names = [each["name"] for each in web.send("GET", base).json()]
    assert names == sorted(names)
    assert names[-2:] == [NEWER, NEWEST]
    newest = web.send("GET", base, query="$top=1&$orderby=name%20desc").json()
    assert [each["name"] for each in newest] == [NEWEST]
    full = web.send("GET", base, query="$expand=properties").json()
    states = {each["properties"]["imageDeprecationStatus"]["imageState"] for each in full}
    assert states == {"Active", "Deprecated", "ScheduledForDeprecation"}
    one = web.send("GET", f"{base}/{NEWEST}").json()
    assert one["properties"]["osDiskImage"]["operatingSystem"] == "Linux"
    assert web.send("GET", f"{base}/1.2.3").status_code == 404


def test_there_are_no_managed_images_and_no_galleries(web: SimulatorClient) -> None:
    group = web.set_path.split("/providers/")[0]
    for base in (web.subscription_path, group):
        for kind in ("images", "galleries"):
            reply = web.send("GET", f"{base}/providers/Microsoft.Compute/{kind}")
            assert reply.json() == {"value": []}


# Quotas


def test_the_thirty_first_list_in_a_minute_is_refused_until_time_passes(web: SimulatorClient) -> None:
    left = []
    for _ in range(30):
        headers = web.get("/virtualMachines").headers
        left.append(headers["x-ms-ratelimit-remaining-resource"])
    assert "Microsoft.Compute/HighCostGetVMScaleSetResource;29," in left[0]
    assert "Microsoft.Compute/HighCostGetVMScaleSetResource;0," in left[-1]
    refused = web.get("/virtualMachines")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "6"
    assert refused.json()["code"] == "OperationNotAllowed"
    assert refused.json()["details"][0]["target"] == "HighCostGetVMScaleSetResource"
    web.advance(6)
    assert web.get("/virtualMachines").status_code == 200


def test_quotas_can_be_switched_off(calling: ClientFactory) -> None:
    caller = calling(throttling=False)
    assert {caller.get("/virtualMachines").status_code for _ in range(40)} == {200}


# Faults on the wire, and the ledger


def test_a_status_fault_strikes_when_and_as_often_as_asked(web: SimulatorClient) -> None:
    web.add_fault(
        match={"method": "GET", "path": "virtualMachines$"},
        nth=2,
        times=2,
        action={"status": 503, "headers": {"Retry-After": "17"}, "body": {"error": {"code": "X"}}},
    )
    replies = [web.get("/virtualMachines") for _ in range(4)]
    assert [each.status_code for each in replies] == [200, 503, 503, 200]
    assert replies[1].headers["Retry-After"] == "17"
    assert replies[1].json() == {"error": {"code": "X"}}


def test_a_connection_dropped_before_has_no_effect_and_one_dropped_after_has(web: SimulatorClient) -> None:
    for action, effects in (("drop_before", 0), ("drop_after", 1)):
        web.add_fault(match={"method": "POST"}, action={action: True})
        with pytest.raises(requests.ConnectionError):
            web.post("/restart", ["1"])
        assert len(web.effects("restart")) == effects


def test_an_effect_may_hide_behind_an_error_and_a_page_behind_a_200(web: SimulatorClient) -> None:
    web.add_fault(match={"method": "POST"}, action={"status": 500, "done": True})
    assert web.post("/restart", ["1"]).status_code == 500
    assert len(web.effects("restart")) == 1
    web.add_fault(match={"method": "GET"}, action={"html": True})
    page = web.get()
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_headers_of_an_operation_can_be_stripped_and_a_post_redirected(web: SimulatorClient) -> None:
    web.add_fault(match={"method": "POST"}, action={"strip_lro_headers": True})
    stripped = web.post("/restart", ["1"])
    assert stripped.status_code == 202
    assert not {"Azure-AsyncOperation", "Location"} & set(stripped.headers)
    web.add_fault(match={"method": "POST"}, action={"redirect": "https://elsewhere.example/"})
    moved = web.post("/restart", ["2"])
    assert (moved.status_code, moved.headers["Location"]) == (307, "https://elsewhere.example/")
    assert len(web.effects("restart")) == 1


def test_a_stale_answer_tells_what_was(web: SimulatorClient) -> None:
    before = web.get("/virtualMachines", "$expand=instanceView").json()
    web.advance(60)
    web.patch_image_version(NEWER)
    web.post("/delete", ["0"])
    web.advance(20)
    assert len(web.list_instances()) == 99
    web.add_fault(match={"path": "virtualMachines"}, action={"stale": 30})
    assert web.get("/virtualMachines", "$expand=instanceView").json() == before


def test_a_body_can_break_off(web: SimulatorClient) -> None:
    web.add_fault(match={"path": "virtualMachines"}, action={"cut": True})
    with pytest.raises(requests.RequestException):
        web.get("/virtualMachines", Accept_Encoding="identity")


def test_a_hanging_answer_ends_with_the_clients_patience(web: SimulatorClient) -> None:
    web.add_fault(match={}, action={"hang": True})
    with pytest.raises(requests.Timeout):
        web.session.get(f"{web.simulator.endpoint}{web.set_path}?api-version=1", timeout=0.2)
    web.control("DELETE", "faults")
    assert web.get().status_code == 200


def test_a_fault_that_makes_no_sense_is_refused(web: SimulatorClient) -> None:
    for fault in ({}, {"action": {"explode": 1}}, {"instance": "asleep"}, {"action": 7}):
        url = f"{web.simulator.endpoint}/_simulator/faults"
        assert requests.post(url, json=fault, timeout=20).status_code == 400


def test_the_ledger_has_one_effect_for_each_instance_and_who_asked(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER, x_ms_client_request_id="m-1")
    accepted = web.post("/manualupgrade", ["1", "2"], x_ms_client_request_id="u-1")
    operation = accepted.headers["Azure-AsyncOperation"].split("/")[-1].split("?")[0]
    assert web.effects("upgrade") == [
        {
            "at": "2026-11-22T12:00:00.0000000+00:00",
            "kind": "upgrade",
            "scale_set": "web-rg/web-vmss",
            "instance_id": instance_id,
            "operation": operation,
            "client_request_id": "u-1",
        }
        for instance_id in ("1", "2")
    ]
    (model,) = web.effects("model")
    assert model["client_request_id"] == "m-1"
    last = web.control("GET", "ledger")["requests"][-1]
    assert (last["method"], last["status"], last["client_request_id"]) == ("POST", 202, "u-1")
    assert last["path"] == web.set_path + "/manualupgrade"


def test_another_operators_edit_moves_the_etag_and_the_model(web: SimulatorClient) -> None:
    etag = web.get().headers["etag"]
    path = "properties.virtualMachineProfile.storageProfile.imageReference.version"
    web.control("POST", "edit", {"scale_set": "web-rg/web-vmss", "set": {path: NEWER}})
    assert web.get().headers["etag"] != etag
    assert not any(vm["properties"]["latestModelApplied"] for vm in web.list_instances())
    assert len(web.control("GET", "world")["scale_sets"][0]["instances"]) == 100


def test_the_clock_can_be_pushed_and_its_speed_changed(web: SimulatorClient) -> None:
    assert web.control("GET", "clock")["seconds"] == 0
    assert web.control("POST", "clock", {"advance": 90})["now"].startswith("2026-11-22T12:01:30")
    assert web.control("POST", "clock", {"speed": 60})["speed"] == 60
    first = web.control("GET", "clock")["seconds"]
    assert web.control("GET", "clock")["seconds"] > first
    bad = requests.post(
        f"{web.simulator.endpoint}/_simulator/clock", json={"advance": -1}, timeout=20
    )
    assert bad.status_code == 400


# The same seed, the same world


def story(caller: SimulatorClient) -> list[bytes]:
    """A little history, as everything that was answered."""
    answers = [caller.patch_image_version(NEWEST, Host="azure")]
    ids = [str(number) for number in range(0, 40, 3)]
    answers.append(caller.post("/manualupgrade", ids, Host="azure"))
    for seconds in (3, 20, 9.5, 60):
        caller.advance(seconds)
        answers.append(caller.get("/virtualMachines", "$expand=instanceView", Host="azure"))
    answers.append(caller.get("/instanceView", Host="azure"))
    return [repr(sorted(each.headers.items())).encode() + each.content for each in answers]


def test_the_same_seed_and_steps_give_the_same_bytes(calling: ClientFactory) -> None:
    assert story(calling(seed=7)) == story(calling(seed=7))
    assert story(calling(seed=7))[2:] != story(calling(seed=8))[2:]


def test_it_does_not_matter_in_how_many_steps_time_passes(calling: ClientFactory) -> None:
    once, often = calling(), calling(throttling=False)
    for caller in (once, often):
        caller.patch_image_version(NEWEST)
        caller.post("/manualupgrade", ["*"])
    once.advance(50)
    for _ in range(50):
        often.advance(1)
        often.get("/instanceView")
    assert once.list_instances() == often.list_instances()


# The server


def test_it_imports_nothing_of_ours_and_nothing_but_msgspec_of_others() -> None:
    roots = set()
    for path in Path(vmss_tui.simulator.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add(node.module or "")
    ours = {root for root in roots if root.startswith("vmss_tui")}
    assert all(root.startswith("vmss_tui.simulator") for root in ours)
    others = {root.split(".")[0] for root in roots - ours}
    assert others - sys.stdlib_module_names == {"msgspec"}


def test_fifty_clients_at_once_are_all_answered(calling: ClientFactory) -> None:
    caller = calling(throttling=False)
    url = f"{caller.simulator.endpoint}{caller.set_path}/virtualMachines?api-version=1"

    def ask(_: int) -> int:
        with requests.Session() as session:
            headers = {"Authorization": "Bearer x"}
            return sum(session.get(url, headers=headers, timeout=20).status_code for _ in range(3))

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, range(50))) == {600}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b" 400 "),
        (b"BREW /tea HTTP/1.1\r\nHost: x\r\n\r\n", b" 501 "),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b" 400 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b" 411 "),
        (b"GET /%ff%00?%ff=%00&a=b=c HTTP/1.1\r\nHost: x\r\n\r\n", b" 401 "),
    ],
)
def test_what_is_hardly_http_is_refused_in_azures_shape(
    web: SimulatorClient, sent: bytes, status: bytes
) -> None:
    address = ("127.0.0.1", int(web.simulator.endpoint.rsplit(":", 1)[1]))
    with socket.create_connection(address, 5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
    assert status in answer.split(b"\r\n")[0]
    assert b'{"error":{"code":' in answer


def test_connections_are_kept_alive(web: SimulatorClient) -> None:
    web.get()
    (pool,) = web.session.get_adapter("http://x").poolmanager.pools._container.values()  # type: ignore[attr-defined]
    for _ in range(5):
        web.get()
    assert pool.num_connections == 1


def test_only_loopback_is_served() -> None:
    for host in ("0.0.0.0", "10.0.0.1", "example.com"):
        with pytest.raises(ValueError, match="loopback"):
            Simulator(host=host)


def test_a_stopped_simulator_is_gone_for_its_connections_too(calling: ClientFactory) -> None:
    caller = calling()
    caller.get()
    caller.simulator.stop()
    caller.simulator.stop()
    with pytest.raises(requests.ConnectionError):
        caller.get()


def test_an_idle_simulator_ends_by_itself() -> None:
    simulator = Simulator(speed=0, idle_exit=0.05)
    simulator.serve_forever()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(simulator.endpoint.rsplit(":", 1)[1])), 1)
