"""What becomes of a request: the world's answer, or what a fault makes of it.

Waits here are real seconds: a fault's delay is felt by the caller, not by the world.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.exchange import Request, Response
from vmss_tui.simulator.rest.dispatch import CONTROL, answer
from vmss_tui.simulator.world.simulated_time import timestamp
from vmss_tui.simulator.world.world import World

_LRO_HEADERS = ("Azure-AsyncOperation", "Azure-AsyncNotification", "Location", "Retry-After")
_HTML = b"<html><head><title>Proxy</title></head><body><h1>Please sign in</h1></body></html>"


class Service:
    """What the handler threads share: the world, and when somebody last asked something."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stopping = threading.Event()
        self.last_request = time.monotonic()

    def handle(self, request: Request) -> Response | None:
        """The answer to a call after faults have had their way; None closes the connection."""
        self.last_request = time.monotonic()
        fault: Json = {}
        control = request.path.lower().startswith(CONTROL)
        if not control:
            with self.world.lock:
                struck = self.world.faults.next_action(
                    request.method, request.path, request.raw_query
                )
                fault = struck or {}
        response = self._before(request, fault)
        if response is None and not fault.get("drop_before") and "hang" not in fault:
            response = self._after(request, fault)
        elif fault.get("done"):
            self._after(request, {})
        if not control:
            self._note(request, response)
        self.last_request = time.monotonic()
        return response

    def _before(self, request: Request, fault: Json) -> Response | None:
        """What a fault answers instead of the world, if it does; waits in real seconds."""
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
            text = fault["html"]
            page = text.encode() if isinstance(text, str) else _HTML
            status = int(fault.get("status", 200))
            return Response(status, page, _texts(fault.get("headers")), "text/html; charset=utf-8")
        if "status" in fault:
            return _scripted(fault)
        return None

    def _after(self, request: Request, fault: Json) -> Response | None:
        with self.world.lock:
            self.world.tick()
            if "stale" in fault and request.method in ("GET", "HEAD"):
                request = replace(request, as_of=self.world.now - float(fault["stale"]))
            response = answer(self.world, request)
        if fault.get("drop_after"):
            return None
        if fault.get("strip_lro_headers"):
            for name in _LRO_HEADERS:
                response.headers.pop(name, None)
        if "body" in fault:
            response.body = _bytes(fault["body"])
        response.headers |= _texts(fault.get("headers"))
        response.cut = bool(fault.get("cut"))
        return response

    def _note(self, request: Request, response: Response | None) -> None:
        with self.world.lock:
            self.world.ledger.record_request(
                timestamp(self.world.now),
                request.method,
                request.path,
                response.status if response else None,
                request.client_request_id,
            )


def _scripted(fault: Mapping[str, Any]) -> Response:
    status = int(fault["status"])
    default = {"error": {"code": "SimulatedFault", "message": "This answer was asked for."}}
    body = _bytes(fault.get("body", default if status >= 400 else ""))
    return Response(status, body, _texts(fault.get("headers")))


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _texts(headers: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (headers or {}).items()}
