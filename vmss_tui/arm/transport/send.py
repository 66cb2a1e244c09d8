"""Sends one request through the SDK's pipeline and returns the response or raises.

A read is retried a few times; a write is sent exactly once, without redirects, and raises
`Unknown` where its outcome is not certain. Bodies are not interpreted here, except errors.
"""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest, HttpResponse
from urllib3.exceptions import HTTPError

from vmss_tui.arm.transport import compression
from vmss_tui.arm.transport.connection_errors import simplify_connection_error
from vmss_tui.arm.transport.credentials import CachedCredential
from vmss_tui.arm.transport.errors import REFUSED_STATUSES, parse_error, refusal_error
from vmss_tui.arm.transport.pipeline import RetryPolicy, retry_after
from vmss_tui.gateway import (
    GatewayError,
    InvalidResponse,
    NotSignedIn,
    Refused,
    Throttled,
    Unknown,
    Unreachable,
)
from vmss_tui.gateway.failures import NOT_SENT
from vmss_tui.text import clean, redact


class SdkClient(Protocol):
    """The methods of azure-mgmt-compute's client that are used."""

    def send_request(
        self, request: HttpRequest, *, stream: bool = False, **kwargs: Any
    ) -> HttpResponse:
        """Runs a request through the pipeline."""

    def close(self) -> None:
        """Closes the connections."""


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response. Header names are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    compressed: bytes = field(default=b"", repr=False)
    """The body as it was sent, before decompression."""
    is_unchanged: bool = False
    """The compressed body equals the caller's cached one; `body` is then empty."""


@dataclass(frozen=True, slots=True)
class RequestSender:
    """Sends reads and writes over one client. Thread-safe."""

    client: SdkClient
    credential: CachedCredential
    retry_policy: RetryPolicy
    connect_timeout: float = 15.0
    read_timeout: float = 60.0

    def read(self, url: str, cached_body: bytes = b"") -> Response:
        """Sends a GET until it is answered with 200; raises a `GatewayError` otherwise.

        `cached_body` is an earlier compressed body; if it is received again, it is not decoded.
        """
        attempt, is_token_discarded = 1, False
        while True:
            seconds: float | None = None
            try:
                headers = {**_JSON, "x-ms-client-request-id": str(uuid4())}
                response = self._send(HttpRequest("GET", url, headers=headers), cached_body)
                if response.status == 200:
                    return response
                seconds = retry_after(response.headers)
                failure = _failed_read(response, seconds)
            except InvalidHttpResponse as error:
                raise InvalidResponse(f"Something other than Azure answered: {error}.") from error
            except AzureError as error:
                failure = Unreachable(f"Azure cannot be reached: {_error_text(error)}")
            if isinstance(failure, NotSignedIn) and not is_token_discarded:
                is_token_discarded = True
                self.credential.discard_token()
            elif not isinstance(failure, Unreachable):
                raise failure
            elif not self.retry_policy.wait_before_retry(attempt, seconds, failure.message):
                if seconds and seconds > self.retry_policy.cap:
                    raise Throttled(failure.message, seconds, code=failure.code)
                raise failure
            else:
                attempt += 1

    def write(
        self, method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Response:
        """Sends once. Returns a 2xx; raises `Refused`, `Throttled`, `NotSignedIn` or `Unknown`."""
        json = None if body is None else dict(body)
        request = HttpRequest(method, url, json=json, headers={**_JSON, **headers})
        try:
            response = self._send(request)
        except Unreachable as error:
            raise Refused(f"Not sent. {error.message}", code=NOT_SENT) from error
        except AzureError as error:
            if _was_never_sent(error):
                raise Refused(f"Not sent: {_error_text(error)}", code=NOT_SENT) from error
            raise Unknown(f"The answer was lost: {_error_text(error)}") from error
        if response.status in (200, 201, 202, 204):
            if response.body.strip() and not _may_be_json(response.body):
                raise Unknown(
                    "Something other than Azure answered (a proxy's page?).", status=response.status
                )
            return response
        if response.status in REFUSED_STATUSES:
            if response.status == 401:
                self.credential.discard_token()
            raise refusal_error(response.status, response.headers, response.body)
        azure_error = parse_error(response.body)
        detail = f"HTTP {response.status}" + (
            f": {azure_error.message}" if azure_error.message else ""
        )
        raise Unknown(
            f"The answer leaves it open ({detail}).",
            code=azure_error.code or "",
            status=response.status,
        )

    def _send(self, request: HttpRequest, cached_body: bytes = b"") -> Response:
        try:
            response = self.client.send_request(
                request,
                stream=True,
                connection_timeout=self.connect_timeout,
                read_timeout=self.read_timeout,
            )
            try:
                compressed = _read_body(response)
            finally:
                response.close()
            is_unchanged = (
                bool(cached_body) and response.status_code == 200 and compressed == cached_body
            )
            encoding = response.headers.get("Content-Encoding") or ""
            body = b"" if is_unchanged else compression.decompress(compressed, encoding)
        except ValueError as error:  # libraries of the SDK raise it, too, for malformed headers
            raise InvalidHttpResponse(str(error)) from error
        return Response(response.status_code, response.headers, body, compressed, is_unchanged)


_JSON = {"Accept": "application/json", "Accept-Encoding": "gzip"}


class InvalidHttpResponse(AzureError):
    """A malformed response, such as a length of "many" or a body that cannot be decompressed."""


def _read_body(response: HttpResponse) -> bytes:
    """Reads the compressed body. The SDK does not translate urllib3's errors for raw reads."""
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in response.iter_raw():
            chunks.append(chunk)
            size += len(chunk)
            if size > compression.MAX_BODY_SIZE:
                raise compression.BodyTooLarge
    except HTTPError as error:
        raise ServiceResponseError(error, error=error) from error
    return b"".join(chunks)


def _failed_read(response: Response, seconds: float | None) -> GatewayError:
    """The error for the response to a read whose status is not 200."""
    status = response.status
    if status >= 500 or status == 408:
        error = parse_error(response.body)
        message = error.message or "no reason given"
        wait = f", asks to wait {seconds:.0f} s" if seconds else ""
        return Unreachable(
            f"Azure failed to answer (HTTP {status}{wait}): {message}",
            code=error.code or "",
            status=status,
        )
    if status >= 400:
        return refusal_error(status, response.headers, response.body)
    if status >= 300:
        return InvalidResponse(f"A redirect (HTTP {status}) was not followed.", status=status)
    return InvalidResponse(
        f"An answer without content (HTTP {status}) came for a reading.", status=status
    )


def _was_never_sent(error: AzureError) -> bool:
    """Whether no connection was made. A TLS error may also occur after the request was sent."""
    return isinstance(error, ServiceRequestError) and not any(
        isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, contexts, and exceptions in its arguments."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        cause = pending.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            pending += [cause.__cause__, cause.__context__]
            pending += [getattr(cause, name, None) for name in ("reason", "inner_exception")]
            pending += cause.args


def _may_be_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[", b'"', b"n")


def _error_text(error: Exception) -> str:
    return clean(redact(simplify_connection_error(" ".join(str(error).split()))))[:500]
