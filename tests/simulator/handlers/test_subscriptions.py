"""What a client reads before it opens a scale set: cloud, tenants, subscriptions, groups."""

import requests

from tests.support.simulator_client import SimulatorClient


def test_a_client_can_list_tenants_subscriptions_and_groups(web: SimulatorClient) -> None:
    assert web.send("GET", "/tenants").json()["value"]
    subscriptions = web.send("GET", "/subscriptions").json()["value"]
    assert subscriptions[0]["subscriptionId"] == web.simulator.subscription_id
    assert web.send("GET", web.subscription_path).json()["state"] == "Enabled"
    groups = web.send("GET", web.subscription_path + "/resourcegroups").json()["value"]
    assert [group["name"] for group in groups] == ["web-rg"]
    provider = web.subscription_path + "/providers/Microsoft.Compute"
    assert web.send("GET", provider).json()["registrationState"] == "Registered"
    assert web.send("POST", provider + "/register").status_code == 200


def test_the_endpoints_of_the_cloud_need_no_token(web: SimulatorClient) -> None:
    url = f"{web.simulator.endpoint}/metadata/endpoints?api-version=2022-09-01"
    headers = {"Host": "localhost:8443", "X-Forwarded-Proto": "https"}
    body = requests.get(url, headers=headers, timeout=20).json()
    assert body["resourceManager"] == "https://localhost:8443"
    assert body["authentication"]["audiences"] == ["https://localhost:8443"]
