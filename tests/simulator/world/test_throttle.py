"""Request quotas."""

from tests.support.simulator_client import ClientFactory, SimulatorClient


def test_the_thirty_first_list_in_a_minute_is_refused_until_time_passes(
    web: SimulatorClient,
) -> None:
    remaining = []
    for _ in range(30):
        headers = web.get("/virtualMachines").headers
        remaining.append(headers["x-ms-ratelimit-remaining-resource"])
    assert "Microsoft.Compute/HighCostGetVMScaleSetResource;29," in remaining[0]
    assert "Microsoft.Compute/HighCostGetVMScaleSetResource;0," in remaining[-1]
    refused = web.get("/virtualMachines")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "6"
    assert refused.json()["code"] == "OperationNotAllowed"
    assert refused.json()["details"][0]["target"] == "HighCostGetVMScaleSetResource"
    web.advance(6)
    assert web.get("/virtualMachines").status_code == 200


def test_quotas_can_be_switched_off(make_client: ClientFactory) -> None:
    client = make_client(throttling=False)
    assert {client.get("/virtualMachines").status_code for _ in range(40)} == {200}
