"""Damaged replies that did harm once, or could: each is an error or a reading with its damage."""

import gzip
import json
import socketserver
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from tests.support.canned_gateway import ENDPOINT, canned_gateway, json_reply
from tests.support.recorded_answers import body_of
from vmss_tui.arm.connect import connect
from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport import compression
from vmss_tui.arm.transport.pipeline import RetryPolicy
from vmss_tui.fleet.scale_set_id import parse_resource_id
from vmss_tui.gateway import GatewayError, InvalidResponse, Unknown

MODEL, PAGE = body_of("vmss-get-uniform"), body_of("vms-list-2-noncontiguous-ids")
SET = parse_resource_id(MODEL["id"])
ONE = PAGE["value"][0]
INVALID_URLS = (
    "https://[",
    "https://management.azure.com\u2100/x",
    f"{ENDPOINT}:99999/x",
    "::",
    "\x00",
)


@pytest.mark.parametrize("named", INVALID_URLS)
def test_a_write_that_was_accepted_stays_so_whatever_its_operation_is_called(named: str) -> None:
    headers = {"azure-asyncoperation": named, "location": named}
    accepted = canned_gateway((202, headers, b"")).upgrade(SET, ["0"], "r")
    assert accepted.operation is None


@pytest.mark.parametrize("link", INVALID_URLS)
def test_a_next_page_that_is_no_address_leaves_the_reading_incomplete(link: str) -> None:
    snapshot = canned_gateway(json_reply(MODEL), json_reply(PAGE | {"nextLink": link})).observe(SET)
    assert not snapshot.complete
    assert "next page was refused" in snapshot.damage[0]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(ONE | {"instanceId": "99"}, id="another"),
        pytest.param(ONE | {"instanceId": "*"}, id="no id"),
        pytest.param(None, id="null"),
        pytest.param("", id="a text"),
    ],
)
def test_who_was_asked_for_and_not_told_of_is_not_gone(body: Any) -> None:
    instance_id = ONE["instanceId"]
    gateway = canned_gateway(
        json_reply(MODEL), json_reply(PAGE), json_reply(MODEL), json_reply(body)
    )
    snapshot = gateway.observe_instances(SET, [instance_id], gateway.observe(SET))
    assert not snapshot.complete
    assert snapshot.damage


def test_an_empty_answer_about_an_instance_does_not_make_it_gone() -> None:
    gateway = canned_gateway(json_reply(MODEL), json_reply(PAGE), json_reply(MODEL), (200, {}, b""))
    assert not gateway.observe_instances(SET, [ONE["instanceId"]], gateway.observe(SET)).complete


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"id": MODEL["id"]}, id="no properties"),
        pytest.param(MODEL | {"id": 7}, id="an id that is no text"),
        pytest.param(MODEL | {"properties": []}, id="properties of a wrong type"),
        pytest.param(
            MODEL | {"properties": {"virtualMachineProfile": "x"}}, id="a profile of a wrong type"
        ),
        pytest.param(MODEL | {"properties": {"orchestrationMode": 1}}, id="a mode of a wrong type"),
    ],
)
def test_nonsense_does_not_pass_for_a_model_that_was_changed(tree: dict[str, Any]) -> None:
    with pytest.raises(InvalidResponse):
        canned_gateway(json_reply(tree)).read_model(SET)


@pytest.mark.parametrize(
    "properties",
    [
        "x",
        {"protectionPolicy": "x"},
        {"protectionPolicy": []},
        {"protectionPolicy": {"protectFromScaleIn": "true"}},
    ],
)
def test_a_protection_that_cannot_be_understood_is_not_taken_for_none(properties: Any) -> None:
    with pytest.raises(InvalidResponse):
        canned_gateway(json_reply(ONE | {"properties": properties})).read_protection(SET, "0")


def with_number(digits: str) -> bytes:
    """A page whose only instance has these digits for its properties."""
    return json.dumps({"value": [ONE | {"properties": "here"}]}).replace('"here"', digits).encode()


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_beyond_all_numbers_is_damage_and_not_nothing(number: str) -> None:
    snapshot = canned_gateway(json_reply(MODEL), (200, {}, with_number(number))).observe(SET)
    assert not snapshot.complete
    assert "no number" in snapshot.damage[0]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_takes_for_a_number_is_no_answer_of_azures(word: str) -> None:
    with pytest.raises(InvalidResponse):
        canned_gateway(json_reply(MODEL), (200, {}, with_number(word))).observe(SET)


