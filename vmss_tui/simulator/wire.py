"""HTTP for the simulator: requests in, answers out, and the faults that befall them on the way."""

import contextlib
import functools
import gzip
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from vmss_tui.simulator.clock import stamp
from vmss_tui.simulator.dispatch import CONTROL, answer
from vmss_tui.simulator.errors import ArmError, Json
from vmss_tui.simulator.exchange import Call, Reply, error_reply
from vmss_tui.simulator.world import World

_GZIP_FROM = 1024
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


class Listener(ThreadingHTTPServer):
    """The listening socket, and every connection that came of it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], service: Service) -> None:
        self.service = service
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Binds without asking anybody for the host's name."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def close(self) -> None:
        """Closes the socket and cuts the connections."""
        self.server_close()
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the connection and gives it a thread."""
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets the connection and closes it."""
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: a caller that hangs up is no event."""


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, lets the service answer, writes the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Listener

    def serve(self) -> None:
        """One request and its answer."""
        call = self._call()
        if call is None:
            return
        try:
            reply = self.server.service.handle(call)
        except Exception as error:  # the one top-level handler: never a traceback on the wire
            kind = type(error).__name__
            reply = error_reply(ArmError(500, "InternalServerError", f"{kind} in the simulator"))
        if reply is None:
            self._hang_up()
            return
        self._send(reply)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = do_OPTIONS = serve

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing; the ledger remembers."""

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _call(self) -> Call | None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if length < 0 or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(error_reply(ArmError(411, "LengthRequired", "A Content-Length is needed.")))
            return None
        body = self.rfile.read(length) if length else b""
        url = urlsplit(self.path)
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        host = self.headers.get("Host") or "{}:{}".format(*self.server.server_address[:2])
        query = parse_qsl(url.query, keep_blank_values=True)
        return Call(
            method=self.command,
            path=url.path,
            raw_query=url.query,
            query={key.lower(): value for key, value in query},
            headers={key.lower(): value for key, value in self.headers.items()},
            base=f"{scheme}://{host}",
            body=body,
        )

    def _send(self, reply: Reply) -> None:
        body = reply.body
        self.send_response_only(reply.status)
        if body:
            self.send_header("Content-Type", reply.content_type)
            if len(body) >= _GZIP_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
                body = _packed(body)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Vary", "Accept-Encoding")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)
        self.wfile.flush()
        if reply.cut:
            self._hang_up()


@functools.lru_cache(maxsize=32)
def _packed(body: bytes) -> bytes:
    """A body compressed; pages of a quiet scale set are asked for again and again."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def _scripted(fault: Mapping[str, Any]) -> Reply:
    status = int(fault["status"])
    default = {"error": {"code": "SimulatedFault", "message": "This answer was asked for."}}
    body = _bytes(fault.get("body", default if status >= 400 else ""))
    return Reply(status, body, _texts(fault.get("headers")))


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _texts(headers: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (headers or {}).items()}
