"""Resource Graph: the changes of a set, the part of the language, and the quota."""

from typing import Any

import requests

from tests.support.simulator_client import ClientFactory, SimulatorClient

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
CHANGES = (
    "resourcechanges | extend changeTime=todatetime(properties.changeAttributes.timestamp) "
    "| where tolower(tostring(properties.targetResourceId)) == '{id}' and changeTime >= "
    "datetime(2026-11-22T12:00:00Z) | project id, changeTime, properties "
    "| order by changeTime desc | limit 50"
)


def query(client: SimulatorClient, text: str, **options: Any) -> requests.Response:
    body = {"subscriptions": [client.simulator.subscription_id], "query": text, "options": options}
    return client.send("POST", GRAPH, body)


def rows(client: SimulatorClient, text: str = CHANGES) -> list[Any]:
    return list(query(client, text.replace("{id}", client.set_path.lower())).json()["data"])


def test_the_colleague_s_changes_are_found_with_both_values(make_client: ClientFactory) -> None:
    client = make_client("two-operators", throttling=False)
    client.advance(420)
    assert len(rows(client)) == 1
    client.advance(50)
    model, tags = rows(client)
    attributes = model["properties"]["changeAttributes"]
    assert (attributes["changedBy"], attributes["clientType"], attributes["changedByType"]) == (
        "dana@contoso.example",
        "Azure Portal",
        "User",
    )
    path = "properties.virtualMachineProfile.osProfile.adminUsername"
    assert model["properties"]["changes"][path] == {
        "newValue": "contoso",
        "previousValue": "azureuser",
    }
    assert tags["properties"]["changes"]["tags.ticket"]["newValue"] == "OPS-4711"
    assert model["changeTime"] > tags["changeTime"]
    events = client.send(
        "GET",
        f"{client.subscription_path}/providers/Microsoft.Insights/eventtypes/management/values",
        None,
        "$filter=eventTimestamp ge '2026-11-22T00:00:00Z'",
    ).json()["value"]
    assert tags["properties"]["changeAttributes"]["correlationId"] in {
        event["correlationId"] for event in events
    }


def test_secrets_and_other_subscriptions_are_not_in_changes(web: SimulatorClient) -> None:
    web.control("POST", "activity", {"changes_delay": 0})
    profile = {"osProfile": {"customData": "c2VjcmV0", "adminUsername": "other"}}
    web.send("PATCH", web.set_path, {"properties": {"virtualMachineProfile": profile}})
    assert "c2VjcmV0" not in str(rows(web))
    assert rows(web)[0]["properties"]["changeAttributes"]["changesCount"] == 2
    other = web.send("POST", GRAPH, {"subscriptions": ["other"], "query": "resourcechanges"})
    assert other.json()["data"] == []
    web.send("DELETE", web.set_path)
    kinds = [row["properties"]["changeType"] for row in rows(web)]
    assert sorted(kinds) == ["Delete", "Update"]


def test_the_part_of_the_language_that_is_known(web: SimulatorClient) -> None:
    web.control("POST", "activity", {"changes_delay": 0})
    for number in range(3):
        web.send("PATCH", web.set_path, {"tags": {"a": str(number)}})
        web.advance(60)
    kind = "microsoft.compute/virtualmachinescalesets"
    texts = {
        "ResourceChanges": 3,
        f"resourcechanges | where properties.targetResourceType =~ '{kind.upper()}'": 3,
        "resourcechanges | where todatetime(properties.changeAttributes.timestamp) > ago(90s)": 1,
        "resourcechanges | where properties.changes has 'tags.b' | take 5": 0,
        "resourcechanges | sort by tostring(properties.changeAttributes.timestamp) asc | take 2": 2,
    }
    for text, count in texts.items():
        assert len(rows(web, text)) == count, text
    table = query(web, "resourcechanges | project name, properties", resultFormat="table").json()
    assert [column["name"] for column in table["data"]["columns"]] == ["name", "properties"]
    first = query(web, "resourcechanges", **{"$top": 2}).json()
    assert (first["count"], first["totalRecords"], first["resultTruncated"]) == (2, 3, "true")
    web.advance(10)
    for wrong in ("", "| take 1", "unknowntable", "resourcechanges | summarize count()"):
        refused = query(web, wrong)
        assert refused.status_code == 400
        codes = {detail["code"] for detail in refused.json()["error"]["details"]}
        assert "InvalidQuery" in codes


def test_the_quota_is_fifteen_queries_in_five_seconds(web: SimulatorClient) -> None:
    remaining = [
        query(web, "resourcechanges").headers["x-ms-user-quota-remaining"] for _ in range(15)
    ]
    assert remaining == [str(14 - number) for number in range(15)]
    refused = query(web, "resourcechanges")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RateLimiting")
    assert refused.headers["x-ms-user-quota-resets-after"] == "00:00:05"
    web.advance(5)
    assert query(web, "resourcechanges").status_code == 200


def test_sets_and_instances_are_answered_in_pages_with_what_can_be_read(
    make_client: ClientFactory,
) -> None:
    client = make_client("subscriptions", throttling=False)
    client.control("POST", "index", {"lag": 0})
    subscriptions = list(client.simulator.world.subscriptions)

    def ask(text: str, **options: Any) -> Any:
        body = {"subscriptions": subscriptions, "query": text, "options": options}
        return client.send("POST", GRAPH, body).json()

    whole = ask("Resources | where type =~ 'Microsoft.Compute/virtualMachineScaleSets'")
    (only,) = whole["data"]
    assert (only["name"], only["resourceGroup"], only["sku"]["capacity"]) == (
        "web-vmss",
        "web-rg",
        5,
    )
    instances = "computeresources | order by id asc"
    first = ask(f"{instances} | project id, name", **{"$top": 2})
    rest = ask(f"{instances} | project id, name", **{"$skipToken": first["$skipToken"]})
    skipped = ask(f"{instances} | project id, name", **{"$skip": 2})  # as az sends it
    assert (first["count"], first["totalRecords"], first["resultTruncated"]) == (2, 5, "true")
    assert rest["data"] == skipped["data"]
    assert [row["id"][-1] for row in first["data"] + rest["data"]] == list("01234")
    assert "$skipToken" not in ask(f"{instances} | project name", **{"$top": 2})
    counts = ask(
        "computeresources | extend latest=tostring(properties.latestModelApplied) "
        "| summarize instances=count() by latest"
    )["data"]
    assert {row["latest"]: row["instances"] for row in counts} == {"false": 5}
    by_name = ask("computeresources | summarize count() by name")["data"]
    assert len(by_name) == 5
    assert ask("resources", **{"$skipToken": "x"})["error"]["code"] == "BadRequest"
