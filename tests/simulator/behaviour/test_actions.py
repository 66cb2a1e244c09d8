"""Upgrades and other actions: which instances they affect, and their operations."""

from typing import Any

from tests.support.simulator_client import (
    NEWER,
    NEWEST,
    ClientFactory,
    SimulatorClient,
    health_state,
    power_state,
)


def test_the_etag_of_a_set_changes_when_an_upgrade_ends(web: SimulatorClient) -> None:
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["3"])
    during = web.get().headers["etag"]
    web.advance(120)
    assert int(web.get().headers["etag"].strip('"')) > int(during.strip('"'))


def test_an_upgrade_affects_exactly_the_requested_instances(web: SimulatorClient) -> None:
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


def test_an_upgraded_instance_goes_through_its_stages(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    web.patch_image_version(NEWEST)
    accepted = web.post("/manualupgrade", ["4"])
    vm = web.get_instance("4")
    assert vm["properties"]["provisioningState"] == "Updating"
    first = vm["properties"]["instanceView"]["statuses"][0]
    assert first["code"] == "ProvisioningState/updating"
    assert "time" not in first
    assert web.operation_status(accepted)["status"] == "InProgress"
    stages: list[Any] = []
    for _ in range(90):
        web.advance(1)
        vm = web.get_instance("4")
        stage = (vm["properties"]["latestModelApplied"], power_state(vm), health_state(vm))
        if not stages or stages[-1] != stage:
            stages.append(stage)
    assert stages == [
        (False, "running", "healthy"),
        (False, "stopped", "healthy"),
        (False, "running", "initializing"),
        (True, "running", "initializing"),
        (True, "running", "healthy"),
    ]
    assert web.operation_status(accepted)["status"] == "Succeeded"


def test_an_operation_ends_when_its_last_instance_has(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    web.patch_image_version(NEWEST)
    ids = [str(number) for number in range(30)]
    accepted = web.post("/manualupgrade", ids)
    for _ in range(70):
        web.advance(1)
        busy = any(
            vm["properties"]["provisioningState"] == "Updating"
            for vm in web.list_instances("")[:30]
        )
        assert (web.operation_status(accepted)["status"] == "InProgress") is busy
    assert not busy


def test_an_instance_keeps_the_model_that_its_upgrade_was_accepted_with(
    web: SimulatorClient,
) -> None:
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


def test_upgrading_an_upgraded_instance_does_nothing(web: SimulatorClient) -> None:
    (first, *_) = web.list_instances("$filter=properties/latestModelApplied eq true")
    accepted = web.post("/manualupgrade", [first["instanceId"]])
    assert accepted.headers["x-ms-request-charge"] == "0"
    assert web.get(f"/virtualMachines/{first['instanceId']}").json() == first
    web.advance(1)
    assert web.operation_status(accepted)["status"] == "Succeeded"
    assert web.effects("upgrade") == []


def test_one_unknown_id_refuses_the_whole_batch(web: SimulatorClient) -> None:
    web.patch_image_version(NEWEST)
    response = web.post("/manualupgrade", ["1", "2143"])
    assert response.status_code == 400
    assert response.json()["error"] == {
        "code": "InvalidParameter",
        "message": "The provided instanceId 2143 is not an active Virtual Machine Scale Set VM "
        "instanceId.",
        "target": "instanceIds",
    }
    assert web.effects("upgrade") == []


def test_upgrade_and_delete_need_ids_and_a_star_means_all(web: SimulatorClient) -> None:
    assert web.send("POST", web.set_path + "/manualupgrade", {}).status_code == 400
    assert web.post("/delete").status_code == 400
    web.patch_image_version(NEWER)
    assert web.post("/manualupgrade", ["*"]).headers["x-ms-request-charge"] == "100"


def test_an_action_is_refused_during_another_on_the_instance(web: SimulatorClient) -> None:
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


def test_the_location_of_an_operation_ends_with_an_empty_response(web: SimulatorClient) -> None:
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
