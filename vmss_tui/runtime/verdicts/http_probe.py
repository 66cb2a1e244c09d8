"""An HTTP address as a probe: a status of 2xx is a success.

It is https, or http to this machine. A redirect is followed on the same origin only. No credential
is sent: neither a cookie nor one of `~/.netrc`. An address that cannot be resolved or reached from
here proves nothing of the service, which may be this machine's network; a refused connection and a
time-out do.
"""

import socket
import threading
import time
from urllib.parse import urljoin, urlsplit

import requests

from vmss_tui.text import cell, without_query
from vmss_tui.upgrade.plan.verdict import LOOPBACK_HOSTS, Sample, SampleResult, Verdict

MAX_REDIRECTS = 3
_HEADERS = {"User-Agent": "vmss-tui", "Cache-Control": "no-cache", "Connection": "close"}


class HttpProbe:
    """Sends a GET, and reads the status only."""

    late_result = SampleResult.INCONCLUSIVE
    """Connect and read have time-outs of their own: what is late without one may be the look-up of
    the name by this machine."""

    def __init__(self, verdict: Verdict) -> None:
        self._url, self.timeout = verdict.url, verdict.timeout

    def take(self, document: bytes, stop: threading.Event) -> Sample:
        """By the status of the answer. The document is not sent."""
        begun = time.monotonic()
        result, message = self._follow(begun, stop)
        seconds = round(time.monotonic() - begun, 3)
        return Sample(
            result=result,
            message=cell(message, 300),
            numbers={"seconds": seconds},
            seconds=seconds,
        )

    def _follow(self, begun: float, stop: threading.Event) -> tuple[SampleResult, str]:
        url = self._url
        for _ in range(MAX_REDIRECTS + 1):
            remaining = self.timeout - (time.monotonic() - begun)
            if remaining <= 0 or stop.is_set():
                return SampleResult.FAILURE, f"no answer within {self.timeout:g} s"
            try:
                status, location = _status(url, remaining)
            except requests.exceptions.Timeout:
                return SampleResult.FAILURE, f"no answer within {self.timeout:g} s"
            except (requests.exceptions.RequestException, OSError, ValueError) as error:
                return _connection_failure(error)
            if not 300 <= status < 400 or not location:
                is_success = 200 <= status < 300
                return (
                    SampleResult.SUCCESS if is_success else SampleResult.FAILURE,
                    f"HTTP {status}",
                )
            target = urljoin(url, location)
            if _origin(target) != _origin(self._url):
                place = without_query(target)
                return SampleResult.INCONCLUSIVE, f"HTTP {status} to {place}, which is not followed"
            url = target
        return SampleResult.INCONCLUSIVE, f"more than {MAX_REDIRECTS} redirects"


def _status(url: str, timeout: float) -> tuple[int, str]:
    """(status, Location), over a connection of its own; the body is not read."""
    with requests.Session() as session:
        session.trust_env = urlsplit(url).hostname not in LOOPBACK_HOSTS
        with session.get(
            url,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
            auth=lambda request: request,  # keeps requests from adding a password of ~/.netrc
            headers=_HEADERS,
        ) as response:
            return response.status_code, response.headers.get("Location", "")


def _origin(url: str) -> tuple[str, str, int | None]:
    """(scheme, host, port); raises no error: an address that cannot be parsed has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        return parts.scheme, parts.hostname or "", port
    except ValueError:
        return "", "", None


def _connection_failure(error: Exception) -> tuple[SampleResult, str]:
    """A refused or broken connection and a certificate are the service's; the rest may be ours."""
    causes = _causes(error)
    if isinstance(error, requests.exceptions.SSLError):
        return SampleResult.FAILURE, "the connection is not secure (TLS)"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return SampleResult.INCONCLUSIVE, "the name of the host cannot be resolved"
    if any(isinstance(cause, ConnectionError) for cause in causes):
        return SampleResult.FAILURE, "the connection was refused or broken"
    return SampleResult.INCONCLUSIVE, f"not reached ({type(error).__name__})"


def _causes(error: BaseException) -> list[BaseException]:
    """The error, and those that it wraps as arguments, reasons or contexts."""
    known: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        item = pending.pop()
        if isinstance(item, BaseException) and item not in known:
            known.append(item)
            reason = getattr(item, "reason", None)
            pending += [*item.args, reason, item.__cause__, item.__context__]
    return known
