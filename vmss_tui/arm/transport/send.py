"""Sends one request through the SDK's pipeline and says what became of it.

A read is tried a few times, visibly; a write is sent exactly once, without redirects, and any
doubt about it is `Unknown`. Knows statuses and bodies, and nothing of what they describe.
"""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest, HttpResponse
from urllib3.exceptions import HTTPError

from vmss_tui.arm.transport import compression as packing
from vmss_tui.arm.transport.compression import unpacked
from vmss_tui.arm.transport.connection_errors import in_words
from vmss_tui.arm.transport.credentials import Signer
from vmss_tui.arm.transport.errors import NOT_ACCEPTED, error_in, refusal
from vmss_tui.arm.transport.pipeline import Patience, retry_after
from vmss_tui.gateway import (
    InvalidResponse,
    GatewayError,
    NotSignedIn,
    Refused,
    Throttled,
    Unknown,
    Unreachable,
)
from vmss_tui.text import clean, redact


class Client(Protocol):
    """The one method of azure-mgmt-compute's client that is used."""

    def send_request(
        self, request: HttpRequest, *, stream: bool = False, **kwargs: Any
    ) -> HttpResponse:
        """Runs a request through the pipeline."""

    def close(self) -> None:
        """Lets go of connections."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. Header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    packed: bytes = field(default=b"", repr=False)
    """The body as it travelled."""
    came_again: bool = False
    """It is, byte for byte, what the caller knew; then `body` is left empty."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Reads and writes over one client, for many threads."""

    client: Client
    signer: Signer
    patience: Patience
    connect_timeout: float = 15.0
    read_timeout: float = 60.0

    def read(self, url: str, known: bytes = b"") -> Answer:
        """A GET answered with 200; raises the gateway's errors for everything else.

        `known` is a packed body that need not be unpacked if it comes again.
        """
        attempt, forgotten = 1, False
        while True:
            asked: float | None = None
            try:
                named = {**_JSON, "x-ms-client-request-id": str(uuid4())}
                answer = self._send(HttpRequest("GET", url, headers=named), known)
                if answer.status == 200:
                    return answer
                asked = retry_after(answer.headers)
                failure = _failure(answer, asked)
            except Nonsense as error:
                raise InvalidResponse(f"Something other than Azure answered: {error}.") from error
            except AzureError as error:
                failure = Unreachable(f"Azure cannot be reached: {_words(error)}")
            if isinstance(failure, NotSignedIn) and not forgotten:
                forgotten = True
                self.signer.forget()
            elif not isinstance(failure, Unreachable):
                raise failure
            elif not self.patience.pause(attempt, asked, failure.message):
                if asked and asked > self.patience.cap:
                    raise Throttled(failure.message, asked, code=failure.code)
                raise failure
            else:
                attempt += 1

    def write(
        self, method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Answer:
        """Sends once. Returns a 2xx; raises `Refused` and its kind, or `Unknown`."""
        json = None if body is None else dict(body)
        request = HttpRequest(method, url, json=json, headers={**_JSON, **headers})
        try:
            answer = self._send(request)
        except Unreachable as error:
            raise Refused(f"Not sent. {error.message}", code="NotSent") from error
        except AzureError as error:
            if _never_sent(error):
                raise Refused(f"Not sent: {_words(error)}", code="NotSent") from error
            raise Unknown(f"The answer was lost: {_words(error)}") from error
        if answer.status in (200, 201, 202, 204):
            if answer.body.strip() and not _looks_like_json(answer.body):
                raise Unknown(
                    "Something other than Azure answered (a proxy's page?).", status=answer.status
                )
            return answer
        if answer.status in NOT_ACCEPTED:
            if answer.status == 401:
                self.signer.forget()
            raise refusal(answer.status, answer.headers, answer.body)
        said = error_in(answer.body)
        words = f"HTTP {answer.status}" + (f": {said.message}" if said.message else "")
        raise Unknown(
            f"The answer leaves it open ({words}).", code=said.code or "", status=answer.status
        )

    def _send(self, request: HttpRequest, known: bytes = b"") -> Answer:
        try:
            response = self.client.send_request(
                request,
                stream=True,
                connection_timeout=self.connect_timeout,
                read_timeout=self.read_timeout,
            )
            try:
                packed = _whole(response)
            finally:
                response.close()
            again = bool(known) and response.status_code == 200 and packed == known
            encoding = response.headers.get("Content-Encoding") or ""
            body = b"" if again else unpacked(packed, encoding)
        except ValueError as error:  # the SDK's libraries too, over headers that make no sense
            raise Nonsense(str(error)) from error
        return Answer(response.status_code, response.headers, body, packed, again)


_JSON = {"Accept": "application/json", "Accept-Encoding": "gzip"}


class Nonsense(AzureError):
    """An answer came and cannot be understood: a length of "many", a body that does not unpack."""


def _whole(response: HttpResponse) -> bytes:
    """The body as it travels. What the SDK does not translate for such a body is done here."""
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in response.iter_raw():
            chunks.append(chunk)
            size += len(chunk)
            if size > packing.LARGEST:
                raise packing.TooMuch
    except HTTPError as error:
        raise ServiceResponseError(error, error=error) from error
    return b"".join(chunks)


def _failure(answer: Answer, asked: float | None) -> GatewayError:
    """What a read's answer other than 200 means."""
    status = answer.status
    if status >= 500 or status == 408:
        error = error_in(answer.body)
        words = error.message or "no reason given"
        wait = f", asks to wait {asked:.0f} s" if asked else ""
        return Unreachable(
            f"Azure failed to answer (HTTP {status}{wait}): {words}",
            code=error.code or "",
            status=status,
        )
    if status >= 400:
        return refusal(status, answer.headers, answer.body)
    if status >= 300:
        return InvalidResponse(f"A redirect (HTTP {status}) was not followed.", status=status)
    return InvalidResponse(f"An answer without content (HTTP {status}) came for a reading.", status=status)


def _never_sent(error: AzureError) -> bool:
    """The connection was never there. TLS may also break in the middle, which is not that."""
    return isinstance(error, ServiceRequestError) and not any(
        isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Everything that led to it: causes, contexts, and exceptions wrapped as arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__]
            waiting += [getattr(cause, name, None) for name in ("reason", "inner_exception")]
            waiting += cause.args


def _looks_like_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[", b'"', b"n")


def _words(error: Exception) -> str:
    return clean(redact(in_words(" ".join(str(error).split()))))[:500]
