"""A loopback HTTP server that answers as a function says, and keeps what was requested."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class ReceivedRequest:
    """A request; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


Answer = tuple[int, Mapping[str, str], bytes]


def json_answer(tree: Any, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body."""
    return status, {"Content-Type": "application/json", **headers}, json.dumps(tree).encode()


class ScriptedServer:
    """Calls `answer` for each request; use with `with`."""

    def __init__(self, answer: Callable[[ReceivedRequest], Answer]) -> None:
        self.requests: list[ReceivedRequest] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                headers = {key.lower(): value for key, value in self.headers.items()}
                request = ReceivedRequest(
                    self.command, unquote(parts.path), parts.query, headers, self.rfile.read(size)
                )
                outer.requests.append(request)
                status, answer_headers, body = answer(request)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **answer_headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(ConnectionError):  # the client has left before the deadline
                    self.wfile.write(body)

            do_POST = do_PUT = do_PATCH = do_GET

            def log_message(self, *_: object) -> None:
                """Logs nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
