"""A wire to the simulator on which every text that Azure sends turns hostile, in every field.

Only what names or decides is let through as it is (ids, states, links). Which of the corpus a
field gets depends on where it stands alone, so that a reading that did not change stays the same.
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
_AS_IT_IS = frozenset(
    {"id", "instanceId", "subscriptionId", "tenantId", "type", "nextLink", "etag", "mode"}
    | {"orchestrationMode", "status", "provisioningState", "placementGroupId", "zones", "time"}
    | {"timeCreated", "vmSize"}
)
_NEEDED = frozenset({"location", "publisher", "offer", "sku", "version", "exactVersion"})
"""Without them nothing is found in the catalogue; poisoned only where `thoroughly`."""


def with_hostile_text(tree: Any, *, thoroughly: bool = False, way: str = "") -> Any:
    """A copy with hostile words in every text that is only words."""
    kept = _AS_IT_IS if thoroughly else _AS_IT_IS | _NEEDED
    if isinstance(tree, dict):
        found = {
            key: inner
            if key in kept
            else with_hostile_text(inner, thoroughly=thoroughly, way=f"{way}.{key}")
            for key, inner in tree.items()
        }
        if "tags" in tree or "virtualMachineProfile" in tree.get("properties", {}):
            tags = {f"{text[:400]} {at}": text[:200] for at, text in enumerate(CORPUS)}
            found["tags"] = tags
        if isinstance(tree.get("statuses"), list) and way.endswith("instanceView"):
            found["statuses"] = [*tree["statuses"], *(_status(text) for text in CORPUS[:6])]
        return found
    if isinstance(tree, list):
        return [
            with_hostile_text(inner, thoroughly=thoroughly, way=f"{way}[{at}]")
            for at, inner in enumerate(tree)
        ]
    if not isinstance(tree, str) or way.endswith(".code"):
        return tree
    return f"{CORPUS[zlib.crc32(way.encode()) % len(CORPUS)]} {tree}"


def _status(text: str) -> dict[str, str]:
    return {"code": f"Odd/{text}", "level": text, "displayStatus": text, "message": text}


class HostileRelay:
    """An HTTP server in front of a simulator."""

    def __init__(self, endpoint: str, *, thoroughly: bool = False) -> None:
        self.refusal_status: Callable[[str, str], int | None] = lambda _method, _path: None
        """Method and path -> the status of a hostile refusal, or None to let it through."""
        self.requests: list[str] = []
        """Each request that came by: method, path and query."""
        self._thoroughly = thoroughly
        behind = urlsplit(endpoint).netloc
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                path = self.path.partition("?")[0]
                outer.requests.append(f"{self.command} {self.path}")
                ours = "/_simulator/" in path
                if not ours and (status := outer.refusal_status(self.command, path)):
                    said_again = outer.refusal_body(self.headers.get("Authorization", ""))
                    self._tell(status, [], said_again)
                    return
                wire = http.client.HTTPConnection(behind, timeout=30)
                try:
                    headers = dict(self.headers) | {"Accept-Encoding": "identity"}
                    wire.request(self.command, self.path, body, headers)
                    answer = wire.getresponse()
                    said = answer.read()
                except OSError:  # the world is gone, and so are we
                    self.close_connection = True
                    return
                finally:
                    wire.close()
                if said[:1] in (b"{", b"[") and not ours:
                    said = json.dumps(outer.rewrite_body(json.loads(said))).encode()
                passed = [
                    (name, outer.rewrite_header(name, value))
                    for name, value in answer.getheaders()
                    if name.lower() not in ("content-length", "transfer-encoding", "connection")
                ]
                self._tell(answer.status, passed, said)

            def _tell(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Programs that are killed leave their connections open."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def rewrite_body(self, tree: Any) -> Any:
        """What becomes of an answer on its way."""
        return with_hostile_text(tree, thoroughly=self._thoroughly)

    def rewrite_header(self, _name: str, value: str) -> str:
        """What becomes of a header on its way."""
        return value

    def refusal_body(self, _authorization: str) -> bytes:
        """The body of a refusal."""
        words = " ".join(text[:300] for text in CORPUS)
        return json.dumps({"error": {"code": f"Odd{CORPUS[0]}", "message": words}}).encode()

    def close(self) -> None:
        """Nobody is there any more."""
        self._server.shutdown()
        self._server.server_close()
