"""A server on loopback that answers with recorded exchanges, byte for byte as they were.

What it has no recording for is a 404 of Azure's. Before a simulator it is a tap instead: requests
go through, and what was written is kept.
"""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from tests.support.paths import EXCHANGES

_NOT_FOUND = {"error": {"code": "ResourceNotFound", "message": "There is no recording of it."}}
_HOP = ("connection", "content-length", "transfer-encoding", "content-encoding", "date", "server")


def recorded_body(stem: str) -> Any:
    """The body of a recorded answer."""
    return json.loads((EXCHANGES / f"{stem}.json").read_text("utf-8"))["response"]["body"]


class RecordedServer:
    """Serves `answers` (ending of a path -> body), or what `behind` answers. Use with `with`."""

    def __init__(self, answers: Mapping[str, Any] | None = None, behind: str | None = None) -> None:
        self.answers = {key.lower(): json.dumps(body) for key, body in (answers or {}).items()}
        self.upstream = behind
        self.read_paths: list[str] = []
        """Paths of the reads."""
        self.writes: list[tuple[str, str, dict[str, str], Any]] = []
        """Method, path, headers (lower case) and body of each write."""
        replay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                replay._answer(self)

            do_PATCH = do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "RecordedServer":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def patch_bodies(self) -> list[Any]:
        """Bodies of the PATCHes, in their order."""
        return [body for method, _, _, body in self.writes if method == "PATCH"]

    def _answer(self, call: BaseHTTPRequestHandler) -> None:
        sent = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(call.path).path)
        if call.command == "GET":
            self.read_paths.append(path)
        else:
            headers = {key.lower(): value for key, value in call.headers.items()}
            self.writes.append((call.command, path, headers, json.loads(sent or b"null")))
        if self.upstream is not None:
            self._forward(call, sent)
            return
        fits = [each for each in self.answers if path.lower().endswith(each)]
        body = self.answers[max(fits, key=len)] if fits else json.dumps(_NOT_FOUND)
        self._send(call, 200 if fits else 404, {"Content-Type": "application/json"}, body.encode())

    def _forward(self, call: BaseHTTPRequestHandler, sent: bytes) -> None:
        answer = requests.request(
            call.command,
            f"{self.upstream}{call.path}",
            data=sent,
            headers=dict(call.headers.items()),
            timeout=10,
        )
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
        self._send(call, answer.status_code, headers, answer.content)

    def _send(
        self, call: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        call.send_response(status)
        for key, value in headers.items():
            call.send_header(key, value)
        call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)
