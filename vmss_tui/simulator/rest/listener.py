"""The HTTP server: reads requests from sockets and writes the responses."""

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
from vmss_tui.simulator.rest.request_guard import check_content_type, request_base
from vmss_tui.simulator.rest.service import Service

_GZIP_MIN_BYTES = 1024
_MAX_BODY_BYTES = 4 << 20
"""The largest request body that Azure Resource Manager accepts."""


class Listener(ThreadingHTTPServer):
    """The listening socket and its open connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], service: Service) -> None:
        self.service = service
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, ConnectionHandler)

    def server_bind(self) -> None:
        """Binds without the lookup of the host name in the base class."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def close(self) -> None:
        """Closes the socket and all connections."""
        self.server_close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Adds the connection and starts its thread."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Removes the connection and closes it."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores errors of connections, as when a client disconnects."""


class ConnectionHandler(BaseHTTPRequestHandler):
    """One connection: reads requests, calls the service, writes responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 120.0
    """Real seconds without data after which a connection is closed."""
    body_timeout = 60.0
    """Real seconds for the arrival of a body."""
    server: Listener

    def respond(self) -> None:
        """Handles one request."""
        try:
            response = self.server.service.handle(self._read_request())
        except ArmError as error:
            self.close_connection = True
            response = error_response(error)
        except Exception as error:  # the one top-level handler: never a traceback on the wire
            kind = type(error).__name__
            response = error_response(
                ArmError(500, "InternalServerError", f"{kind} in the simulator")
            )
        if response is None:
            self._close_connection()
            return
        self._send_response(response)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = do_OPTIONS = respond

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing; the ledger records the requests."""

    def _close_connection(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Responds to invalid HTTP, with an error in Azure's shape."""
        self.close_connection = True
        self.command = self.command or "GET"
        self.request_version = self.protocol_version
        self.headers = getattr(self, "headers", None) or Message()
        bad_request = ArmError(code, "BadRequest", message or "The request is not understood.")
        self._send_response(error_response(bad_request))

    def _read_request(self) -> Request:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if length < 0 or self.headers.get("Transfer-Encoding"):
            raise ArmError(411, "LengthRequired", "A Content-Length is needed.")
        body = self._read_body(length)  # unread, it would reset the connection of a refusal
        base = request_base(self.headers, "{}:{}".format(*self.server.server_address[:2]))
        check_content_type(self.command, self.headers, length)
        try:
            url = urlsplit(self.path)
        except ValueError as error:
            raise ArmError(400, "BadRequest", "The request URL is not valid.") from error
        query = parse_qsl(url.query, keep_blank_values=True)
        return Request(
            method=self.command,
            path=url.path,
            raw_query=url.query,
            query={key.lower(): value for key, value in query},
            headers={key.lower(): value for key, value in self.headers.items()},
            base=base,
            body=body,
        )

    def _read_body(self, length: int) -> bytes:
        if length > _MAX_BODY_BYTES:
            message = (
                f"The request content size exceeds the maximum size of {_MAX_BODY_BYTES} bytes."
            )
            raise ArmError(413, "RequestContentTooLarge", message)
        deadline, body = time.monotonic() + self.body_timeout, b""
        while len(body) < length:
            try:
                block = self.rfile.read1(length - len(body))
            except TimeoutError:
                block = b""
            if not block or time.monotonic() > deadline:
                message = "The request content did not arrive, or not in time."
                raise ArmError(408, "RequestTimeout", message)
            body += block
        return body

    def _send_response(self, response: Response) -> None:
        body = response.body
        self.send_response_only(response.status)
        if body or response.chunks is not None:
            self.send_header("Content-Type", response.content_type)
            if _is_compressible(response) and "gzip" in self.headers.get("Accept-Encoding", ""):
                body = _gzipped(body)
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Vary", "Accept-Encoding")
        for name, value in response.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if response.status != 204 and "Content-Length" not in response.headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if response.cut else body)
            for chunk in response.chunks or ():
                self.wfile.write(chunk)
        self.wfile.flush()
        if response.cut:
            self._close_connection()


def _is_compressible(response: Response) -> bool:
    """Whether a response is long enough, and no part of a blob."""
    return len(response.body) >= _GZIP_MIN_BYTES and "Accept-Ranges" not in response.headers


@functools.lru_cache(maxsize=32)
def _gzipped(body: bytes) -> bytes:
    """A compressed body; cached, because unchanged pages are requested repeatedly."""
    return gzip.compress(body, compresslevel=1, mtime=0)
