"""Subscriptions that do not answer: not registered, or not readable."""

from typing import Any

import pytest

from tests.support.simulator_client import ClientFactory, SimulatorClient

SETS = "providers/Microsoft.Compute/virtualMachineScaleSets"


@pytest.fixture
def tenant(make_client: ClientFactory) -> SimulatorClient:
    """A client of the scenario subscriptions."""
    return make_client("subscriptions")


def paths(client: SimulatorClient) -> dict[str, str]:
    """The path of each subscription by its name."""
    entries = client.send("GET", "/subscriptions").json()["value"]
    return {entry["displayName"]: entry["id"] for entry in entries}


def refusal(client: SimulatorClient, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """Status and code of a refused request."""
    response = client.send(method, path, body)
    return response.status_code, response.json()["error"]["code"]


def test_all_subscriptions_are_listed_and_one_answers(tenant: SimulatorClient) -> None:
    subscriptions = paths(tenant)
    assert len(subscriptions) == 3
    for name, status in (
        ("Contoso Production", 200),
        ("Contoso New", 409),
        ("Contoso Restricted", 403),
    ):
        assert tenant.send("GET", subscriptions[name]).status_code == 200
        assert tenant.send("GET", f"{subscriptions[name]}/{SETS}").status_code == status


def test_a_subscription_that_is_not_registered_answers_once_it_is(tenant: SimulatorClient) -> None:
    new = paths(tenant)["Contoso New"]
    lab = f"{new}/resourceGroups/lab-rg/{SETS}/lab-vmss"
    for method, path in (("GET", lab), ("PATCH", lab), ("POST", f"{lab}/restart")):
        assert refusal(tenant, method, path, {"tags": {}} if method == "PATCH" else None) == (
            409,
            "MissingSubscriptionRegistration",
        )
    assert tenant.send("GET", f"{new}/resourceGroups").status_code == 200
    provider = f"{new}/providers/Microsoft.Compute"
    assert tenant.send("GET", provider).json()["registrationState"] == "NotRegistered"
    assert tenant.send("POST", f"{provider}/register").json()["registrationState"] == "Registered"
    assert tenant.send("GET", lab).status_code == 200


def test_without_a_role_nothing_of_a_subscription_is_read_or_written(
    tenant: SimulatorClient,
) -> None:
    restricted = paths(tenant)["Contoso Restricted"]
    vault = f"{restricted}/resourceGroups/vault-rg/{SETS}/vault-vmss"
    for path in (f"{restricted}/resourceGroups", vault, f"{vault}/virtualMachines"):
        assert refusal(tenant, "GET", path) == (403, "AuthorizationFailed")
    assert refusal(tenant, "PATCH", vault, {"tags": {}}) == (403, "AuthorizationFailed")
    message = tenant.send("GET", vault).json()["error"]["message"]
    assert "perform action 'Microsoft.Compute/virtualMachineScaleSets/read'" in message
    assert tenant.effects("write") == []
