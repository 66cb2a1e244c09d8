"""POST requests other than the actions on instances."""

from tests.support.simulator_client import ClientFactory, SimulatorClient


def test_automatic_repairs_can_be_suspended(web: SimulatorClient) -> None:
    repairs = {"properties": {"automaticRepairsPolicy": {"enabled": True}}}
    web.send("PATCH", web.set_path, repairs)
    body = {"serviceName": "AutomaticRepairs", "action": "Suspend"}
    assert web.send("POST", web.set_path + "/setOrchestrationServiceState", body).status_code == 202
    (service,) = web.get("/instanceView").json()["orchestrationServices"]
    assert service == {"serviceName": "AutomaticRepairs", "serviceState": "Suspended"}


def test_the_other_post_requests_succeed(make_client: ClientFactory) -> None:
    web = make_client()
    for path in ("/reapply", "/approveRollingUpgrade", "/performMaintenance"):
        accepted = web.post(path)
        assert accepted.status_code == 202, path
        web.advance(200)
        assert web.operation_status(accepted)["status"] == "Succeeded"
    walk = "/forceRecoveryServiceFabricPlatformUpdateDomainWalk?platformUpdateDomain=2"
    assert web.post(walk).json() == {"walkPerformed": True, "nextPlatformUpdateDomain": 3}
