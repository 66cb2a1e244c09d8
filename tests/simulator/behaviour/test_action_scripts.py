"""The states of instances after power actions, reimage and protection."""

from tests.support.simulator_client import NEWER, NEWEST, SimulatorClient, health_state, power_state


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
    assert (power_state(web.get_instance("7")), health_state(web.get_instance("7"))) == (
        "running",
        "healthy",
    )


def test_a_stopped_instance_keeps_its_last_agent_report(web: SimulatorClient) -> None:
    web.post("/virtualMachines/7/powerOff")
    web.advance(60)
    vm = web.get_instance("7")
    assert power_state(vm) == "stopped"
    agent = vm["properties"]["instanceView"]["vmAgent"]
    assert agent["statuses"][0]["displayStatus"] == "Ready"


def test_the_instance_id_star_means_all_instances(web: SimulatorClient) -> None:
    response = web.post("/virtualMachines/%2A/deallocate")
    assert (response.status_code, response.headers["x-ms-request-charge"]) == (202, "100")


def test_a_reimage_keeps_the_image_version_of_the_instance(web: SimulatorClient) -> None:
    web.patch_image_version(NEWEST)
    before = web.get_instance("6")["properties"]["storageProfile"]
    web.post("/reimage", ["6"])
    web.advance(200)
    after = web.get_instance("6")["properties"]["storageProfile"]
    assert after["imageReference"] == before["imageReference"]
    assert after["osDisk"]["name"] != before["osDisk"]["name"]


def test_a_protected_instance_is_not_upgraded(web: SimulatorClient) -> None:
    policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
    body = {"properties": {"protectionPolicy": policy}}
    response = web.send("PUT", web.set_path + "/virtualMachines/3", body)
    assert response.json()["properties"]["protectionPolicy"] == policy
    assert response.json()["properties"]["provisioningState"] == "Updating"
    web.advance(5)
    web.patch_image_version(NEWER)
    web.post("/manualupgrade", ["3", "4"])
    assert [effect["instance_id"] for effect in web.effects("upgrade")] == ["4"]
    half = {"properties": {"protectionPolicy": {"protectFromScaleSetActions": True}}}
    assert web.send("PUT", web.set_path + "/virtualMachines/9", half).status_code == 400
