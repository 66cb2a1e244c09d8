"""Many callers, much data, bad callers: no error, no growth, no hang, the same bytes."""

import gc
import hashlib
import socket
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.simulator_client import SimulatorClient, ClientFactory, client_factory
from vmss_tui.simulator.rest.listener import ConnectionHandler
from vmss_tui.simulator.scenarios.catalog import SCENARIOS
from vmss_tui.simulator.world.throttle import TokenDraw


@pytest.fixture
def calling() -> Iterator[ClientFactory]:
    """Makes callers of simulators."""
    with client_factory() as call:
        yield call


def ask_at_once(caller: SimulatorClient, rounds: int) -> set[int]:
    """Fifty callers with their own connections read pages, views and the model, and write tags."""
    paths = ("/virtualMachines?$expand=instanceView", "", "/virtualMachines/7", "/instanceView")
    base = caller.simulator.endpoint + caller.set_path

    def ask(number: int) -> set[int]:
        seen = set()
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer x"
            for turn in range(rounds):
                path = paths[(number + turn) % len(paths)]
                url = f"{base}{path}{'&' if '?' in path else '?'}api-version=2026-04-01"
                seen.add(session.get(url, timeout=60).status_code)
            tags = {"tags": {"caller": str(number)}}
            url = f"{base}?api-version=2026-04-01"
            seen.add(session.patch(url, json=tags, timeout=60).status_code)
        return seen

    with ThreadPoolExecutor(50) as pool:
        return set().union(*pool.map(ask, range(50)))


def test_a_thousand_instances_bear_fifty_requests_in_flight_and_memory_stays(
    calling: ClientFactory,
) -> None:
    caller = calling("thousand", throttling=False)
    caller.patch_image_version("22.04.202601010")
    for number in range(0, 1000, 100):
        caller.post("/manualupgrade", [str(each) for each in range(number, number + 100)])
        caller.advance(100)
    assert ask_at_once(caller, 4) == {200}
    tracemalloc.start()
    try:
        ask_at_once(caller, 2)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        assert ask_at_once(caller, 6) == {200}
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"memory grew by {(after - before) / 1024:.0f} KiB over 350 requests")  # noqa: T201
    assert after - before < 2 << 20


def test_what_is_over_is_forgotten(calling: ClientFactory) -> None:
    caller = calling(throttling=False)
    world = caller.simulator.world
    (scale_set,) = world.scale_sets.values()
    for _ in range(6_000):
        world.start_operation("idle", scale_set).complete(world.now)
    assert len(world.operations) == 5_000
    for _ in range(4):
        caller.post("/delete", [each["instanceId"] for each in caller.list_instances("")[:3]])
        caller.advance(1000)
    assert len(scale_set.deleted_instances) == 3
    for number in range(30_000):
        world.throttle.remaining_header([TokenDraw("GetVMScaleSetVMResource", str(number))], number)
    assert len(world.throttle._buckets) <= 10_001


# The same seed, the same world


def digest(caller: SimulatorClient) -> str:
    """A history of a scenario: everything answered in the course of ten minutes."""
    caller.send("PATCH", caller.set_path, {"tags": {"story": "one"}}, Host="azure")
    caller.post("/restart", [each["instanceId"] for each in caller.list_instances("")[:7]], Host="azure")
    answers = []
    for seconds in (0, 3, 45, 120.5, 400):
        caller.advance(seconds)
        world = caller.control("GET", "world")
        answers.append(repr(world))
        answers.append(caller.get("/virtualMachines", "$expand=instanceView", Host="azure").text)
    answers.append(repr(caller.control("GET", "ledger")["effects"]))
    return hashlib.sha256("".join(answers).encode()).hexdigest()


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"flaky-arm", "thousand", "fleet"}))
def test_a_scenario_is_the_same_byte_for_byte(calling: ClientFactory, name: str) -> None:
    first, second = (digest(calling(name, throttling=False, seed=5)) for _ in range(2))
    assert first == second
    if name not in ("empty",):
        assert first != digest(calling(name, throttling=False, seed=6))


# Bad input


def raw(caller: SimulatorClient, sent: bytes, *, more: bool = False) -> bytes:
    """The answer to bytes on a connection, which is closed for sending unless more could come."""
    address = ("127.0.0.1", int(caller.simulator.endpoint.rsplit(":", 1)[1]))
    with socket.create_connection(address, 20) as connection:
        connection.sendall(sent)
        if not more:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
    return answer


def test_a_body_that_is_too_large_is_refused_unread(calling: ClientFactory) -> None:
    web = calling()
    head = f"PUT {web.set_path}?api-version=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n"
    answer = raw(web, head.encode(), more=True)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'{"error":{"code":"RequestContentTooLarge"' in answer


def test_a_body_that_breaks_off_or_is_slow_is_refused_in_time(
    calling: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = calling()
    head = f"PUT {web.set_path}?api-version=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    assert b" 408 " in raw(web, head.encode() + b"{").split(b"\r\n")[0]
    monkeypatch.setattr(ConnectionHandler, "timeout", 0.05)
    assert b"RequestTimeout" in raw(web, head.encode() + b"{", more=True)
    assert raw(web, b"GET / HT", more=True) == b""
    assert web.get().status_code == 200


@pytest.mark.parametrize("depth", [200, 1500, 200_000])
def test_a_body_that_is_nested_too_deeply_is_refused(calling: ClientFactory, depth: int) -> None:
    web = calling()
    body = b'{"properties":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    url = f"{web.simulator.endpoint}{web.set_path}?api-version=1"
    reply = web.session.request("PATCH", url, data=body, timeout=20)
    assert reply.status_code in (200, 400)
    assert depth < 1000 or reply.json()["error"]["code"] == "InvalidRequestContent"
    assert web.get().status_code == 200


@pytest.mark.parametrize("name", ["a%0d%0ab", "%2e%2e", "a b", "x" * 200, "ü", "%00"])
def test_a_name_that_could_be_none_is_refused(calling: ClientFactory, name: str) -> None:
    web = calling()
    body = web.get().json()
    reply = web.send("PUT", web.set_path.replace("web-vmss", name), body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "InvalidResourceName")


def test_a_region_is_no_way_into_the_headers(calling: ClientFactory) -> None:
    web = calling()
    body: Any = {**web.get().json(), "location": "east\r\nX-Evil: yes"}
    reply = web.send("PUT", web.set_path.replace("web-vmss", "evil-vmss"), body)
    assert reply.status_code == 400
    assert "X-Evil" not in reply.headers


def test_garbage_in_paths_and_ids_is_refused_in_azures_shape(calling: ClientFactory) -> None:
    web = calling(throttling=False)
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
        reply = web.get(path)
        assert reply.status_code in (200, 400, 404), path
        if reply.status_code != 200:
            assert set(reply.json()) == {"error"}
    for ids in ([""], ["-1"], ["1e3"], ["1", "*x"], ["٣"], ["9" * 5000]):
        reply = web.post("/restart", ids)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "InvalidParameter")
    assert web.effects("restart") == []
