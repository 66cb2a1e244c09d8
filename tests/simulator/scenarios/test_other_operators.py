"""Scenarios with other operators and with a flaky Azure."""

import requests

from tests.support.simulator_client import ClientFactory


def test_autoscale_adds_and_removes_instances_and_leaves_gaps_in_the_ids(
    make_client: ClientFactory,
) -> None:
    client = make_client("autoscaled", throttling=False)
    sizes = []
    for _ in range(5):
        client.advance(120)
        sizes.append(client.get().json()["sku"]["capacity"])
    assert sizes == [66, 57, 64, 60, 66]
    client.advance(40)
    ids = [int(vm["instanceId"]) for vm in client.list_instances()]
    assert len(ids) == 66
    assert ids != list(range(min(ids), max(ids) + 1))
    assert {effect["client_request_id"] for effect in client.effects("capacity")} == {"autoscale"}
    assert not any(
        vm["properties"]["latestModelApplied"] is False for vm in client.list_instances()[-5:]
    )


def test_a_colleague_tags_restarts_and_edits_the_model(make_client: ClientFactory) -> None:
    client = make_client("two-operators", throttling=False)
    client.advance(100)
    assert client.get().json()["tags"]["ticket"] == "OPS-4711"
    client.advance(150)
    restarted = client.list_instances("")[40]
    assert restarted["properties"]["provisioningState"] == "Updating"
    client.advance(150)
    assert not any(vm["properties"]["latestModelApplied"] for vm in client.list_instances())
    (edit,) = client.effects("model")
    assert (edit["client_request_id"], edit["at"]) == (
        "colleague",
        "2026-11-22T12:06:30.0000000+00:00",
    )


def test_flaky_arm_fails_requests_that_take_effect(make_client: ClientFactory) -> None:
    client = make_client("flaky-arm", throttling=False)
    client.control("DELETE", "faults")
    for fault in client.simulator.scenario.faults:
        if "delay" not in str(fault):
            client.add_fault(**fault)
    responses = [client.get("/virtualMachines") for _ in range(26)]
    statuses = [response.status_code for response in responses]
    assert statuses.count(429) == 3
    assert statuses.count(502) == 1
    assert responses[statuses.index(429)].headers["Retry-After"] == "17"
    results: list[int | None] = []
    for number in range(10):
        try:
            results.append(client.post("/restart", [str(number)]).status_code)
        except requests.ConnectionError:
            results.append(None)
    assert results == [202, 202, 202, 202, 500, 202, None, 503, 202, 500]
    assert {effect["instance_id"] for effect in client.effects("restart")} == set("012345689")
