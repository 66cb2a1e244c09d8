"""Requests that a web page could send are refused, and those of programs are not."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from tests.simulator.handlers.sdk_client import SdkClient
from tests.support.simulator_client import ClientFactory, SimulatorClient

CLOCK = "/_simulator/clock"
ADVANCE = json.dumps({"advance": 60})


def send(
    client: SimulatorClient, method: str, path: str, body: str = "", **headers: str
) -> requests.Response:
    """Sends exactly these headers, with `_` for `-`, and a token."""
    url = f"{client.simulator.endpoint}{path}?api-version=1"
    sent_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.session.request(method, url, data=body, headers=sent_headers, timeout=20)


def refusal(response: requests.Response) -> tuple[int, str]:
    """Status and error code."""
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1",
        "0.0.0.0",
        "user@localhost",
        "localhost:port",
        "localhost/evil.example",
        "",
    ],
)
def test_a_name_that_is_not_loopback_is_not_served(web: SimulatorClient, host: str) -> None:
    for path in (web.set_path, CLOCK):
        response = send(web, "GET", path, Host=host, X_Forwarded_Proto="https")
        assert refusal(response) == (403, "ForeignHost")
    assert "virtualMachineScaleSets" not in response.text
    written = send(web, "POST", CLOCK, ADVANCE, Host=host, Content_Type="application/json")
    assert refusal(written) == (403, "ForeignHost")
    assert web.simulator.clock.now() == 0


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "127.0.0.1", "127.8.9.1:1", "[::1]:7"]
)
def test_loopback_names_are_served_with_any_port_as_through_a_forwarded_one(
    web: SimulatorClient, host: str
) -> None:
    assert send(web, "GET", web.set_path, Host=host).status_code == 200


def test_two_hosts_in_one_request_are_refused(web: SimulatorClient) -> None:
    address = urlsplit(web.simulator.endpoint)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.putrequest("GET", CLOCK, skip_host=True)
    connection.putheader("Host", address.netloc)
    connection.putheader("Host", "evil.example")
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:3000", "https://{own}", ""]
)
def test_a_page_of_another_origin_changes_and_reads_nothing(
    web: SimulatorClient, origin: str
) -> None:
    own = urlsplit(web.simulator.endpoint).netloc
    foreign = origin.format(own=own)
    for path, body in ((CLOCK, ADVANCE), (web.set_path + "/restart", "")):
        response = send(web, "POST", path, body, Origin=foreign, Content_Type="application/json")
        assert refusal(response) == (403, "ForeignOrigin")
        assert "Access-Control-Allow-Origin" not in response.headers
    assert refusal(send(web, "GET", CLOCK, Origin=foreign)) == (403, "ForeignOrigin")
    assert refusal(send(web, "DELETE", "/_simulator/faults", Origin=foreign))[0] == 403
    assert web.simulator.clock.now() == 0
    assert web.effects("restart") == []


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("none", 200)]
)
def test_an_image_of_a_page_does_not_reach_the_simulator(
    web: SimulatorClient, site: str, status: int
) -> None:
    response = send(web, "GET", CLOCK, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
    assert response.status_code == status


def test_its_own_origin_may_use_it(web: SimulatorClient) -> None:
    own = web.simulator.endpoint
    headers = {"Origin": own, "Sec_Fetch_Site": "same-origin", "Content_Type": "application/json"}
    assert send(web, "POST", CLOCK, ADVANCE, **headers).status_code == 200
    assert web.simulator.clock.now() == 60


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_write_that_is_not_json_is_refused(web: SimulatorClient, media_type: str) -> None:
    given = {"Content_Type": media_type} if media_type else {}
    image = json.dumps({"tags": {"owner": "evil"}})
    for method, path, body in (
        ("POST", CLOCK, ADVANCE),
        ("POST", "/_simulator/faults", json.dumps({"instance": "flap"})),
        ("POST", web.set_path + "/restart", json.dumps({"instanceIds": ["1"]})),
        ("PATCH", web.set_path, image),
        ("PUT", web.set_path, image),
    ):
        response = send(web, method, path, body, **given)
        assert refusal(response) == (415, "UnsupportedMediaType"), path
    assert web.simulator.clock.now() == 0
    assert web.control("GET", "ledger")["effects"] == []


def test_json_with_parameters_and_a_write_without_a_body_are_accepted(
    make_client: ClientFactory,
) -> None:
    web = make_client()
    spelled = "Application/JSON; charset=UTF-8"
    assert send(web, "POST", CLOCK, ADVANCE, Content_Type=spelled).status_code == 200
    assert send(web, "POST", web.set_path + "/restart").status_code == 202
    assert send(web, "DELETE", "/_simulator/faults").status_code == 200


def test_the_azure_sdk_is_not_taken_for_a_page() -> None:
    sdk = SdkClient("web-100")
    try:
        update = sdk.image("22.04.202512010")
        assert sdk.sets.begin_update(*sdk.names, update).result().etag
        sdk.sets.begin_update_instances(*sdk.names, {"instanceIds": ["1"]}).result()
        sdk.vms.begin_restart(*sdk.names, "2").result()
    finally:
        sdk.close()
