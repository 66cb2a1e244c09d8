"""One container over azure-core's pipeline, with this program's rules.

https and one host, no redirects, no keys; each request has a deadline for the whole of it. Requests
that may be sent twice without a second effect are retried: reads, listings, leases of an id, and
writes with a condition. An append is sent once: after a lost answer, its caller reads the blob.
"""

import math
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest, HttpResponse
from msgspec import Struct, field

from vmss_tui.arm.blobs.blob_list import parse_listing, seconds_since
from vmss_tui.arm.transport.connection_errors import simplify_connection_error
from vmss_tui.arm.transport.credentials import CachedCredential
from vmss_tui.arm.transport.exchange import DeadlinePassed, run_exchange
from vmss_tui.arm.transport.pipeline import TOKEN_OPTION
from vmss_tui.gateway import GatewayError
from vmss_tui.gateway.blobs import BlobContent, BlobItem, BlobRefused, BlobUnavailable
from vmss_tui.text import cell

API_VERSION = "2021-12-02"
SCOPE = "https://storage.azure.com/.default"
ATTEMPT_TIMEOUT = 10.0
"""Real seconds for a whole request."""
RETRY_PAUSES = (0.2, 1.0, 3.0)
"""Real seconds before each further attempt of a request that may be repeated."""
LAST_TIMEOUT = 0.8
"""Real seconds for a whole request of a process that ends."""
_TOKEN_VALIDITY = 60.0
_TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_MAX_BODY = 64 << 20
_LEASED = frozenset({"leased", "breaking"})


class _Request(Struct, frozen=True):
    """One request; `may_repeat`: a second one would have no second effect."""

    method: str
    name: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None
    may_repeat: bool = True
    is_last: bool = False
    """The process ends: the request is sent once, and has less time."""


