"""Serves the situations of `data/field` over loopback HTTP, by method and path.

What a situation does not mention gets Azure's 404. The last exchange for a method and path counts.
"""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.paths import TESTS
from tests.support.recorded_server import RecordedServer

FIELD = TESTS / "data" / "field"
_JSON = {"Content-Type": "application/json"}
_NOT_FOUND = {"error": {"code": "ResourceNotFound", "message": "There is no exchange of it."}}


def field_exchanges(stem: str) -> list[dict[str, Any]]:
    """The exchanges of a situation."""
    exchanges: list[dict[str, Any]] = json.loads((FIELD / f"{stem}.json").read_text("utf-8"))[
        "exchanges"
    ]
    return exchanges


class FieldServer(RecordedServer):
    """A server of one situation, to which a test may add replies. Use with `with`."""

    def __init__(self, stem: str) -> None:
        super().__init__()
        self.queries: list[str] = []
        """Queries of the GET requests, as sent."""
        self._replies: dict[tuple[str, str], list[tuple[int, Mapping[str, str], bytes]]] = {}
        self.known_versions: tuple[str, ...] = ()
        """Where given, api-versions of Microsoft.Compute that are not refused."""
        self.refusal: tuple[int, Any] = (404, None)
        """Status and body of a refusal of other api-versions."""
        for exchange in field_exchanges(stem):
            request, response = exchange["request"], exchange["response"]
            self.reply(
                request["method"],
                unquote(request["path"]),
                response["status"],
                response["body"],
                response.get("headers") or {},
            )

    def reply(
        self,
        method: str,
        path: str,
        status: int = 200,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Replaces the reply to a method and path."""
        self._replies[method, path.lower()] = [(status, headers or {}, _encode(body))]

    def reply_first(
        self, method: str, path: str, status: int, body: Any, headers: Mapping[str, str]
    ) -> None:
        """Sends this once, before the replies that there are."""
        self._replies[method, path.lower()].insert(0, (status, headers, _encode(body)))

    def body(self, method: str, path: str) -> Any:
        """The body of the next reply to a method and path."""
        return json.loads(self._replies[method, path.lower()][0][2])

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        parts = urlsplit(request.path)
        path = unquote(parts.path)
        if request.command == "GET":
            self.read_paths.append(path)
            self.queries.append(parts.query)
        else:
            names = {key.lower(): value for key, value in request.headers.items()}
            self.writes.append((request.command, path, names, json.loads(body or b"null")))
        replies = self._replies.get((request.command, path.lower()))
        version = dict(parse_qsl(parts.query)).get("api-version")
        is_compute = "/providers/microsoft.compute/" in path.lower()
        if is_compute and self.known_versions and version not in self.known_versions:
            self._send(request, self.refusal[0], _JSON, _encode(self.refusal[1]))
            return
        if replies is None:
            self._send(request, 404, _JSON, _encode(_NOT_FOUND))
            return
        status, headers, content = replies[0]
        if len(replies) > 1:
            del replies[0]
        self._send(request, status, {**_JSON, **headers}, content)


def _encode(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


class StepServer(FieldServer):
    """A situation with writes in it: each write leads to the exchanges recorded after it.

    After a write of an image version that was not recorded, the model and the instances upgraded
    later have the written version.
    """

    def __init__(self, stem: str) -> None:
        super().__init__(stem)
        self._steps: list[list[dict[str, Any]]] = [[]]
        for exchange in field_exchanges(stem):
            if exchange["request"]["method"] in {"PATCH", "POST"}:
                self._steps.append([])
            self._steps[-1].append(exchange)
        self._version = ""
        self._next_step()

    def _next_step(self) -> None:
        for exchange in self._steps.pop(0) if self._steps else ():
            request, response = exchange["request"], exchange["response"]
            text = json.dumps(response["body"])
            if self._version:
                text = self._with_written_version(text, request["path"])
            self.reply(
                request["method"],
                unquote(request["path"]),
                response["status"],
                json.loads(text),
                response.get("headers") or {},
            )

    def _with_written_version(self, text: str, path: str) -> str:
        """The model's version, and the exact version of instances that were upgraded, replaced."""
        body = json.loads(text)
        if "virtualMachines" not in path and "virtualMachineProfile" in text:
            storage = body["properties"]["virtualMachineProfile"]["storageProfile"]
            storage["imageReference"]["version"] = self._version
        for instance in body.get("value", [body]) if "virtualMachines" in path else ():
            if instance["properties"].get("latestModelApplied"):
                image = instance["properties"]["storageProfile"]["imageReference"]
                image["exactVersion"] = self._version
        return json.dumps(body)

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        if request.command != "GET" and self._steps:
            length = int(request.headers.get("Content-Length") or 0)
            body = request.rfile.read(length)
            self._version = image_version(json.loads(body or b"null")) or self._version
            self._next_step()
            request.rfile = BytesIO(body)
        super()._handle(request)


def image_version(body: Any) -> str:
    """The image version that a PATCH writes; empty where it writes none."""
    try:
        storage = body["properties"]["virtualMachineProfile"]["storageProfile"]
        version: str = storage["imageReference"]["version"]
    except (KeyError, TypeError):
        return ""
    return version
