"""The simulator's responses to recorded requests of diagnosis: boot diagnostics, run command,
Activity Log, Resource Graph. The recordings: `data/diagnosis`.

Requests of single machines go to a Flexible one. What a recording has and the simulator leaves out
is named where it is compared.
"""

import json
import re
from typing import Any

import requests

from tests.simulator.handlers.flexible_machines import list_machines
from tests.simulator.payloads.json_shape import shape_differences
from tests.support.paths import DIAGNOSIS
from tests.support.simulator_client import ClientFactory, SimulatorClient

_IGNORED = {"date", "content-type", "content-length", "x-ms-ratelimit-remaining-subscription-reads"}
_INSTANCE = re.compile(r"/virtualMachineScaleSets/[^/]+/virtualMachines/\d+", re.IGNORECASE)
_MACHINE = re.compile(r"/virtualMachines/[^/]+", re.IGNORECASE)


def recorded(stem: str) -> list[Any]:
    recording = json.loads((DIAGNOSIS / f"{stem}.json").read_text(encoding="utf-8"))
    exchanges: list[Any] = recording.get("exchanges", [recording])
    return exchanges


def repeat(client: SimulatorClient, exchange: Any, target: str = "") -> requests.Response:
    """Sends a recorded request; `target` is the id of the machine in its path."""
    request = exchange["request"]
    path = re.sub(r"^/subscriptions/[0-9-]+", client.subscription_path, request["path"])
    if target:
        kind = _INSTANCE if _INSTANCE.search(path) else _MACHINE
        path = target + path[[*kind.finditer(path)][-1].end() :]
    return client.send(request["method"], f"{path}?{request['query'].strip('&')}", request["body"])


def assert_same_shape(exchange: Any, response: requests.Response, *missing: str) -> None:
    expected = exchange["response"]
    assert response.status_code == expected["status"], response.text
    names = {name.lower() for name in expected["headers"]} - _IGNORED
    assert names - {name.lower() for name in response.headers} == set()
    body = response.json() if response.content else None
    differences = list(shape_differences(expected["body"], body))
    assert [text for text in differences if not text.startswith(missing or ("?",))] == []


def a_machine(client: SimulatorClient) -> str:
    return str(next(iter(list_machines(client).values()))["id"])


def test_boot_diagnostics_are_answered_as_recorded(make_client: ClientFactory) -> None:
    client = make_client("flexible")
    machine = a_machine(client)
    exchanges = recorded("flow-bootdiag-vm-managed-blob-404")
    lifetimes = []
    for exchange in exchanges:
        if exchange["request"]["path"].endswith("/retrieveBootDiagnosticsData"):
            response = repeat(client, exchange, machine)
            assert_same_shape(exchange, response)
            answers = (exchange["response"]["body"], response.json())
            for key, (theirs, ours) in ((k, [a[k] for a in answers]) for k in answers[0]):
                pattern = r"/[0-9a-f-]{36}/[^/]+\.[0-9a-f-]{36}\.(\S+)\?sv=2018-03-28&sr=b&sig=\S+"
                ends = [re.findall(rf"{pattern}&se=(\S+)&sp=r$", url) for url in (theirs, ours)]
                assert ends[0][0][0] == ends[1][0][0], key
                lifetimes.append(ends[1][0][1])
        elif "expand" in exchange["request"]["query"]:
            view = repeat(client, exchange, machine).json()["properties"]["instanceView"]
            theirs = exchange["response"]["body"]["properties"]["instanceView"]
            assert view["bootDiagnostics"] == theirs["bootDiagnostics"] == {}
    assert lifetimes[::2] == ["2026-11-22T13%3a40%3a00Z", "2026-11-22T14%3a00%3a00Z"]
    client.control("POST", "boot-diagnostics", {"scale_set": "flex-rg/flex-vmss", "state": "empty"})
    last = repeat(client, exchanges[-2], machine).json()["serialConsoleLogBlobUri"]
    answer, theirs = requests.get(last, timeout=20), exchanges[-1]["response"]
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (404, "BlobNotFound")
    assert answer.headers["Content-Type"] == theirs["headers"]["content-type"]
    assert answer.content.startswith(b"\xef\xbb\xbf<?xml")
    texts = (answer.content.decode("utf-8-sig"), theirs["body"].lstrip("\ufeff"))
    assert len({text.partition("RequestId")[0] for text in texts}) == 1
    (example,) = recorded("spec-vmssvm-retrieveBootDiagnosticsData")
    web = make_client()
    assert_same_shape(example, repeat(web, example, f"{web.set_path}/virtualMachines/1"))


