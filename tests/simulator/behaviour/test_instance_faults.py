"""Instance faults, and what they do to actions and health."""

from tests.support.simulator_client import (
    NEWER,
    NEWEST,
    ClientFactory,
    SimulatorClient,
    health_state,
    power_state,
)


def test_a_failed_upgrade_shows_in_the_operation_and_the_instance(web: SimulatorClient) -> None:
    web.add_fault(instance="boot_failure", instance_ids=["8"])
    web.patch_image_version(NEWER)
    accepted = web.post("/manualupgrade", ["8", "9"])
    web.advance(120)
    response = web.send("GET", accepted.headers["Azure-AsyncOperation"])
    assert response.status_code == 200
    assert response.json()["status"] == "Failed"
    assert response.json()["error"]["code"] == "OSProvisioningTimedOut"
    assert web.get_instance("8")["properties"]["provisioningState"] == "Failed"
    assert power_state(web.get_instance("8")) == "running"
    assert health_state(web.get_instance("9")) == "healthy"


def test_a_failed_instance_can_be_upgraded_again(web: SimulatorClient) -> None:
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


def test_instances_of_a_bad_image_provision_and_stay_unhealthy(make_client: ClientFactory) -> None:
    client = make_client("bad-image")
    client.patch_image_version(NEWER)
    client.post("/manualupgrade", ["1"])
    client.advance(200)
    assert health_state(client.get_instance("1")) == "healthy"
    client.patch_image_version(NEWEST)
    client.post("/manualupgrade", ["1"])
    client.advance(900)
    vm = client.get_instance("1")
    assert vm["properties"]["provisioningState"] == "Succeeded"
    assert health_state(vm) == "unhealthy"


def test_a_flapping_instance_changes_its_health(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    web.add_fault(instance="flap", instance_ids=["2"], period=10)
    web.post("/restart", ["2"])
    web.advance(80)
    states = set()
    for _ in range(6):
        web.advance(7)
        states.add(health_state(web.get_instance("2")))
    assert states == {"healthy", "unhealthy"}


def test_a_lag_delays_the_first_change_of_an_accepted_action(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    web.add_fault(instance="lag", period=8)
    web.patch_image_version(NEWER)
    accepted = web.post("/manualupgrade", ["1"])
    for seconds, state in ((7.9, "Succeeded"), (0.2, "Updating")):
        assert web.get_instance("1")["properties"]["provisioningState"] == "Succeeded"
        assert web.operation_status(accepted)["status"] == "InProgress"
        web.advance(seconds)
        assert web.get_instance("1")["properties"]["provisioningState"] == state
    assert web.post("/restart", ["1"]).status_code == 409
    web.advance(120)
    assert web.get_instance("1")["properties"]["latestModelApplied"] is True


def test_an_instance_without_a_host_fails_and_stays_deallocated(make_client: ClientFactory) -> None:
    web = make_client()
    web.post("/deallocate", ["1"])
    web.advance(120)
    web.add_fault(instance="allocation_failure", times=1)
    failed = web.post("/start", ["1"])
    web.advance(60)
    assert web.operation_status(failed)["error"]["code"] == "AllocationFailed"
    vm = web.get_instance("1")
    assert (vm["properties"]["provisioningState"], power_state(vm)) == ("Failed", "deallocated")
    web.post("/start", ["1"])
    web.advance(60)
    assert (power_state(web.get_instance("1")), health_state(web.get_instance("1"))) == (
        "running",
        "healthy",
    )


def test_an_eviction_deallocates_instances_at_its_time(make_client: ClientFactory) -> None:
    web = make_client()
    web.add_fault(
        instance="eviction", scale_set="web-rg/web-vmss", instance_ids=["5", "6"], after=30
    )
    web.advance(29)
    assert power_state(web.get_instance("5")) == "running"
    web.advance(120)
    assert {power_state(web.get_instance(instance_id)) for instance_id in ("5", "6")} == {
        "deallocated"
    }
    assert [effect["instance_id"] for effect in web.effects("evict")] == ["5", "6"]
