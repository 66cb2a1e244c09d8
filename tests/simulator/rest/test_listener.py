"""The HTTP server: connections, compression, slow and invalid requests."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.simulator_client import (
    ClientFactory,
    SimulatorClient,
)
from vmss_tui.simulator.rest.listener import ConnectionHandler


def test_responses_are_compressed_on_request(web: SimulatorClient) -> None:
    plain = web.get("/virtualMachines", Accept_Encoding="identity")
    packed = web.get("/virtualMachines", Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 5
    assert packed.json() == plain.json()


def test_fifty_clients_at_once_are_all_answered(make_client: ClientFactory) -> None:
    client = make_client(throttling=False)
    url = f"{client.simulator.endpoint}{client.set_path}/virtualMachines?api-version=1"

    def read(_: int) -> int:
        with requests.Session() as session:
            headers = {"Authorization": "Bearer x"}
            return sum(session.get(url, headers=headers, timeout=20).status_code for _ in range(3))

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(read, range(50))) == {600}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b" 400 "),
        (b"BREW /tea HTTP/1.1\r\nHost: x\r\n\r\n", b" 501 "),
        (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 400 "),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", b" 411 "),
        (b"GET /%ff%00?%ff=%00&a=b=c HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 401 "),
    ],
)
def test_invalid_http_is_refused_in_azures_shape(
    web: SimulatorClient, sent: bytes, status: bytes
) -> None:
    address = ("127.0.0.1", int(web.simulator.endpoint.rsplit(":", 1)[1]))
    with socket.create_connection(address, 5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        response = b""
        while block := connection.recv(65536):
            response += block
    assert status in response.split(b"\r\n")[0]
    assert b'{"error":{"code":' in response


def test_connections_are_kept_alive(web: SimulatorClient) -> None:
    web.get()
    (pool,) = web.session.get_adapter("http://x").poolmanager.pools._container.values()  # type: ignore[attr-defined]
    for _ in range(5):
        web.get()
    assert pool.num_connections == 1


def raw_response(client: SimulatorClient, sent: bytes, *, more: bool = False) -> bytes:
    """The response to raw bytes; the connection is closed for sending unless `more` is set."""
    address = ("127.0.0.1", int(client.simulator.endpoint.rsplit(":", 1)[1]))
    with socket.create_connection(address, 20) as connection:
        connection.sendall(sent)
        if not more:
            connection.shutdown(socket.SHUT_WR)
        response = b""
        while block := connection.recv(65536):
            response += block
    return response


def test_a_body_that_is_too_large_is_refused_unread(make_client: ClientFactory) -> None:
    web = make_client()
    head = f"PUT {web.set_path}?api-version=1 HTTP/1.1\r\nHost: localhost\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 9999999999\r\n\r\n"
    response = raw_response(web, head.encode(), more=True)
    assert response.startswith(b"HTTP/1.1 413 ")
    assert b'{"error":{"code":"RequestContentTooLarge"' in response


def test_a_body_that_breaks_off_or_is_slow_is_refused_in_time(
    make_client: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = make_client()
    head = f"PUT {web.set_path}?api-version=1 HTTP/1.1\r\nHost: localhost\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    assert b" 408 " in raw_response(web, head.encode() + b"{").split(b"\r\n")[0]
    monkeypatch.setattr(ConnectionHandler, "timeout", 0.05)
    assert b"RequestTimeout" in raw_response(web, head.encode() + b"{", more=True)
    assert raw_response(web, b"GET / HT", more=True) == b""
    assert web.get().status_code == 200
