"""A request and its answer as values; sockets belong to `server`, meaning to the handlers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vmss_tui.simulator.errors import ArmError, Json

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, split. Query and header names are lower-case; `base` is scheme and host."""

    method: str
    path: str
    raw_query: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str
    body: bytes = b""
    as_of: float | None = None
    """Where a fault asks for a stale answer: the moment to answer for."""

    @property
    def client_request_id(self) -> str | None:
        """The caller's own id for this request."""
        return self.headers.get("x-ms-client-request-id")

    @property
    def api_version(self) -> str:
        """What the caller asked for; any is served."""
        return self.query.get("api-version", "2026-04-01")

    def json(self) -> Json:
        """The body as an object; an empty body is an empty object."""
        if not self.body.strip():
            return {}
        try:
            parsed: Any = msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            message = f"The request content was invalid and could not be deserialized: '{error}'."
            raise ArmError(400, "InvalidRequestContent", message) from error
        if not isinstance(parsed, dict):
            message = "The request content was invalid: an object was expected."
            raise ArmError(400, "InvalidRequestContent", message)
        return parsed


@dataclass(slots=True)
class Reply:
    """One answer, not yet sent. The server adds what every answer carries."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    cut: bool = False
    """Whether the connection breaks off in the middle of the body."""


def json_reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer with a JSON body."""
    return Reply(status, msgspec.json.encode(body), dict(headers or {}))


def error_reply(error: ArmError) -> Reply:
    """A refusal as an answer."""
    return json_reply(error.status, error.body, error.headers)