def test_a_run_command_is_answered_as_recorded(make_client: ClientFactory) -> None:
    client = make_client()
    accepted, running, ended, final = recorded("flow-vmss-runCommand-action")
    response = repeat(client, accepted, f"{client.set_path}/virtualmachines/1")
    assert_same_shape(accepted, response)
    assert response.headers["x-ms-request-charge"] == "1"
    assert_same_shape(running, client.send("GET", response.headers["Azure-AsyncOperation"]))
    (busy,) = recorded("doc-409-runCommand-in-progress")
    again = repeat(client, busy, f"{client.set_path}/virtualMachines/1")
    assert (again.status_code, again.json()) == (409, busy["response"]["body"])
    client.advance(30)
    poll = client.send("GET", response.headers["Azure-AsyncOperation"])
    assert_same_shape(ended, poll)
    assert poll.json()["properties"] == ended["response"]["body"]["properties"]
    last = client.send("GET", response.headers["Location"])
    assert_same_shape(final, last)
    assert last.json() == final["response"]["body"]
    (document,) = recorded("runCommands-document-RunShellScript")
    answer = repeat(client, document)
    assert_same_shape(document, answer)
    assert answer.json() == document["response"]["body"]


def test_long_output_is_cut_as_recorded(make_client: ClientFactory) -> None:
    client = make_client("flexible")
    accepted, *polls, final = recorded("flow-vm-runCommand-output-tail-4kB")
    response = repeat(client, accepted, a_machine(client))
    assert_same_shape(accepted, response)
    for poll in polls[:-1]:
        client.advance(20)
        assert_same_shape(poll, client.send("GET", response.headers["Azure-AsyncOperation"]))
    client.advance(60)
    assert_same_shape(polls[-1], client.send("GET", response.headers["Azure-AsyncOperation"]))
    last = client.send("GET", response.headers["Location"])
    assert_same_shape(final, last)
    sizes = []
    for body in (final["response"]["body"], last.json()):
        message = body["value"][0]["message"]
        stdout = message.partition("[stdout]\n")[2].rpartition("\n[stderr]\n")[0]
        sizes.append(len(stdout.encode()))
    assert sizes[0] == sizes[1] == 4096


def test_the_activity_log_is_answered_as_recorded(make_client: ClientFactory) -> None:
    client = make_client()
    for stem in ("activitylog-400-older-than-90-days", "activitylog-eventcategories"):
        (exchange,) = recorded(stem)
        answer = repeat(client, exchange)
        assert_same_shape(exchange, answer)
        assert answer.json() == exchange["response"]["body"]
    client.send("PATCH", client.set_path, {"tags": {"a": "b"}}, x_ms_client_request_id="ours")
    *early, late = recorded("flow-activitylog-delay-2023")
    for exchange in (*early, late):
        query = exchange["request"]["query"].replace("Microsoft.Authorization", "Microsoft.Compute")
        query = re.sub(r"ge%20\S+?%20", "ge%202026-11-22T11%3A00%3A00Z%20", query)
        query = re.sub(r"le%20[^&]+", "le%202026-11-22T12%3A05%3A00Z", query)
        exchange["request"]["query"] = query
        client.advance(40 if exchange is not late else 110)
        answer = repeat(client, exchange)
        scrubbed = (".value[].claims.", ".value[].properties.requestbody")
        assert_same_shape(exchange, answer, *scrubbed)
    events = answer.json()["value"]
    assert {event["httpRequest"]["clientRequestId"] for event in events} == {"ours"}
    assert len({event["correlationId"] for event in events}) == 1
    claims = late["response"]["body"]["value"][0]["claims"]
    assert set(events[0]["claims"]) <= set(claims)
    (listed,) = recorded("activitylog-list-select-2020")
    query = listed["request"]["query"]
    query = query.replace("2020-04-07T00", "2026-11-22T11").replace(
        "2020-04-08T00", "2026-11-22T12"
    )
    listed["request"]["query"] = re.sub(r"'/subscriptions/[^']+'", f"'{client.set_path}'", query)
    answer = repeat(client, listed)
    assert len(answer.json()["value"]) >= 2
    assert_same_shape(listed, answer)


def test_resource_graph_and_maintenance_are_answered_as_recorded(
    make_client: ClientFactory,
) -> None:
    client = make_client()
    client.send("PATCH", client.set_path, {"tags": {"a": "b"}})
    client.advance(100)
    (row,) = recorded("doc-resourcechanges-row")
    row["request"]["body"]["subscriptions"] = [client.simulator.subscription_id]
    answer = repeat(client, row)
    named = (".data[].id is new", ".data[].changeTime is new", ".data[].properties.changes.")
    assert_same_shape(row, answer, *named)
    changes = answer.json()["data"][0]["properties"]["changes"]
    assert changes["tags.a"] == {"newValue": "b", "previousValue": "null"}
    (busy,) = recorded("doc-arg-429-RateLimiting")
    for _ in range(14):
        repeat(client, row)
    assert_same_shape(busy, repeat(client, busy))
    (machine,) = recorded("vm-instanceView-maintenanceRedeployStatus-completed")
    target = {"scale_set": "web-rg/web-vmss", "instance_ids": ["4"]}
    client.control("POST", "guest", {**target, "maintenance": "completed"})
    view = client.get_instance("4")["properties"]["instanceView"]
    theirs = machine["response"]["body"]["properties"]["instanceView"]
    assert view["maintenanceRedeployStatus"] == theirs["maintenanceRedeployStatus"]
