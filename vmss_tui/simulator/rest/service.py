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
from vmss_tui.simulator.exchange import Call, Reply
from vmss_tui.simulator.rest.dispatch import CONTROL, answer
from vmss_tui.simulator.world.simulated_time import stamp
from vmss_tui.simulator.world.world import World

_LRO_HEADERS = ("Azure-AsyncOperation", "Azure-AsyncNotification", "Location", "Retry-After")
_HTML = b"<html><head><title>Proxy</title></head><body><h1>Please sign in</h1></body></html>"


class Service:
    """What the handler threads share: the world, and when somebody last asked something."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stopping = threading.Event()
        self.last_request = time.monotonic()

    def handle(self, call: Call) -> Reply | None:
        """The answer to a call after faults have had their way; None closes the connection."""
        self.last_request = time.monotonic()
        fault: Json = {}
        control = call.path.lower().startswith(CONTROL)
        if not control:
            with self.world.lock:
                struck = self.world.faults.for_request(call.method, call.path, call.raw_query)
                fault = struck or {}
        reply = self._before(call, fault)
        if reply is None and not fault.get("drop_before") and "hang" not in fault:
            reply = self._after(call, fault)
        elif fault.get("done"):
            self._after(call, {})
        if not control:
            self._note(call, reply)
        self.last_request = time.monotonic()
        return reply

    def _before(self, call: Call, fault: Json) -> Reply | None:
        """What a fault answers instead of the world, if it does; waits in real seconds."""
        if "delay" in fault:
            self.stopping.wait(float(fault["delay"]))
        if "hang" in fault:
            limit = fault["hang"]
            self.stopping.wait(None if isinstance(limit, bool) else float(limit))
            return None
        if fault.get("redirect"):
            target = fault["redirect"]
            location = target if isinstance(target, str) else f"{call.base}{call.path}"
            return Reply(int(fault.get("status", 307)), headers={"Location": location})
        if "html" in fault:
            text = fault["html"]
            page = text.encode() if isinstance(text, str) else _HTML
            status = int(fault.get("status", 200))
            return Reply(status, page, _texts(fault.get("headers")), "text/html; charset=utf-8")
        if "status" in fault:
            return _scripted(fault)
        return None

    def _after(self, call: Call, fault: Json) -> Reply | None:
        with self.world.lock:
            self.world.tick()
            if "stale" in fault and call.method in ("GET", "HEAD"):
                call = replace(call, as_of=self.world.now - float(fault["stale"]))
            reply = answer(self.world, call)
        if fault.get("drop_after"):
            return None
        if fault.get("strip_lro_headers"):
            for name in _LRO_HEADERS:
                reply.headers.pop(name, None)
        if "body" in fault:
            reply.body = _bytes(fault["body"])
        reply.headers |= _texts(fault.get("headers"))
        reply.cut = bool(fault.get("cut"))
        return reply

    def _note(self, call: Call, reply: Reply | None) -> None:
        with self.world.lock:
            self.world.ledger.request(
                stamp(self.world.now),
                call.method,
                call.path,
                reply.status if reply else None,
                call.client_request_id,
            )


def _scripted(fault: Mapping[str, Any]) -> Reply:
    status = int(fault["status"])
    default = {"error": {"code": "SimulatedFault", "message": "This answer was asked for."}}
    body = _bytes(fault.get("body", default if status >= 400 else ""))
    return Reply(status, body, _texts(fault.get("headers")))


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _texts(headers: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (headers or {}).items()}
