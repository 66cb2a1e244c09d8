"""Api-versions that a cloud does not know yet: refusals in their shapes, and the metadata."""

import re
from typing import Any

import pytest

from tests.support.simulator_client import ClientFactory, SimulatorClient

NEWEST = "2024-11-01"
ASKED = "2026-04-01"


def behind(client: SimulatorClient, shape: str = "public") -> SimulatorClient:
    """The same client, of a cloud that knows versions up to `NEWEST` only."""
    client.add_fault(refuse="api_version", newest=NEWEST, shape=shape)
    return client


def error_at(client: SimulatorClient, path: str, version: str = ASKED) -> tuple[int, str, str]:
    """Status, code and message of a refused read."""
    response = client.send("GET", f"{path}?api-version={version}")
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


def listed_versions(message: str) -> list[str]:
    """The versions that a refusal says are supported."""
    match = re.search(r"supported (?:api-)?versions are '([^']*)'", message)
    return match[1].replace(" ", "").split(",") if match else []


def test_a_resource_is_refused_with_400_and_a_list_with_404(web: SimulatorClient) -> None:
    behind(web)
    compute = f"{web.subscription_path}/providers/Microsoft.Compute"
    for path in (web.set_path, f"{web.set_path}/virtualMachines/0", f"{web.set_path}/instanceView"):
        status, code, message = error_at(web, path)
        assert (status, code) == (400, "NoRegisteredProviderFound")
        assert "for location 'eastus' and API version '2026-04-01'" in message
        assert ", " in message.partition("api-versions are ")[2].partition("'.")[0]
        assert listed_versions(message)[-1] == NEWEST
    for path in (f"{compute}/virtualMachineScaleSets", web.set_path.rpartition("/")[0]):
        status, code, message = error_at(web, path)
        assert (status, code) == (404, "InvalidResourceType")
        assert "The resource type 'virtualMachineScaleSets' could not be found" in message
        assert listed_versions(message)[-1] == NEWEST
    assert web.send("PATCH", web.set_path, {"tags": {}}).status_code == 400
    assert web.effects("write") == []


def test_a_supported_version_and_other_services_are_served(web: SimulatorClient) -> None:
    behind(web)
    assert web.send("GET", f"{web.set_path}?api-version={NEWEST}").status_code == 200
    assert web.send("GET", "/subscriptions").status_code == 200
    assert web.send("GET", f"{web.subscription_path}/resourceGroups").status_code == 200
    web.control("DELETE", "faults")
    assert web.get().status_code == 200


@pytest.mark.parametrize(
    ("shape", "status", "code"),
    [
        ("not_found", 404, "InvalidResourceType"),
        ("no_list", 404, "InvalidResourceType"),
        ("invalid", 400, "InvalidApiVersionParameter"),
        ("misleading", 400, "NoRegisteredProviderFound"),
    ],
)
def test_the_other_shapes_of_a_refusal(
    make_client: ClientFactory, shape: str, status: int, code: str
) -> None:
    client = behind(make_client(), shape)
    refused = error_at(client, client.set_path)
    assert refused[:2] == (status, code)
    versions = listed_versions(refused[2])
    assert bool(versions) is (shape != "no_list")
    assert (ASKED in versions) is (shape == "misleading")
    older = client.send("GET", f"{client.set_path}?api-version={NEWEST}").status_code
    assert older == (400 if shape == "misleading" else 200)


def provider_types(client: SimulatorClient) -> dict[str, Any]:
    path = f"{client.subscription_path}/providers/Microsoft.Compute?api-version=2022-09-01"
    types = client.send("GET", path).json()["resourceTypes"]
    return {entry["resourceType"]: entry for entry in types}


def test_the_providers_metadata_lists_the_versions_of_each_type(web: SimulatorClient) -> None:
    assert provider_types(web)["virtualMachineScaleSets"]["apiVersions"][0] == ASKED
    behind(web)
    types = provider_types(web)
    assert types["virtualMachineScaleSets"]["apiVersions"][0] == NEWEST
    assert types["galleries"]["apiVersions"][0] == "2024-03-03"
    assert "2017-10-30-preview" not in types["locations/usages"]["apiVersions"]
    for entry in types.values():
        assert entry["apiVersions"] == sorted(entry["apiVersions"], reverse=True)
        assert entry["defaultApiVersion"] in entry["apiVersions"]


def test_a_type_that_no_version_has_is_refused_without_a_list(web: SimulatorClient) -> None:
    status, code, message = error_at(web, f"{web.set_path}/lifecycleHookEvents")
    assert (status, code) == (404, "InvalidResourceType")
    assert listed_versions(message) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"refuse": "api_version"},
        {"refuse": "api_version", "newest": "new"},
        {"refuse": "api_version", "newest": NEWEST, "shape": "round"},
        {"refuse": "everything"},
    ],
)
def test_a_refusal_that_makes_no_sense_is_not_added(web: SimulatorClient, fault: Any) -> None:
    with pytest.raises(AssertionError, match="InvalidFault"):
        web.add_fault(**fault)
