"""HTTP for the simulator: sockets, requests in and answers out. What they mean is elsewhere."""

import contextlib
import functools
import gzip
import socket
import threading
import time
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from vmss_tui.simulator.errors import ArmError
from vmss_tui.simulator.exchange import Request, Response, error_response
from vmss_tui.simulator.rest.service import Service

_GZIP_FROM = 1024
_LARGEST = 4 << 20
"""What Azure Resource Manager takes as a body."""


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
    timeout = 120.0
    """Real seconds for which a connection may be silent."""
    patience = 60.0
    """Real seconds that a body may take."""
    server: Listener

    def serve(self) -> None:
        """One request and its answer."""
        try:
            response = self.server.service.handle(self._call())
        except ArmError as error:
            self.close_connection = True
            response = error_response(error)
        except Exception as error:  # the one top-level handler: never a traceback on the wire
            kind = type(error).__name__
            response = error_response(
                ArmError(500, "InternalServerError", f"{kind} in the simulator")
            )
        if response is None:
            self._hang_up()
            return
        self._send(response)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = do_OPTIONS = serve

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing; the ledger remembers."""

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuses what is no HTTP, in Azure's shape too."""
        self.close_connection = True
        self.command = self.command or "GET"
        self.request_version = self.protocol_version
        self.headers = getattr(self, "headers", None) or Message()
        refusal = ArmError(code, "BadRequest", message or "The request is not understood.")
        self._send(error_response(refusal))

    def _call(self) -> Request:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if length < 0 or self.headers.get("Transfer-Encoding"):
            raise ArmError(411, "LengthRequired", "A Content-Length is needed.")
        body = self._body(length)
        try:
            url = urlsplit(self.path)
        except ValueError as error:
            raise ArmError(400, "BadRequest", "The request URL is not valid.") from error
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        host = self.headers.get("Host") or "{}:{}".format(*self.server.server_address[:2])
        query = parse_qsl(url.query, keep_blank_values=True)
        return Request(
            method=self.command,
            path=url.path,
            raw_query=url.query,
            query={key.lower(): value for key, value in query},
            headers={key.lower(): value for key, value in self.headers.items()},
            base=f"{scheme}://{host}",
            body=body,
        )

    def _body(self, length: int) -> bytes:
        if length > _LARGEST:
            message = f"The request content size exceeds the maximum size of {_LARGEST} bytes."
            raise ArmError(413, "RequestContentTooLarge", message)
        until, blocks = time.monotonic() + self.patience, b""
        while len(blocks) < length:
            try:
                block = self.rfile.read1(length - len(blocks))
            except TimeoutError:
                block = b""
            if not block or time.monotonic() > until:
                message = "The request content did not arrive, or not in time."
                raise ArmError(408, "RequestTimeout", message)
            blocks += block
        return blocks

    def _send(self, response: Response) -> None:
        body = response.body
        self.send_response_only(response.status)
        if body:
            self.send_header("Content-Type", response.content_type)
            if len(body) >= _GZIP_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
                body = _packed(body)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Vary", "Accept-Encoding")
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if response.cut else body)
        self.wfile.flush()
        if response.cut:
            self._hang_up()


@functools.lru_cache(maxsize=32)
def _packed(body: bytes) -> bytes:
    """A body compressed; pages of a quiet scale set are asked for again and again."""
    return gzip.compress(body, compresslevel=1, mtime=0)
