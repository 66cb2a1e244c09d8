"""Lists over several pages that fail, lead elsewhere or never end."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.support.gateway_harness import LIST, GatewayFactory
from vmss_tui.gateway import (
    InvalidResponse,
    Unreachable,
)


def test_a_failed_page_leaves_an_incomplete_snapshot(wire: GatewayFactory) -> None:
    wired = wire(page_size=30)
    wired.fault(LIST, {"status": 500}, nth=3, times=None)
    snapshot = wired.gateway.observe(wired.set_id)
    assert (len(snapshot.instances), snapshot.complete) == (60, False)
    assert "Page 3" in snapshot.damage[0]


@pytest.mark.parametrize("action", [{"html": True}, {"cut": True}, {"body": "[]"}])
def test_a_first_page_that_is_not_azures_raises(
    wire: GatewayFactory, action: dict[str, Any]
) -> None:
    wired = wire()
    wired.fault(LIST, action, times=None)
    with pytest.raises((InvalidResponse, Unreachable)):
        wired.gateway.observe(wired.set_id)


def test_a_next_page_on_another_host_is_refused_and_sees_no_token(wire: GatewayFactory) -> None:
    wired = wire(page_size=30)
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        link = f"http://127.0.0.1:{other.server_port}{wired.set_id.resource_id}/virtualMachines"
        wired.fault(LIST, {"body": {"value": [], "nextLink": link}})
        snapshot = wired.gateway.observe(wired.set_id)
        other.shutdown()
    assert not snapshot.complete
    assert "refused" in snapshot.damage[0]
    assert seen == []


def test_a_next_page_of_another_set_is_refused(wire: GatewayFactory) -> None:
    wired = wire()
    link = f"{wired.simulator.endpoint}{wired.set_id.resource_id}2/virtualMachines?x=1"
    wired.fault(LIST, {"body": {"value": [], "nextLink": link}})
    assert not wired.gateway.observe(wired.set_id).complete
    assert all("web-vmss2" not in path for path in wired.requested_paths("GET"))


def test_pages_that_go_round_in_a_circle_end(wire: GatewayFactory) -> None:
    wired = wire()
    path = f"{wired.set_id.resource_id}/virtualMachines?api-version=2026-04-01"
    link = f"{wired.simulator.endpoint}{path}"
    wired.fault(LIST, {"body": {"value": [], "nextLink": link}}, times=None)
    snapshot = wired.gateway.observe(wired.set_id)
    assert not snapshot.complete
    assert "repeats itself" in snapshot.damage[0]