class _Answer(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    """By the clock of the storage."""

    @property
    def code(self) -> str:
        """Azure's error code: the header has it, the body is XML."""
        return cell(self.headers.get("x-ms-error-code") or f"Http{self.status}", 80)


class AzureContainer:
    """Sends the requests for one container. Thread-safe."""

    def __init__(
        self,
        url: str,
        client: PipelineClient[HttpRequest, HttpResponse],
        credential: CachedCredential,
        wait: Callable[[float], object] | None = None,
        attempt_timeout: float = ATTEMPT_TIMEOUT,
    ) -> None:
        """`wait` waits real seconds before a further attempt."""
        self.url = url
        self.clock_difference = 0.0
        self._client, self._credential = client, credential
        self._wait = wait or threading.Event().wait
        self._attempt_timeout = attempt_timeout

    def read(self, name: str, offset: int = 0) -> BlobContent | None:
        """See `BlobContainer.read`."""
        headers = {"x-ms-range": f"bytes={offset}-"} if offset else {}
        answer = self._send(_Request("GET", name, headers=headers), 404, 416)
        if answer.status == 404:
            return None
        return BlobContent(
            data=b"" if answer.status == 416 else answer.body,
            etag=answer.headers.get("ETag", "").strip('"'),
            age=seconds_since(answer.headers.get("Last-Modified", ""), answer.now),
            is_leased=answer.headers.get("x-ms-lease-state") in _LEASED,
        )

    def write(
        self,
        name: str,
        data: bytes,
        *,
        only_new: bool = False,
        lease_id: str = "",
        is_last: bool = False,
    ) -> bool:
        """See `BlobContainer.write`."""
        headers = {"x-ms-blob-type": "BlockBlob"} | _lease_header(lease_id) | _only_new(only_new)
        request = _Request("PUT", name, headers=headers, data=data, is_last=is_last)
        return self._send(request, *(409, 412) * only_new).status == 201

    def create_append_blob(self, name: str) -> bool:
        """See `BlobContainer.create_append_blob`."""
        headers = {"x-ms-blob-type": "AppendBlob"} | _only_new(True)
        return self._send(_Request("PUT", name, headers=headers, data=b""), 409, 412).status == 201

    def append(self, name: str, data: bytes, position: int, lease_id: str) -> None:
        """See `BlobContainer.append`."""
        headers = {"x-ms-blob-condition-appendpos": f"{position}"} | _lease_header(lease_id)
        query = {"comp": "appendblock"}
        self._send(_Request("PUT", name, query, headers, data, may_repeat=False))

    def acquire_lease(self, name: str, lease_id: str, seconds: int) -> None:
        """See `BlobContainer.acquire_lease`."""
        self._lease(
            name,
            "acquire",
            {"x-ms-lease-duration": f"{seconds}", "x-ms-proposed-lease-id": lease_id},
        )

    def renew_lease(self, name: str, lease_id: str) -> None:
        """See `BlobContainer.renew_lease`."""
        self._lease(name, "renew", _lease_header(lease_id))

    def release_lease(self, name: str, lease_id: str) -> None:
        """See `BlobContainer.release_lease`."""
        self._lease(name, "release", _lease_header(lease_id), is_last=True)

    def break_lease(self, name: str) -> None:
        """See `BlobContainer.break_lease`."""
        self._lease(name, "break", {"x-ms-lease-break-period": "0"})

    def _lease(
        self, name: str, action: str, headers: Mapping[str, str], *, is_last: bool = False
    ) -> None:
        query, headers = {"comp": "lease"}, {"x-ms-lease-action": action, **headers}
        self._send(_Request("PUT", name, query, headers, data=b"", is_last=is_last))

    def list(self, prefix: str) -> list[BlobItem]:
        """See `BlobContainer.list`."""
        items: list[BlobItem] = []
        marker = ""
        while True:
            query = {"restype": "container", "comp": "list", "prefix": prefix}
            answer = self._send(_Request("GET", "", query | ({"marker": marker} if marker else {})))
            page = parse_listing(answer.body, answer.now)
            items += page.items
            if not page.next_marker or page.next_marker == marker:
                return items
            marker = page.next_marker

    def delete(self, name: str) -> None:
        """See `BlobContainer.delete`."""
        self._send(_Request("DELETE", name), 404)

    def public_access(self) -> str:
        """What can be read without signing in: `blob`, `container`, or empty for nothing."""
        answer = self._send(_Request("GET", query={"restype": "container"}))
        return cell(answer.headers.get("x-ms-blob-public-access", ""), 20)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _send(self, request: _Request, *accepted: int) -> _Answer:
        """The answer, also with an `accepted` status; raises for every other refusal."""
        pauses = RETRY_PAUSES if request.may_repeat and not request.is_last else ()
        for pause in (*pauses, math.nan):
            reason = ""
            try:
                answer = self._send_once(request)
            except BlobUnavailable as error:
                reason = error.message
            else:
                if answer.status < 300 or answer.status in accepted:
                    return answer
                reason = f"the storage answered {answer.code} ({answer.status})"
                if answer.status not in _TRANSIENT_STATUSES:
                    raise BlobRefused(f"{reason}{_advice(answer)}", answer.code)
            if math.isnan(pause):
                break
            self._wait(pause)
        raise BlobUnavailable(reason)

    def _send_once(self, request: _Request) -> _Answer:
        timeout = LAST_TIMEOUT if request.is_last else self._attempt_timeout
        query = f"?{urlencode(request.query)}" if request.query else ""
        path = f"/{quote(request.name)}" if request.name else ""
        headers = {"x-ms-version": API_VERSION, "Accept-Encoding": "identity", **request.headers}
        if request.data is not None:
            headers["Content-Type"] = "application/octet-stream"
        http_request = HttpRequest(
            request.method, f"{self.url}{path}{query}", headers=headers, content=request.data
        )

        def exchange() -> tuple[int, Mapping[str, str], bytes]:
            token = self._credential.token(SCOPE, _TOKEN_VALIDITY).token
            response = self._client.send_request(
                http_request,
                stream=True,
                connection_timeout=timeout,
                read_timeout=timeout,
                **{TOKEN_OPTION: token},
            )
            try:
                body = bytearray()
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > _MAX_BODY:
                        raise BlobUnavailable("the storage sent more than 64 MiB")
            finally:
                response.close()
            return response.status_code, response.headers, bytes(body)

        try:
            status, answer_headers, body = run_exchange(exchange, timeout)
        except DeadlinePassed as error:
            raise BlobUnavailable(f"the storage {error}") from error
        except GatewayError as error:
            raise BlobUnavailable(error.message) from error
        except (AzureError, OSError, ValueError) as error:
            reason = simplify_connection_error(" ".join(str(error).split()))
            raise BlobUnavailable(f"the storage cannot be reached: {cell(reason, 200)}") from error
        return _Answer(status, answer_headers, body, self._note_clock(answer_headers))

    def _note_clock(self, headers: Mapping[str, str]) -> datetime:
        """The time of the answer by the clock of the storage, by this machine's without one."""
        local = datetime.now(UTC)
        try:
            now = parsedate_to_datetime(headers.get("Date", ""))
        except (ValueError, TypeError):
            return local
        self.clock_difference = (now - local).total_seconds()
        return now


def _lease_header(lease_id: str) -> dict[str, str]:
    return {"x-ms-lease-id": lease_id} if lease_id else {}


def _only_new(only_new: bool) -> dict[str, str]:
    return {"If-None-Match": "*"} if only_new else {}


_ADVICE = {
    "AuthorizationPermissionMismatch": "this sign-in needs the role Storage Blob Data Contributor",
    "AuthorizationFailure": "the account's firewall may exclude this machine",
    "ContainerNotFound": "the container must be created first",
    "AuthenticationFailed": "the sign-in is for another tenant, or has ended",
}


def _advice(answer: _Answer) -> str:
    advice = _ADVICE.get(answer.code)
    return f": {advice}" if advice else ""
