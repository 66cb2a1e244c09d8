"""A loopback HTTP server with the bodies of recorded exchanges as responses.

A path without a recording gets Azure's 404; a later page is recorded as `PATH?SKIPTOKEN`. With an
`upstream` it forwards all requests to that server instead, and only records them.
"""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from tests.support.paths import EXCHANGES

_NOT_FOUND = {"error": {"code": "ResourceNotFound", "message": "There is no recording of it."}}
_HOP_HEADERS = (
    "connection",
    "content-length",
    "transfer-encoding",
    "content-encoding",
    "date",
    "server",
)


def recorded_body(stem: str) -> Any:
    """The body of a recorded response."""
    return json.loads((EXCHANGES / f"{stem}.json").read_text("utf-8"))["response"]["body"]


class RecordedServer:
    """Serves `bodies` (ending of a path -> body), or forwards to `upstream`. Use with `with`."""

    def __init__(
        self, bodies: Mapping[str, Any] | None = None, upstream: str | None = None
    ) -> None:
        self.bodies_by_ending = {
            ending.lower(): json.dumps(body) for ending, body in (bodies or {}).items()
        }
        self.upstream = upstream
        self.read_paths: list[str] = []
        """Paths of the GET requests."""
        self.writes: list[tuple[str, str, dict[str, str], Any]] = []
        """Method, path, headers (lower case) and body of each other request."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._handle(self)

            do_PATCH = do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Logs nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def patch_bodies(self) -> list[Any]:
        """Bodies of the PATCH requests, in their order."""
        return [body for method, _, _, body in self.writes if method == "PATCH"]

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(request.path).path)
        if request.command == "GET":
            self.read_paths.append(path)
        else:
            headers = {key.lower(): value for key, value in request.headers.items()}
            self.writes.append((request.command, path, headers, json.loads(body or b"null")))
        if self.upstream is not None:
            self._forward(request, body)
            return
        json_type = {"Content-Type": "application/json"}
        if token := parse_qs(urlsplit(request.path).query).get("$skiptoken"):
            path = f"{path}?{token[0]}"
        endings = [ending for ending in self.bodies_by_ending if path.lower().endswith(ending)]
        if not endings:
            self._send(request, 404, json_type, json.dumps(_NOT_FOUND).encode())
            return
        recorded = self.bodies_by_ending[max(endings, key=len)]
        recorded = recorded.replace("https://management.azure.com:443", self.endpoint)
        self._send(request, 200, json_type, recorded.encode())

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        response = requests.request(
            request.command,
            f"{self.upstream}{request.path}",
            data=body,
            headers=dict(request.headers.items()),
            timeout=10,
        )
        headers = {k: v for k, v in response.headers.items() if k.lower() not in _HOP_HEADERS}
        self._send(request, response.status_code, headers, response.content)

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
