"""Sends one request through the SDK's pipeline and returns the response or raises.

A read is retried a few times; a write is sent exactly once, without redirects, and raises
`Unknown` where its outcome is not certain. Bodies are not interpreted here, except errors.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import msgspec
from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest, HttpResponse

from vmss_tui.arm.transport import compression
from vmss_tui.arm.transport.connection_errors import connection_error_text, was_never_sent
from vmss_tui.arm.transport.credentials import CachedCredential
from vmss_tui.arm.transport.errors import (
    REFUSED_STATUSES,
    doubtful_acceptance,
    parse_error,
    read_error,
    refusal_error,
)
from vmss_tui.arm.transport.exchange import DeadlinePassed, run_exchange
from vmss_tui.arm.transport.pipeline import (
    TOKEN_OPTION,
    RetryPolicy,
    challenge_claims,
    retry_after,
)
from vmss_tui.gateway import (
    GatewayError,
    InvalidResponse,
    NotSignedIn,
    ReadCancelled,
    Refused,
    Throttled,
    Unknown,
    Unreachable,
)
from vmss_tui.gateway.background_call import Cancelled
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.failures import NOT_SENT

READ_DEADLINE = 60.0
"""Real seconds for a whole read, from the request to the last byte of the response."""
WRITE_DEADLINE = 75.0
"""Real seconds for a whole write. Azure's own front end gives up after 60; a service manager kills
a process 90 after SIGTERM."""
WRITE_VALIDITY = 240.0
"""Seconds that the token of `prepare_write` is valid for: the readings before a write, and the
write. `az` may return a token that ends in 300."""
_MIN_VALIDITY = 30.0


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
    """Sends reads and writes over one client. Thread-safe. All times are real seconds."""

    client: SdkClient
    credential: CachedCredential
    retry_policy: RetryPolicy
    scope: str = ""
    """The scope of the tokens."""
    cancellation: Cancellation = field(default_factory=Cancellation)
    """Ends reads, and waits between them."""
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    """Until the next byte of a response."""
    read_deadline: float = READ_DEADLINE
    write_deadline: float = WRITE_DEADLINE
    load_writer: Callable[[], None] = lambda: None
    """Called by `prepare_write`: makes the client ready to write."""
    _prepared: threading.local = field(default_factory=threading.local)
    """Attribute `token`: the one that the next write of this thread is sent with."""

    def prepare_write(self) -> AccessTokenInfo:
        """Makes sure that this thread has a token for a whole write; returns it.
        The thread's next writes are sent with it. Raises `NotSignedIn` or another error."""
        self.load_writer()
        token = self._fetch_token(WRITE_VALIDITY)
        seconds_left = self.credential.seconds_left(token)
        if seconds_left < self.write_deadline:
            raise NotSignedIn(
                f"Not signed in for long enough: the token ends in {max(0.0, seconds_left):.0f} s, "
                f"and a write may take {self.write_deadline:.0f} s."
            )
        self._prepared.token = token
        return token

    def read(self, url: str, cached_body: bytes = b"") -> Response:
        """Sends a GET until it is answered with 200; raises a `GatewayError` otherwise.

        `cached_body` is an earlier compressed body; if it is received again, it is not decoded.
        No retry begins after `read_deadline`.
        """
        return self._read("GET", url, None, cached_body)

    def read_by_post(self, url: str, body: Mapping[str, Any] | None) -> Response:
        """As `read`, for a POST that changes nothing: one of `pipeline.READ_ACTIONS`."""
        content = None if body is None else msgspec.json.encode(body)
        return self._read("POST", url, content)

    def _read(
        self, method: str, url: str, content: bytes | None, cached_body: bytes = b""
    ) -> Response:
        begun = time.monotonic()
        attempt, claims, is_token_discarded = 1, "", False
        while True:
            self._raise_if_cancelled()
            token = self._read_token(claims)
            seconds, failure, claims = self._read_once(method, url, content, token, cached_body)
            if isinstance(failure, Response):
                return failure
            if isinstance(failure, NotSignedIn) and not is_token_discarded:
                is_token_discarded = True
                self.credential.discard_token(token)
                self._prepared.token = None
                continue
            if not isinstance(failure, Unreachable):
                raise failure
            if time.monotonic() - begun > self.read_deadline:
                raise failure
            if not self.retry_policy.wait_before_retry(attempt, seconds, failure.message):
                if seconds and seconds > self.retry_policy.cap:
                    raise Throttled(failure.message, seconds, code=failure.code)
                raise failure
            attempt += 1

    def write(
        self, method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Response:
        """Sends once. Returns a 2xx; raises `Refused`, `Throttled`, `NotSignedIn` or `Unknown`.
        Never signs in (see `prepare_write`), is never cancelled, ends within `write_deadline`."""
        content = None if body is None else msgspec.json.encode(body)  # azure-core imports asyncio
        headers = {**_JSON, **_content_type(content), **headers}
        request = HttpRequest(method, url, content=content, headers=headers)
        token = self._prepared_token()
        if token is None:
            raise Refused("Not sent: the sign-in ends too soon for a write.", code=NOT_SENT)
        try:
            response = self._send(request, token, self.write_deadline)
        except DeadlinePassed as error:
            if not error.is_sent:
                raise Refused(f"Not sent: connecting {error}.", code=NOT_SENT) from error
            raise Unknown(f"The answer was lost: it {error}") from error
        except AzureError as error:
            if was_never_sent(error):
                raise Refused(f"Not sent: {connection_error_text(error)}", code=NOT_SENT) from error
            raise Unknown(f"The answer was lost: {connection_error_text(error)}") from error
        if response.status in (200, 201, 202, 204):
            if doubt := doubtful_acceptance(response.status, response.body):
                raise doubt
            return response
        if response.status in REFUSED_STATUSES:
            if response.status == 401:
                self.credential.discard_token(token)
            raise refusal_error(response.status, response.headers, response.body)
        azure_error = parse_error(response.body)
        detail = f"HTTP {response.status}" + (
            f": {azure_error.message}" if azure_error.message else ""
        )
        raise Unknown(
            f"The response does not show the result ({detail}).",
            code=azure_error.code or "",
            status=response.status,
        )

    def _fetch_token(self, min_validity: float, claims: str = "") -> AccessTokenInfo:
        return self.credential.token(
            self.scope, min_validity, claims=claims, is_cancelled=self._is_cancelled
        )

    def _read_token(self, claims: str) -> AccessTokenInfo:
        """The token of `prepare_write` while it is good for a write: a sign-in must not lie between
        the readings that a write is decided on, and the write."""
        return (not claims and self._prepared_token()) or self._fetch_token(_MIN_VALIDITY, claims)

    def _prepared_token(self) -> AccessTokenInfo | None:
        """This thread's token of `prepare_write`; None where it ends before a write does."""
        token: AccessTokenInfo | None = getattr(self._prepared, "token", None)
        if token is None or self.credential.seconds_left(token) < self.write_deadline:
            return None
        return token

    def _read_once(
        self,
        method: str,
        url: str,
        content: bytes | None,
        token: AccessTokenInfo,
        cached_body: bytes,
    ) -> tuple[float | None, Response | GatewayError, str]:
        """The wait that Azure requests, the response or failure, and the claims of a challenge."""
        headers = {**_JSON, "x-ms-client-request-id": str(uuid4()), **_content_type(content)}
        request = HttpRequest(method, url, content=content, headers=headers)
        try:
            response = self._send(
                request, token, self.read_deadline, self._is_cancelled, cached_body
            )
        except Cancelled as error:
            raise ReadCancelled("The read was cancelled.") from error
        except DeadlinePassed as error:
            raise Unreachable(f"Azure's answer {error}.") from error
        except InvalidHttpResponse as error:
            raise InvalidResponse(f"Something other than Azure responded: {error}.") from error
        except AzureError as error:
            return None, Unreachable(f"Azure cannot be reached: {connection_error_text(error)}"), ""
        if response.status == 200:
            return None, response, ""
        seconds = retry_after(response.headers)
        claims = challenge_claims(response.headers) if response.status == 401 else ""
        return seconds, read_error(response.status, response.headers, response.body), claims

    def _is_cancelled(self) -> bool:
        return self.cancellation.is_requested

    def _raise_if_cancelled(self) -> None:
        if self.cancellation.is_requested:
            raise ReadCancelled("The read was cancelled.")

    def _send(
        self,
        request: HttpRequest,
        token: AccessTokenInfo,
        deadline: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        cached_body: bytes = b"",
    ) -> Response:
        """One request, whole, within `deadline` seconds."""

        def exchange() -> Response:
            response = self.client.send_request(
                request,
                stream=True,
                connection_timeout=self.connect_timeout,
                read_timeout=self.read_timeout,
                **{TOKEN_OPTION: token.token},
            )
            try:
                compressed = compression.read_body(response)
            finally:
                response.close()
            is_unchanged = (
                bool(cached_body) and response.status_code == 200 and compressed == cached_body
            )
            encoding = response.headers.get("Content-Encoding") or ""
            body = b"" if is_unchanged else compression.decompress(compressed, encoding)
            return Response(response.status_code, response.headers, body, compressed, is_unchanged)

        try:
            return run_exchange(exchange, deadline, is_cancelled)
        except ValueError as error:  # libraries of the SDK raise it, too, for malformed headers
            raise InvalidHttpResponse(str(error)) from error


_JSON = {"Accept": "application/json", "Accept-Encoding": "gzip"}


class InvalidHttpResponse(AzureError):
    """A malformed response, such as a length of "many" or a body that cannot be decompressed."""


def _content_type(content: bytes | None) -> dict[str, str]:
    return {} if content is None else {"Content-Type": "application/json"}
