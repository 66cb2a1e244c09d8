"""Policies for the SDK's pipeline, and the rules for retries.

They apply to every request of the program: a read-only session sends no write, and no host but
the configured one receives a token.
"""

import base64
import math
import random
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from msgspec import Struct

from vmss_tui.arm.transport.clouds import InvalidSetting
from vmss_tui.gateway import ReadOnly, Refused
from vmss_tui.target import is_loopback

TOKEN_OPTION = "access_token"
"""Name of the token among the options of a request."""
READ_METHODS = frozenset({"GET", "HEAD"})
_GROUP = r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Compute"
_READ_ACTIONS = re.compile(
    rf"{_GROUP}/(?:virtualMachineScaleSets/[^/]+/)?virtualMachines/[^/]+"
    r"/retrieveBootDiagnosticsData|/providers/Microsoft\.ResourceGraph/resources",
    re.IGNORECASE,
)
"""Paths of the POSTs that change nothing: "Virtual Machines - Retrieve Boot Diagnostics Data"
and Resource Graph's "Resources"."""
MIN_RETRY_AFTER, MAX_RETRY_AFTER = 1.0, 300.0
"""Bounds of every Retry-After that is followed, in seconds."""
_WAIT_HEADERS = (("retry-after", 1.0), ("retry-after-ms", 1e-3), ("x-ms-retry-after-ms", 1e-3))
_CLAIMS = re.compile(r'\bclaims="([\w+/=-]{1,8000})"', re.ASCII)
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_QUOTA_RESET = re.compile(r"(\d\d):(\d\d):(\d\d)", re.ASCII)
"""Resource Graph's; recorded as `00:00:05`."""
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Origin(Struct, frozen=True):
    """Scheme, host and port of the configured Azure Resource Manager."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, endpoint: str) -> "Origin":
        """The origin of an endpoint; raises `InvalidSetting` for http to any host but loopback."""
        origin = cls._parse(urlsplit(endpoint))
        if origin is None or (origin.scheme == "http" and not is_loopback(endpoint)):
            raise InvalidSetting(f"endpoint {endpoint!a} must be https, or http on loopback")
        return origin

    def serves(self, url: str) -> bool:
        """Whether an absolute URL has this origin. Azure writes URLs with and without `:443`."""
        try:
            parts = urlsplit(url)
            return not parts.username and self._parse(parts) == self
        except ValueError:
            return False

    @classmethod
    def _parse(cls, parts: SplitResult) -> "Origin | None":
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            return None
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname.lower(), port)


def is_read(method: str, url: str) -> bool:
    """Whether a request changes nothing: by its method, or because it is a known read by POST."""
    if method in READ_METHODS:
        return True
    return method == "POST" and _READ_ACTIONS.fullmatch(urlsplit(url).path) is not None


class HostPolicy(SansIOHTTPPolicy[Any, Any]):
    """Refuses every host but one, before a token is added to the request.

    That host is reached by https, or it is loopback (see `Origin.of`).
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Runs on every send, before the SDK's authentication."""
        if not self._origin.serves(request.http_request.url):
            host = urlsplit(request.http_request.url).hostname
            raise Refused(
                f"Refused to connect to {host!a}: only {self._origin.host} is configured.",
                code="ForeignHost",
            )


class ReadOnlyPolicy(SansIOHTTPPolicy[Any, Any]):
    """While `is_active`, refuses every request that is not a read (see `is_read`)."""

    def __init__(self, is_active: bool) -> None:
        self.is_active = is_active

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Runs on every send."""
        if self.is_active and not is_read(request.http_request.method, request.http_request.url):
            raise ReadOnly("Read-only: nothing was sent.", code="ReadOnly")


class AuthenticationPolicy(SansIOHTTPPolicy[Any, Any]):
    """Adds the token that the sender chose for this request, and fetches none by itself."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Runs on every send; the policy of hosts has run before."""
        token = request.context.options.pop(TOKEN_OPTION)
        request.http_request.headers["Authorization"] = f"Bearer {token}"


def challenge_claims(headers: Mapping[str, str]) -> str:
    """The claims that a new token needs, by the challenge of a 401; empty where there are none."""
    match = _CLAIMS.search(headers.get("WWW-Authenticate", ""))
    if match is None:
        return ""
    encoded = match[1]
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait that a response requests, in seconds within 1-300; None where there is none.

    Headers hold seconds, milliseconds (Azure's own), a time (Resource Graph's) or a date, which is
    compared with the response's own `Date`, because the local clock may be wrong.
    """
    for name, unit in _WAIT_HEADERS:
        value = headers.get(name, "").strip()
        if _SECONDS.fullmatch(value):
            return min(MAX_RETRY_AFTER, max(MIN_RETRY_AFTER, float(value) * unit))
    if quota := _QUOTA_RESET.fullmatch(headers.get("x-ms-user-quota-resets-after", "").strip()):
        hours, minutes, quota_seconds = map(int, quota.groups())
        return min(
            MAX_RETRY_AFTER, max(MIN_RETRY_AFTER, 3600 * hours + 60 * minutes + quota_seconds)
        )
    try:
        retry_at = parsedate_to_datetime(headers.get("retry-after", ""))
        sent_at = parsedate_to_datetime(headers.get("date", ""))
        seconds = (retry_at - sent_at).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(MAX_RETRY_AFTER, max(MIN_RETRY_AFTER, seconds))


def remaining_requests(headers: Mapping[str, str]) -> dict[str, int]:
    """Requests left in each of Azure's rate limit buckets, by bucket name without provider.

    One header with commas, or several that the transport joined with commas.
    """
    counts = {}
    for part in headers.get("x-ms-ratelimit-remaining-resource", "").split(","):
        name, _, count = part.strip().rpartition(";")
        if name and _COUNT.fullmatch(count):
            counts[name.rpartition("/")[2]] = int(count)
    return counts


def full_jitter(ceiling: float) -> float:
    """A random wait up to `ceiling`, so that many clients do not retry at the same time."""
    return random.uniform(0.0, ceiling)


class RetryPolicy(Struct, frozen=True):
    """How often and when a read is retried. Writes are never retried."""

    attempts: int = 3
    base: float = 1.0
    cap: float = 60.0
    wait: Callable[[float], object] = lambda _seconds: None
    """Waits a number of seconds; may end the wait early, where the read is cancelled."""
    on_wait: Callable[[float, str], None] = lambda _seconds, _reason: None
    """Called with seconds and reason before each wait."""
    jitter: Callable[[float], float] = full_jitter

    def wait_before_retry(self, attempt: int, requested: float | None, reason: str) -> bool:
        """Waits after `attempt` (from 1) has failed; False where no attempt is left."""
        if attempt >= self.attempts or (requested is not None and requested > self.cap):
            return False
        seconds = requested or self.jitter(min(self.cap, self.base * math.pow(2, attempt - 1)))
        self.on_wait(seconds, reason)
        self.wait(seconds)
        return True
