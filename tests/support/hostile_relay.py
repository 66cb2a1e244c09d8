"""An HTTP relay to the simulator that puts hostile text into every free-text field of a response.

Ids, states and links stay unchanged. The text that a field gets depends only on its path, so that
equal responses stay equal.
"""

import http.client
import json
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

CORPUS = (
    "\x1b[2J\x1b[1;1Hgone",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x1b[6n\x1b[c",
    "\x1b]0;owned\x07\x1b]8;;http://evil\x07x\x1b]8;;\x07",
    "\x9b31m\x9d0;t\x9c\x90q\x9c",
    "\x1bP+q544e\x1b\\\x1b_G\x1b\\",
    "[/red]",
    "vm[/",
    "[@click=app.bell]press[/]",
    "[bold $primary]x",
    "a\u202eb\u2066c\u2069",
    "z\u200b\u200d\ufeff\xadw",
    "o" + "\u0301" * 60,
    "line\nFORGED\rFORGED\tFORGED\x0bFORGED\x0c",
    "\u2028\u2029\x85",
    "\x00\x08\x08\x7f",
    "東京データ 🚀👨‍👩‍👧 Zürich",
    "\ue000\U000e0041\ufffe",
    "x" * 5_000,
    "{0} %s $HOME `id` $(id)",
)
_UNCHANGED = frozenset(
    {"id", "instanceId", "subscriptionId", "tenantId", "type", "nextLink", "etag", "mode"}
    | {"orchestrationMode", "status", "provisioningState", "placementGroupId", "zones", "time"}
    | {"timeCreated", "vmSize"}
)
_CATALOGUE_KEYS = frozenset({"location", "publisher", "offer", "sku", "version", "exactVersion"})
"""Needed for look-ups in the image catalogue; changed only with `include_catalogue`."""


def with_hostile_text(tree: Any, *, include_catalogue: bool = False, path: str = "") -> Any:
    """A copy with hostile text in every free-text field; `path` is the field's own."""
    unchanged = _UNCHANGED if include_catalogue else _UNCHANGED | _CATALOGUE_KEYS
    if isinstance(tree, dict):
        fields = {
            key: value
            if key in unchanged
            else with_hostile_text(value, include_catalogue=include_catalogue, path=f"{path}.{key}")
            for key, value in tree.items()
        }
        if "tags" in tree or "virtualMachineProfile" in tree.get("properties", {}):
            tags = {f"{text[:400]} {number}": text[:200] for number, text in enumerate(CORPUS)}
            fields["tags"] = tags
        if isinstance(tree.get("statuses"), list) and path.endswith("instanceView"):
            fields["statuses"] = [*tree["statuses"], *(_status(text) for text in CORPUS[:6])]
        return fields
    if isinstance(tree, list):
        return [
            with_hostile_text(value, include_catalogue=include_catalogue, path=f"{path}[{index}]")
            for index, value in enumerate(tree)
        ]
    if not isinstance(tree, str) or path.endswith(".code"):
        return tree
    return f"{CORPUS[zlib.crc32(path.encode()) % len(CORPUS)]} {tree}"


def _status(text: str) -> dict[str, str]:
    return {"code": f"Odd/{text}", "level": text, "displayStatus": text, "message": text}


class HostileRelay:
    """An HTTP relay to a simulator; subclasses can override what it changes."""

    def __init__(self, endpoint: str, *, include_catalogue: bool = False) -> None:
        self.refusal_status: Callable[[str, str], int | None] = lambda _method, _path: None
        """Method and path -> the status of a refusal, or None to forward the request."""
        self.requests: list[str] = []
        """Method, path and query of each request."""
        self._include_catalogue = include_catalogue
        target = urlsplit(endpoint).netloc
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _forward(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                request_body = self.rfile.read(length)
                path = self.path.partition("?")[0]
                outer.requests.append(f"{self.command} {self.path}")
                is_control = "/_simulator/" in path
                if not is_control and (status := outer.refusal_status(self.command, path)):
                    refusal = outer.refusal_body(self.headers.get("Authorization", ""))
                    self._send(status, [], refusal)
                    return
                connection = http.client.HTTPConnection(target, timeout=30)
                try:
                    headers = dict(self.headers) | {"Accept-Encoding": "identity"}
                    connection.request(self.command, self.path, request_body, headers)
                    response = connection.getresponse()
                    body = response.read()
                except OSError:  # the simulator has ended
                    self.close_connection = True
                    return
                finally:
                    connection.close()
                if body[:1] in (b"{", b"[") and not is_control:
                    body = json.dumps(outer.rewrite_body(json.loads(body))).encode()
                forwarded_headers = [
                    (name, outer.rewrite_header(name, value))
                    for name, value in response.getheaders()
                    if name.lower() not in ("content-length", "transfer-encoding", "connection")
                ]
                self._send(response.status, forwarded_headers, body)

            def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward

            def log_message(self, *_: object) -> None:
                """Logs nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Ignores the broken connections of killed processes."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def rewrite_body(self, tree: Any) -> Any:
        """The JSON body to forward instead of `tree`."""
        return with_hostile_text(tree, include_catalogue=self._include_catalogue)

    def rewrite_header(self, _name: str, value: str) -> str:
        """The value to forward instead of `value`."""
        return value

    def refusal_body(self, _authorization: str) -> bytes:
        """The body of a refusal."""
        message = " ".join(text[:300] for text in CORPUS)
        return json.dumps({"error": {"code": f"Odd{CORPUS[0]}", "message": message}}).encode()

    def close(self) -> None:
        """Stops the relay."""
        self._server.shutdown()
        self._server.server_close()
