"""Writes of a scale set: the model, etags, images, creation and deletion."""

from tests.support.simulator_client import NEWER, NEWEST, ClientFactory, SimulatorClient, image_body


def test_a_model_write_makes_every_instance_outdated_and_changes_none(web: SimulatorClient) -> None:
    before = web.list_instances()
    response = web.patch_image_version(NEWEST)
    assert response.status_code == 200
    assert response.json()["properties"]["provisioningState"] == "Updating"
    assert "Azure-AsyncOperation" in response.headers
    assert "Location" not in response.headers
    web.advance(10)
    assert web.operation_status(response)["status"] == "Succeeded"
    assert web.get().json()["properties"]["provisioningState"] == "Succeeded"
    after = web.list_instances()
    assert not any(vm["properties"]["latestModelApplied"] for vm in after)
    for old, new in zip(before, after, strict=True):
        old["properties"]["latestModelApplied"] = False
        assert old == new


def test_properties_missing_in_a_write_keep_their_values(web: SimulatorClient) -> None:
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


def test_a_write_with_an_old_etag_changes_nothing(web: SimulatorClient) -> None:
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


def test_an_image_that_does_not_exist_is_refused(web: SimulatorClient) -> None:
    response = web.patch_image_version("22.04.209901010")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "PlatformImageNotFound"


def test_secrets_are_accepted_and_never_returned(web: SimulatorClient) -> None:
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


def test_a_set_can_be_created_and_deleted(web: SimulatorClient) -> None:
    body = web.get().json()
    body["sku"]["capacity"] = 3
    path = web.set_path.replace("web-vmss", "new-vmss")
    created = web.send("PUT", path, body)
    assert created.status_code == 201
    assert created.json()["properties"]["provisioningState"] == "Creating"
    web.advance(200)
    assert web.operation_status(created)["status"] == "Succeeded"
    vms = web.send("GET", path + "/virtualMachines").json()["value"]
    assert [vm["instanceId"] for vm in vms] == ["0", "1", "2"]
    deleted = web.send("DELETE", path)
    assert deleted.status_code == 202
    web.advance(60)
    assert web.send("GET", path).status_code == 404


def test_upgrade_mode_automatic_upgrades_all_instances_at_once(make_client: ClientFactory) -> None:
    client = make_client("automatic-policy")
    response = client.patch_image_version(NEWER)
    assert len(client.effects("upgrade")) == 16 + 4
    client.advance(100)
    assert client.operation_status(response)["status"] == "Succeeded"
    assert all(vm["properties"]["latestModelApplied"] for vm in client.list_instances())
