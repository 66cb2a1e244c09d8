"""Reads parts of a blob by a signed address: without a token, without redirects, and bounded.

The client has none of the policies of Azure Resource Manager's, so that no token can get here. A
range that begins in the blob is answered with 206, one after its end with 416; storage has no
ranges from the end. An error has its code in `x-ms-error-code` and an XML body, which is not read.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from requests import PreparedRequest
from urllib3.exceptions import HTTPError

from vmss_tui import __version__
from vmss_tui.arm.blobs.signed_address import SignedAddress
from vmss_tui.arm.transport.client import Policy
from vmss_tui.arm.transport.connection_errors import connection_error_text
from vmss_tui.arm.transport.exchange import DeadlinePassed, run_exchange, tracked_session
from vmss_tui.gateway import ReadCancelled
from vmss_tui.gateway.background_call import Cancelled
from vmss_tui.text import cell

API_VERSION = "2021-12-02"
DEADLINE = 30.0
"""Real seconds for a whole request."""
_SILENCE_MARGIN = 1.0
"""By which the time-outs of the socket are longer: the deadline ends a request, and says so."""
WHOLE_SIZE = 1 << 20
"""Bytes up to which a blob is read whole where its end is byte_range: that saves a request."""
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15})")
_LENGTH = re.compile(r"\d{1,15}")


@dataclass(frozen=True, slots=True)
class BlobPart:
    """Bytes of a blob, or why there are none."""

    data: bytes = field(default=b"", repr=False)
    start: int = 0
    size: int = 0
    """Of the whole blob."""
    status: int = 200
    """HTTP status; 0 where there was no usable answer, see `message`."""
    code: str = ""
    message: str = ""


class SignedBlobReader:
    """Sends the requests. Thread-safe."""

    def __init__(
        self,
        *,
        use_env_settings: bool,
        is_cancelled: Callable[[], bool],
        deadline: float = DEADLINE,
    ) -> None:
        """`use_env_settings` takes proxies and certificates from environment variables."""
        self._use_env_settings, self._is_cancelled = use_env_settings, is_cancelled
        self._deadline = deadline
        self._lock = threading.Lock()
        self._client: PipelineClient[HttpRequest, HttpResponse] | None = None

    def read_end(self, address: SignedAddress, length: int) -> BlobPart:
        """The last `length` bytes. A second request for a blob of more than `WHOLE_SIZE`."""
        part = self._read(address, None, max(WHOLE_SIZE, length))
        if part.status == 200 and part.size > len(part.data):
            return self.read_range(address, max(0, part.size - length), part.size)
        start = max(0, len(part.data) - length)
        return BlobPart(part.data[start:], start, part.size, part.status, part.code, part.message)

    def read_range(self, address: SignedAddress, start: int, end: int) -> BlobPart:
        """The bytes from `start` to before `end`."""
        return self._read(address, (start, end), end - start)

    def _read(
        self, address: SignedAddress, byte_range: tuple[int, int] | None, max_size: int
    ) -> BlobPart:
        headers = {"x-ms-version": API_VERSION, "Accept-Encoding": "identity"}
        if byte_range is not None:
            headers["x-ms-range"] = f"bytes={byte_range[0]}-{byte_range[1] - 1}"
        request = HttpRequest("GET", address.url, headers=headers)
        silence = self._deadline + _SILENCE_MARGIN

        def exchange() -> BlobPart:
            response = self._open_client().send_request(
                request, stream=True, connection_timeout=silence, read_timeout=silence
            )
            try:
                return _read_part(response, max_size)
            finally:
                response.close()

        message = ""
        try:
            return run_exchange(exchange, self._deadline, self._is_cancelled)
        except Cancelled:
            pass  # raised below: an error of a library in the context could contain the address
        except DeadlinePassed as error:
            message = f"the storage {error}"
        except (AzureError, HTTPError, OSError, ValueError) as error:
            reason = address.hide(connection_error_text(error))
            message = f"the storage {address.host} cannot be read: {cell(reason, 200)}"
        if not message:
            raise ReadCancelled("The read was cancelled.")
        return BlobPart(status=0, message=message)

    def _open_client(self) -> PipelineClient[HttpRequest, HttpResponse]:
        with self._lock:
            if self._client is None:
                session = tracked_session(use_env_settings=self._use_env_settings)
                session.auth = _without_credentials
                policies: list[Policy] = [UserAgentPolicy(user_agent=f"vmss-tui/{__version__}")]
                pipeline = Pipeline[HttpRequest, HttpResponse](
                    RequestsTransport(session=session), policies
                )
                self._client = PipelineClient[HttpRequest, HttpResponse]("", pipeline=pipeline)
            return self._client

    def close(self) -> None:
        """Closes the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()


def _without_credentials(request: PreparedRequest) -> PreparedRequest:
    """Keeps `requests` from adding a password of the user's `.netrc`."""
    return request


def _read_part(response: HttpResponse, max_size: int) -> BlobPart:
    """At most `max_size` bytes; of a whole blob that is larger, none."""
    status, headers = response.status_code, response.headers
    if status not in (200, 206):
        code = cell(headers.get("x-ms-error-code") or f"Http{status}", 80)
        return BlobPart(status=status, code=code)
    start, size = _place(headers)
    if status == 200 and size > max_size:
        return BlobPart(size=size)
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > max_size:
            return BlobPart(status=0, message="the storage sent more than was requested")
    return BlobPart(bytes(body), start, max(size, start + len(body)), status)


def _place(headers: Mapping[str, str]) -> tuple[int, int]:
    """Where the body begins in the blob, and the size of the blob; 0 where it is not given."""
    if place := _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "")):
        return int(place[1]), int(place[2])
    length = headers.get("Content-Length", "")
    return 0, int(length) if _LENGTH.fullmatch(length) else 0
