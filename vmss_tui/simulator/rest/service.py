"""Handles a request with the request faults: a fault can replace or change the response.

Delays here are in real seconds: they affect the client, not the simulated world.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Request, Response
from vmss_tui.simulator.rest.dispatch import CONTROL_PREFIX, dispatch_request
from vmss_tui.simulator.world.simulated_time import timestamp
from vmss_tui.simulator.world.world import World

_LRO_HEADERS = ("Azure-AsyncOperation", "Azure-AsyncNotification", "Location", "Retry-After")
_PROXY_PAGE = b"<html><head><title>Proxy</title></head><body><h1>Please sign in</h1></body></html>"


class Service:
    """The state shared by the connection threads: the world, and the time of the last request."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stopping = threading.Event()
        self.last_request = time.monotonic()

    def handle(self, request: Request) -> Response | None:
        """The response after the faults were applied; None closes the connection."""
        self.last_request = time.monotonic()
        fault: Json = {}
        is_control = request.path.lower().startswith(CONTROL_PREFIX)
        if not is_control:
            with self.world.lock:
                action = self.world.faults.next_action(
                    request.method, request.path, request.raw_query
                )
                fault = action or {}
        response = self._fault_response(request, fault)
        if response is None and not fault.get("drop_before") and "hang" not in fault:
            response = self._handle_with_fault(request, fault)
        elif fault.get("done"):
            self._handle_with_fault(request, {})
        if not is_control:
            self._record(request, response)
        self.last_request = time.monotonic()
        return response

    def _fault_response(self, request: Request, fault: Json) -> Response | None:
        """The response of a fault that replaces the world's; waits for its delay first."""
        if "delay" in fault:
            self.stopping.wait(float(fault["delay"]))
        if "hang" in fault:
            limit = fault["hang"]
            self.stopping.wait(None if isinstance(limit, bool) else float(limit))
            return None
        if fault.get("redirect"):
            target = fault["redirect"]
            location = target if isinstance(target, str) else f"{request.base}{request.path}"
            return Response(int(fault.get("status", 307)), headers={"Location": location})
        if "html" in fault:
            html = fault["html"]
            page = html.encode() if isinstance(html, str) else _PROXY_PAGE
            status = int(fault.get("status", 200))
            return Response(
                status, page, _header_values(fault.get("headers")), "text/html; charset=utf-8"
            )
        if "status" in fault:
            return _status_response(fault)
        return None

    def _handle_with_fault(self, request: Request, fault: Json) -> Response | None:
        """The world's response, changed by the fault; None where it drops the connection."""
        with self.world.lock:
            self.world.tick()
            if "stale" in fault and request.method in ("GET", "HEAD"):
                request = replace(request, as_of=self.world.now - float(fault["stale"]))
            response = dispatch_request(self.world, request)
        if fault.get("drop_after"):
            return None
        if fault.get("strip_lro_headers"):
            for name in _LRO_HEADERS:
                response.headers.pop(name, None)
        if "body" in fault:
            response.body = _body_bytes(fault["body"])
        response.headers |= _header_values(fault.get("headers"))
        response.cut = bool(fault.get("cut"))
        return response

    def _record(self, request: Request, response: Response | None) -> None:
        with self.world.lock:
            self.world.ledger.record_request(
                timestamp(self.world.now),
                request.method,
                request.path,
                response.status if response else None,
                request.client_request_id,
            )


def _status_response(fault: Mapping[str, Any]) -> Response:
    status = int(fault["status"])
    default = {"error": {"code": "SimulatedFault", "message": "This answer was asked for."}}
    body = _body_bytes(fault.get("body", default if status >= 400 else ""))
    return Response(status, body, _header_values(fault.get("headers")))


def _body_bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _header_values(headers: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (headers or {}).items()}
