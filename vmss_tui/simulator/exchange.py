"""HTTP requests and responses as values; sockets are in `rest.listener`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import msgspec

from vmss_tui.simulator.errors import ArmError, Json

JSON_TYPE = "application/json; charset=utf-8"

PathParameters = Mapping[str, str]
"""The values of a route's placeholders in a request's path."""


@dataclass(frozen=True, slots=True)
class Request:
    """One parsed request. Query and header names are lower-case; `base` is scheme and host."""

    method: str
    path: str
    raw_query: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str
    body: bytes = b""
    as_of: float | None = None
    """The simulated time to answer for, where a fault asks for an outdated response."""

    @property
    def client_request_id(self) -> str | None:
        """The client's own id of this request."""
        return self.headers.get("x-ms-client-request-id")

    @property
    def api_version(self) -> str:
        """The requested api-version; every version is served."""
        return self.query.get("api-version", "2026-04-01")

    def json(self) -> Json:
        """The body as an object; {} for an empty body. Raises ArmError (400) for anything else."""
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
class Response:
    """One response before it is sent; the listener adds the headers of every response."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    chunks: Iterable[bytes] | None = None
    """A long body instead of `body`, made while it is sent; its length is among the headers."""
    cut: bool = False
    """Whether the connection is closed in the middle of the body."""


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """A response with a JSON body."""
    return Response(status, msgspec.json.encode(body), dict(headers or {}))


def finite_number(value: object) -> float | None:
    """A value of a JSON body as a number; None where it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def error_response(error: ArmError) -> Response:
    """An error as a response."""
    return json_response(error.status, error.body, error.headers)