def test_words_without_an_end_are_cut() -> None:
    with pytest.raises(InvalidResponse) as error:
        canned_gateway(json_reply(MODEL | {"id": "x" * 50_000})).read_model(SET)
    assert len(error.value.message) < 500
    odd = {"value": [ONE | {"instanceId": "9" * 50_000}]}
    (damage,) = canned_gateway(json_reply(MODEL), json_reply(odd)).observe(SET).damage
    assert len(damage) < 500


# Over a real socket

ServeBytes = Callable[[bytes], ArmGateway]


@pytest.fixture
def serve_bytes() -> Iterator[ServeBytes]:
    """Makes gateways to a server that answers every request with the same bytes."""
    servers: list[socketserver.ThreadingTCPServer] = []

    def serve(reply: bytes) -> ArmGateway:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                length = 0
                while (line := self.rfile.readline()).strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                self.rfile.read(length)
                try:
                    self.wfile.write(reply)
                except OSError:  # the gateway has closed the connection
                    return

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        gateway = connect(
            endpoint=f"http://127.0.0.1:{server.server_address[1]}",
            retry_policy=RetryPolicy(attempts=1),
            read_timeout=5.0,
        )
        gateway.prepare_write()
        return gateway

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP response that ends with its connection."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


JSON_BODY = json.dumps(MODEL).encode()
ODD_REPLIES = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half a status line": b"HTTP/1.1 2",
    "a status that is no number": http(b"", status="OK 200"),
    "a status out of range": http(b"{}", status="999 ?"),
    "headers without an end": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500,
    "a header line without an end": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
    "a negative length": http(JSON_BODY, "Content-Length: -1"),
    "a length that is no number": http(JSON_BODY, "Content-Length: many"),
    "less than was promised": http(JSON_BODY[:500], "Content-Length: 9999"),
    "half a chunk": http(b"5\r\nab", "Transfer-Encoding: chunked"),
    "a chunk of an odd size": http(b"zz\r\nab\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "not the gzip it says": http(b"not gzip", "Content-Encoding: gzip"),
    "half of a gzip": http(gzip.compress(JSON_BODY)[:200], "Content-Encoding: gzip"),
    "an unknown encoding": http(b"\x00\x01", "Content-Encoding: snappy"),
    "an unknown charset": http(b"\xff\xfe", "Content-Type: application/json; charset=klingon"),
    "a redirect to nowhere": http(b"", "Location: https://[", status="302 Found"),
    "a challenge that is none": http(
        b"", 'WWW-Authenticate: Bearer claims="!!!', status="401 Unauthorized"
    ),
    "a proxy that wants a password": http(
        b"<html>", "Proxy-Authenticate: Basic", status="407 Proxy Authentication Required"
    ),
    "raw controls in a header": http(JSON_BODY, "Retry-After: \x1b[2J"),
    "a cookie": http(b"{}", "Set-Cookie: a=b; Domain=.azure.com"),
}


@pytest.mark.parametrize("reply", ODD_REPLIES.values(), ids=ODD_REPLIES)
def test_an_answer_that_is_hardly_http_is_an_error_of_the_gateway_or_a_reading(
    serve_bytes: ServeBytes, reply: bytes
) -> None:
    gateway = serve_bytes(reply)
    outcomes: set[str] = set()
    calls: tuple[Callable[[], object], ...] = (
        lambda: gateway.read_model(SET),
        lambda: gateway.upgrade(SET, ["0"], "r"),
    )
    for call in calls:
        try:
            call()
            outcomes.add("an answer")
        except GatewayError as error:
            outcomes.add(error.message)
    assert outcomes
    assert not any("\x1b" in message for message in outcomes)


def test_an_answer_without_an_end_is_not_taken_in(
    serve_bytes: ServeBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "MAX_BODY_SIZE", 1_000_000)
    bomb = http(gzip.compress(b" " * 9_000_000), "Content-Encoding: gzip")
    gateway = serve_bytes(bomb)
    with pytest.raises(InvalidResponse, match="more than"):
        gateway.read_model(SET)
    with pytest.raises(Unknown, match="more than"):
        gateway.upgrade(SET, ["0"], "r")
