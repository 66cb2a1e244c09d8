"""What a client reads before it opens a scale set: cloud, tenants, subscriptions, groups."""

from urllib.parse import quote

import requests

from tests.support.simulator_client import ClientFactory, SimulatorClient


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


def test_a_group_may_have_letters_of_any_script_and_parentheses(make_client: ClientFactory) -> None:
    client = make_client(page_size=1)
    name = "rg_(prod)-Köln"
    group = f"{client.subscription_path}/resourceGroups/{quote(name)}"
    assert client.send("PUT", group, {"location": "eastus"}).json()["name"] == name
    body = {**client.get().json(), "sku": {"name": "Standard_B2s", "capacity": 2}}
    body["properties"]["overprovision"] = False
    client.set_path = client.set_path.replace(
        "/resourceGroups/web-rg", f"/resourceGroups/{quote(name)}"
    )
    created = client.send("PUT", client.set_path, body)
    assert created.status_code == 201, created.text
    assert f"/resourceGroups/{name}/" in created.json()["id"]
    assert len(client.list_instances()) == 2
    for invalid in ("ends.", "a b", "a/b", "x" * 91, "a%b"):
        path = f"{client.subscription_path}/resourceGroups/{quote(invalid, safe='')}"
        assert client.send("PUT", path, {"location": "eastus"}).status_code in (400, 404), invalid
