"""Who did what: the Activity Log and Resource Graph's changes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from tests.support.canned_gateway import canned_gateway, json_reply
from tests.support.paths import EXCHANGES
from tests.support.scripted_server import Answer, ReceivedRequest, ScriptedServer, json_answer
from vmss_tui.arm.connect import connect
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.scale_set_id import scale_set_id
from vmss_tui.gateway import InvalidResponse, NotAllowed, Refused, Throttled
from vmss_tui.gateway.diagnostics import CallerKind, PropertyChange, ResourceChange

SET = scale_set_id("00000000-0000-0000-0000-000000000000", "rg", "web")
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def recorded(stem: str, number: int = -1) -> dict[str, Any]:
    """The response of a recording, or the last of a flow."""
    recording = json.loads((EXCHANGES / f"{stem}.json").read_text("utf-8"))
    exchange: dict[str, Any] = recording.get("exchanges", [recording])[number]
    return exchange["response"]  # type: ignore[no-any-return]


def event(resource_id: str, **changes: Any) -> dict[str, Any]:
    """The recorded event, about another resource."""
    body: dict[str, Any] = dict(recorded("flow-activitylog-delay-2023")["body"]["value"][0])
    return body | {"resourceId": resource_id, "eventDataId": resource_id + str(changes)} | changes


def test_the_events_of_the_set_are_read_from_all_pages_each_once_and_newest_first() -> None:
    own = event(SET.resource_id.upper())
    older = event(
        f"{SET.resource_id}/virtualMachines/3",
        eventTimestamp="2023-08-23T12:00:00.1234567Z",
        caller="7c0f2b1e-0000-4000-8000-000000000001",
        claims={"appid": "11111111-2222-3333-4444-555555555555"},
        properties={"statusMessage": '{"error":{"message":"password=hunter22"}}'},
    )
    flexible = event(
        f"{SET.resource_id.rpartition('/virtualMachineScaleSets')[0]}/virtualMachines/web_1a"
    )
    autoscale = event(
        "/subscriptions/x/resourceGroups/rg/providers/microsoft.insights/autoscalesettings/a",
        caller="Microsoft.Insights/autoscaleSettings",
        claims=None,
        properties={"ResourceName": SET.resource_id},
    )
    foreign = [event(f"{SET.resource_id}2"), {"resourceId": SET.resource_id}, 7]
    pages: dict[str, list[Any]] = {
        "": [own, own, *foreign],
        "1": [],
        "2": [older, flexible, autoscale],
    }

    def answer(request: ReceivedRequest) -> Answer:
        page = request.query.partition("skipToken=")[2]
        body: dict[str, Any] = {"value": pages[page]}
        if page != "2":
            link = f"{server.endpoint}{request.path}?api-version=2015-04-01&$skipToken="
            body["nextLink"] = f"{link}{1 + int(page or 0)}"
        return json_answer(body)

    with ScriptedServer(answer) as server:
        gateway = connect(endpoint=server.endpoint, read_only=True, now=lambda: NOON)
        events = gateway.diagnostics.read_activity(SET, NOON - timedelta(days=200), NOON)
        gateway.close()
    query = server.requests[0].query.replace("%20", " ").replace("%27", "'").replace("%3A", ":")
    assert query == (
        "api-version=2015-04-01&$filter=eventTimestamp ge '2026-08-30T13:00:00Z' and "
        "eventTimestamp le '2026-11-28T12:00:00Z' and resourceGroupName eq 'rg'"
    )
    kinds = [(e.caller_kind, e.client) for e in events]
    assert kinds == [
        (CallerKind.USER, "Azure CLI"),
        (CallerKind.USER, "Azure CLI"),
        (CallerKind.AZURE, ""),
        (CallerKind.APPLICATION, "11111111-2222-3333-4444-555555555555"),
    ]
    assert events[0].client_request_id == "09605172-41b5-11ee-8276-00155d1dd0d3"
    assert events[0].correlation_id == "89a8d569-e254-4e8f-a902-03f5f29b2e7a"
    assert (events[0].operation_label, events[0].status) == ("Create role assignment", "Succeeded")
    assert "hunter22" not in events[-1].message
    assert len(server.requests) == 3


def test_refusals_of_the_activity_log_are_those_of_a_read() -> None:
    message = (
        "does not have authorization to perform action 'Microsoft.Insights/eventtypes/values/read'"
    )
    refused = json_reply({"error": {"code": "AuthorizationFailed", "message": message}}, 403)
    with pytest.raises(NotAllowed, match="eventtypes/values/read"):
        canned_gateway(refused).diagnostics.read_activity(SET, NOON, NOON)
    too_old = json_reply(recorded("activitylog-400-older-than-90-days")["body"], 400)
    with pytest.raises(Refused, match="more than 90 days"):
        canned_gateway(too_old).diagnostics.read_activity(SET, NOON, NOON)


def test_the_changes_of_the_set_have_old_and_new_values() -> None:
    body = recorded("doc-resourcechanges-row")["body"]
    row = body["data"][0]["properties"]
    platform = json.loads(json.dumps(row))
    platform["changeAttributes"] |= {
        "changedBy": "System",
        "changedByType": "System",
        "clientType": None,
    }
    platform["changes"] = {
        "properties.osProfile.adminPassword": {"newValue": "hunter22", "previousValue": "x"},
        "sku.capacity": {"newValue": 5, "previousValue": None},
    }
    rows = [{"properties": platform}, {"properties": row}, {"properties": {}}, 7]

    def answer(request: ReceivedRequest) -> Answer:
        assert request.method == "POST"
        assert request.json["options"] == {"resultFormat": "objectArray", "$top": 1000}
        assert request.json["subscriptions"] == [SET.subscription_id]
        assert f"'{SET.resource_id.lower()}'" in request.json["query"]
        return json_answer({"data": rows, "resultTruncated": "false"})

    with ScriptedServer(answer) as server:
        gateway = connect(endpoint=server.endpoint, read_only=True)
        system, user = gateway.diagnostics.read_changes(SET, NOON)
        gateway.close()
    assert user == ResourceChange(
        at=datetime(2024, 6, 12, 13, 26, 17, 347000, UTC),
        changed_by="someone@example.com",
        caller_kind=CallerKind.USER,
        client="Azure Portal",
        operation="microsoft.compute/virtualmachines/write",
        correlation_id="11111111-1111-1111-1111-111111111111",
        properties=(
            PropertyChange("properties.provisioningState", "Updating", "Succeeded"),
            PropertyChange("tags.key1", "", "NewTagValue"),
        ),
    )
    assert structs.astuple(system)[1:4] == ("", CallerKind.AZURE, "")
    assert [change.after for change in system.properties] == ["(redacted)", "5"]


def test_resource_graph_says_in_details_and_in_its_own_header_when_to_come_again() -> None:
    response = recorded("doc-arg-429-RateLimiting")
    reply = json_reply(response["body"], 429, **response["headers"])
    with pytest.raises(Throttled, match="Client application has been throttled") as throttled:
        canned_gateway(reply).diagnostics.read_changes(SET, NOON)
    assert throttled.value.retry_after == 3.0
    odd_answers: list[Any] = [{}, {"data": "none"}, []]
    for odd in odd_answers:
        with pytest.raises(InvalidResponse):
            canned_gateway(json_reply(odd)).diagnostics.read_changes(SET, NOON)


def test_a_refused_connection_is_tried_again_because_a_query_changes_nothing() -> None:
    answers = [(503, {}, b""), json_answer({"data": []})]
    with ScriptedServer(lambda _request: answers.pop(0)) as server:
        policy = RetryPolicy(attempts=2, base=0.0)
        gateway = connect(endpoint=server.endpoint, retry_policy=policy)
        assert gateway.diagnostics.read_changes(SET, NOON) == []
        gateway.close()
    assert len(server.requests) == 2
