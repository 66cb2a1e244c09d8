"""The Activity Log: its writers, its pages, and the operations that are taken away."""

import base64
import json
from typing import Any

import pytest

from tests.support.simulator_client import NEWER, ClientFactory, SimulatorClient

EVERYTHING = "eventTimestamp ge '2026-11-22T00:00:00Z'"
SETS = "Microsoft.Compute/virtualMachineScaleSets"


def request_events(client: SimulatorClient, condition: str = EVERYTHING) -> Any:
    path = f"{client.subscription_path}/providers/Microsoft.Insights/eventtypes/management/values"
    return client.send("GET", path, None, f"$filter={condition}")


def list_events(client: SimulatorClient, condition: str = EVERYTHING) -> list[Any]:
    page = request_events(client, condition).json()
    events = list(page["value"])
    while "nextLink" in page:
        page = client.send("GET", page["nextLink"]).json()
        events += page["value"]
    return events


def test_every_writer_appears_with_its_name_after_the_delay(make_client: ClientFactory) -> None:
    client = make_client("two-operators", throttling=False)
    client.advance(95)
    client.patch_image_version(NEWER, x_ms_client_request_id="ours")
    client.post("/manualupgrade", ["1"], x_ms_client_request_id="upgrade")
    client.post("/manualupgrade", ["none"], x_ms_client_request_id="wrong")
    client.list_instances()
    client.advance(200)
    assert list_events(client) == []
    client.advance(140)
    events = list_events(client)
    by_id = {event["eventDataId"]: event for event in events}
    assert len(by_id) < len(events)
    ours = [e for e in by_id.values() if e["httpRequest"]["clientRequestId"] == "upgrade"]
    assert [event["status"]["value"] for event in ours] == ["Succeeded", "Accepted", "Started"]
    assert {event["operationName"]["value"] for event in ours} == {f"{SETS}/manualUpgrade/action"}
    assert len({event["correlationId"] for event in ours}) == 1
    assert {event["caller"] for event in ours} == {"someone@example.com"}
    failed = [e for e in by_id.values() if e["httpRequest"]["clientRequestId"] == "wrong"]
    assert [event["status"]["value"] for event in failed] == ["Failed", "Started"]
    assert "is not an active" in failed[0]["properties"]["statusMessage"]
    dana = [event for event in by_id.values() if event["caller"] == "dana@contoso.example"]
    assert {event["claims"]["name"] for event in dana} == {"Dana Reyes"}
    assert {event["claims"]["appid"] for event in dana} == {"c44b4083-3bb0-49c1-b47d-974e53cbdf3c"}
    assert {event["resourceId"] for event in dana} == {client.set_path}
    assert not any("/read" in event["operationName"]["value"] for event in events)
    assert [event["eventTimestamp"] for event in events] == sorted(
        (event["eventTimestamp"] for event in events), reverse=True
    )


def test_a_token_and_a_service_name_their_principals(make_client: ClientFactory) -> None:
    client = make_client("autoscaled", throttling=False)
    client.control("POST", "activity", {"delay": 0})
    claims = {"appid": "11111111-2222-4333-8444-555555555555", "oid": "an-object", "idtyp": "app"}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    client.send(
        "PATCH", client.set_path, {"tags": {"a": "b"}}, Authorization=f"Bearer x.{payload}.y"
    )
    client.advance(60)
    events = list_events(client)
    callers = {event["caller"] for event in events}
    assert callers == {"an-object", "Microsoft.Insights/autoscaleSettings"}
    scaled = next(event for event in events if event["category"]["value"] == "Autoscale")
    assert scaled["properties"]["resourceName"] == client.set_path
    assert "from 60 instances count to 66" in scaled["properties"]["description"]
    spot = make_client("flexible", "flex-rg/spot-vmss")
    spot.add_fault(instance="eviction", scale_set="flex-rg/spot-vmss")
    spot.control("POST", "activity", {"delay": 0})
    spot.advance(5)
    assert {event["caller"] for event in list_events(spot)} == {"Microsoft.Compute"}


def test_filters_pages_and_repeated_events(web: SimulatorClient) -> None:
    web.control("POST", "activity", {"delay": 0, "page_size": 4, "empty_pages": True})
    for number in range(6):
        web.send("PATCH", web.set_path, {"tags": {"a": str(number)}})
        web.advance(10)
    assert request_events(web).json()["value"] == []
    events = list_events(web)
    unique = {event["eventDataId"] for event in events}
    assert (len(unique), len(events)) == (18, 19)
    correlation = events[0]["correlationId"]
    for clause in (
        "resourceGroupName eq 'WEB-RG'",
        f"resourceUri eq '{web.set_path}'",
        "resourceProvider eq Microsoft.Compute",
    ):
        assert len(list_events(web, f"{clause} and {EVERYTHING}")) == 19
    assert len(list_events(web, f"{EVERYTHING} and correlationId eq '{correlation}'")) == 3
    late = f"{EVERYTHING} and eventTimestamp le '2026-11-22T12:00:05.0000000Z'"
    assert len(list_events(web, late)) == 3
    for wrong in (
        "",
        "resourceGroupName eq 'web-rg'",
        f"{EVERYTHING} or caller eq 'x'",
        f"{EVERYTHING} and caller eq 'x'",
        f"{EVERYTHING} and resourceGroupName eq 'a' and resourceUri eq 'b'",
        "eventTimestamp ge 'yesterday'",
    ):
        refused = request_events(web, wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        (f"{SETS}/virtualMachines/retrieveBootDiagnosticsData/action", "POST", ""),
        (f"{SETS}/virtualMachines/runCommand/action", "POST", "runCommand"),
        ("Microsoft.Insights/eventtypes/values/read", "GET", "events"),
        ("Microsoft.ResourceGraph/resources/read", "POST", "graph"),
    ],
)
def test_an_operation_can_be_taken_away(
    web: SimulatorClient, operation: str, method: str, path: str
) -> None:
    machine = f"{web.set_path}/virtualMachines/1"
    events = f"{web.subscription_path}/providers/Microsoft.Insights/eventtypes/management/values"
    urls = {
        "": f"{machine}/retrieveBootDiagnosticsData",
        "runCommand": f"{machine}/runCommand",
        "events": events,
        "graph": "/providers/Microsoft.ResourceGraph/resources",
    }
    body = {"commandId": "RunShellScript", "query": "resourcechanges"}
    web.control("POST", "rights", {"refuse": [operation]})
    refused = web.send(method, urls[path], body, f"$filter={EVERYTHING}")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (403, "AuthorizationFailed")
    assert (
        f"to perform action '{operation}' over scope '{urls[path].rpartition('/')[0]}'"
        in (error["message"])
    )
    assert web.get().status_code == 200
    web.control("DELETE", "rights")
    assert web.send(method, urls[path], body, f"$filter={EVERYTHING}").status_code in (200, 202)
