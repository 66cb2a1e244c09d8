"""Serves a container over plain HTTP on loopback: `http://127.0.0.1:PORT/account/CONTAINER/BLOB`.

Any bearer token is accepted. For tests of what goes wrong, `interference` may answer in place of
the storage, wait, or lose the answer of a request that was carried out.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from vmss_tui.simulator.storage.account import BlobAccount, Reply, refusal_reply

ACCOUNT = "account"
Interference = Callable[[str, str, Callable[[], Reply]], Reply | None]
"""Called with the method, the operation (`append`, `lease:renew`, `put`, `get`, `list`) and a
function that carries the request out; returns the reply, or None to close the connection."""


def _carry_out(_method: str, _operation: str, carry_out: Callable[[], Reply]) -> Reply | None:
    return carry_out()


class StorageServer:
    """One container, served between `start` and `stop`; also a context manager."""

    def __init__(self, account: BlobAccount | None = None, port: int = 0) -> None:
        self.account = account or BlobAccount()
        self.interference: Interference = _carry_out
        self.requests: list[tuple[str, str]] = []
        """Method and operation of each request."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                outer._serve(self)

            do_PUT = do_HEAD = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                """Logs nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The address of the container."""
        port = self._server.server_address[1]
        return f"http://127.0.0.1:{port}/{ACCOUNT}/{self.account.container}"

    def start(self) -> None:
        """Serves in a background thread."""
        threading.Thread(target=self._server.serve_forever, name="storage", daemon=True).start()

    def stop(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        """Starts it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it."""
        self.stop()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = unquote(parts.path).split("/", 3)
        operation = _operation(request.command, query, headers)
        self.requests.append((request.command, operation))

        def carry_out() -> Reply:
            if not headers.get("authorization", "").startswith("Bearer "):
                return refusal_reply(401, "NoAuthenticationInformation")
            if path[1:3] != [ACCOUNT, self.account.container]:
                return refusal_reply(404, "ContainerNotFound")
            name = path[3] if len(path) > 3 else ""
            return self.account.handle(request.command, name, query, headers, body)

        reply = self.interference(request.command, operation, carry_out)
        if reply is None:
            request.close_connection = True
            return
        request.send_response(reply.status)
        for name, value in reply.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", f"{len(reply.body)}")
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(reply.body)


def _operation(method: str, query: dict[str, str], headers: dict[str, str]) -> str:
    match query.get("comp", ""):
        case "appendblock":
            return "append"
        case "lease":
            return f"lease:{headers.get('x-ms-lease-action', '')}"
        case "list":
            return "list"
    return method.lower()
