"""Authentication, routing, and the errors for invalid requests."""

from typing import Any

import pytest
import requests

from tests.support.simulator_client import ClientFactory, SimulatorClient

JSON = {"Content-Type": "application/json"}


def test_without_a_token_everything_but_control_is_401(web: SimulatorClient) -> None:
    response = requests.get(web.simulator.endpoint + web.set_path, timeout=20)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "AuthenticationFailed"
    assert "Bearer" in response.headers["WWW-Authenticate"]


def test_paths_are_matched_in_any_case_and_any_encoding(web: SimulatorClient) -> None:
    shouting = web.set_path.upper() + "/VIRTUALMACHINES/%30"
    response = web.send("GET", shouting, query="%24expand=instanceView")
    assert response.status_code == 200
    assert "instanceView" in response.json()["properties"]
    assert web.send("GET", web.set_path + "?api-version=1999-12-31").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("{set}x", 404, "ResourceNotFound"),
        ("{set}/virtualMachines/777", 404, "NotFound"),
        ("{set}/nonsense", 404, "InvalidResourceType"),
        ("/subscriptions/nobody/resourceGroups", 404, "SubscriptionNotFound"),
        ("{sub}/resourceGroups/nobody", 404, "ResourceGroupNotFound"),
        ("/nonsense", 404, "ResourceNotFound"),
        ("{set}/manualupgrade", 405, "UnsupportedHttpMethod"),
        ("{set}/virtualMachines?$skiptoken=stale!", 400, "InvalidParameter"),
        ("{set}/virtualMachines?$filter=nonsense", 400, "InvalidParameter"),
    ],
)
def test_a_missing_resource_has_azures_error_code(
    web: SimulatorClient, path: str, status: int, code: str
) -> None:
    response = web.send("GET", path.format(set=web.set_path, sub=web.subscription_path))
    assert response.status_code == status
    assert response.json()["error"]["code"] == code


def test_a_missing_set_is_a_404_of_the_gateway(web: SimulatorClient) -> None:
    response = web.send("GET", web.set_path + "x")
    assert response.headers["x-ms-failure-cause"] == "gateway"
    assert response.json()["error"]["message"] == (
        "The Resource 'Microsoft.Compute/virtualMachineScaleSets/web-vmssx' under resource group "
        "'web-rg' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix"
    )


@pytest.mark.parametrize("body", ["{", "[]", '{"properties": 7}', '{"sku": "big"}', "\xff"])
def test_an_invalid_body_is_refused(web: SimulatorClient, body: str) -> None:
    for method in ("PATCH", "PUT"):
        url = f"{web.simulator.endpoint}{web.set_path}?api-version=1"
        response = web.session.request(method, url, data=body, headers=JSON, timeout=20)
        assert response.status_code == 400, response.text
        assert "error" in response.json()


@pytest.mark.parametrize("depth", [200, 1500, 200_000])
def test_a_body_that_is_nested_too_deeply_is_refused(
    make_client: ClientFactory, depth: int
) -> None:
    web = make_client()
    body = b'{"properties":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    url = f"{web.simulator.endpoint}{web.set_path}?api-version=1"
    response = web.session.request("PATCH", url, data=body, headers=JSON, timeout=20)
    assert response.status_code in (200, 400)
    assert depth < 1000 or response.json()["error"]["code"] == "InvalidRequestContent"
    assert web.get().status_code == 200


@pytest.mark.parametrize("name", ["a%0d%0ab", "%2e%2e", "a b", "x" * 200, "ü", "%00"])
def test_an_invalid_resource_name_is_refused(make_client: ClientFactory, name: str) -> None:
    web = make_client()
    body = web.get().json()
    response = web.send("PUT", web.set_path.replace("web-vmss", name), body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "InvalidResourceName")


def test_a_region_with_a_line_break_adds_no_header(make_client: ClientFactory) -> None:
    web = make_client()
    body: Any = {**web.get().json(), "location": "east\r\nX-Evil: yes"}
    response = web.send("PUT", web.set_path.replace("web-vmss", "evil-vmss"), body)
    assert response.status_code == 400
    assert "X-Evil" not in response.headers


def test_garbage_in_paths_and_ids_is_refused_in_azures_shape(make_client: ClientFactory) -> None:
    web = make_client(throttling=False)
    for path in (
        "/virtualMachines/../../x",
        "/virtualMachines/%00",
        "/virtualMachines/" + "9" * 5000,
        "/virtualMachines/-1",
        "/virtualMachines/0x1",
        "//virtualMachines//0//",
        "/%F0%9F%92%A9",
        "/virtualMachines?$skiptoken=" + "9" * 400,
        "/virtualMachines?$filter=" + "(" * 3000,
    ):
        response = web.get(path)
        assert response.status_code in (200, 400, 404), path
        if response.status_code != 200:
            assert set(response.json()) == {"error"}
    for ids in ([""], ["-1"], ["1e3"], ["1", "*x"], ["٣"], ["9" * 5000]):
        response = web.post("/restart", ids)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "InvalidParameter")
    assert web.effects("restart") == []
