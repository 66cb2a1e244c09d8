"""Sends queries to Azure Resource Graph, within its quota, and reads all pages of the answers.

Source: "Guidance for throttled requests in Azure Resource Graph" (15 queries in 5 seconds for each
user; headers `x-ms-user-quota-remaining` and `x-ms-user-quota-resets-after`).
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

from vmss_tui.arm.transport.pipeline import retry_after
from vmss_tui.arm.transport.send import RequestSender, Response
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.arm.wire.decode import InvalidJson, decode_item
from vmss_tui.arm.wire.graph import GraphAnswerWire
from vmss_tui.gateway import InvalidResponse, ReadCancelled, Throttled

QUERIES, WINDOW = 15, 5.0
"""The most queries in so many seconds."""
PAGE_ROWS = 1000
MAX_PAGES = 100
MAX_SUBSCRIPTIONS = 500
"""Subscriptions of one query; Azure refuses more than 1,000."""
_MAX_ATTEMPTS = 5
"""Times that one query is sent while Azure throttles."""


class QueryPace:
    """When the next query may be sent, by the quota and by what Azure reports. Thread-safe."""

    def __init__(self) -> None:
        self._slots: deque[float] = deque(maxlen=QUERIES)
        self._blocked_until = float("-inf")
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Takes the next slot; the seconds until then. `now` is in seconds of one clock."""
        with self._lock:
            slot = max(now, self._blocked_until)
            if len(self._slots) == QUERIES:
                slot = max(slot, self._slots[0] + WINDOW)
            self._slots.append(slot)
            return slot - now

    def block(self, now: float, seconds: float) -> None:
        """No query is sent for so many seconds."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, now + seconds)

    def note(self, now: float, headers: Mapping[str, str]) -> None:
        """Takes the quota that an answer reports: others may use it up, too."""
        if headers.get("x-ms-user-quota-remaining", "").strip() == "0":
            self.block(now, retry_after(headers) or WINDOW)


class GraphPage(Struct, frozen=True):
    """One page of an answer; its rows are not decoded yet."""

    rows: list[msgspec.Raw]
    is_truncated: bool = False
    """There are more rows."""
    skip_token: str = ""
    """With which the next page is requested; empty where it cannot be."""


class GraphClient:
    """Sends queries for one gateway. Thread-safe."""

    def __init__(
        self, sender: RequestSender, urls: ArmUrls, monotonic: Callable[[], float]
    ) -> None:
        self._sender, self._urls, self._monotonic = sender, urls, monotonic
        self._pace = QueryPace()

    def query_page(
        self, query: str, subscriptions: Sequence[str], skip_token: str = ""
    ) -> GraphPage:
        """One page. Raises a `GatewayError`."""
        options = {"resultFormat": "objectArray", "$top": PAGE_ROWS}
        if skip_token:
            options["$skipToken"] = skip_token
        body = {"subscriptions": list(subscriptions), "query": query, "options": options}
        try:
            wire, _ = decode_item(self._send(body).body, GraphAnswerWire)
        except InvalidJson as error:
            raise InvalidResponse("The answer of Resource Graph is not valid.") from error
        if wire.data is None:
            raise InvalidResponse("The answer of Resource Graph has no rows.")
        is_truncated = str(wire.result_truncated).lower() == "true"
        return GraphPage(wire.data, is_truncated, wire.skip_token or "")

    def query_all(
        self, query: str, subscriptions: Sequence[str], is_ended: Callable[[], bool]
    ) -> tuple[list[msgspec.Raw], bool]:
        """All rows, and whether they are all. The query projects `id` and is sorted by it.

        `is_ended` is true once the caller does not want the rows any more.
        """
        rows: list[msgspec.Raw] = []
        tokens: set[str] = set()
        page = self.query_page(query, subscriptions)
        while True:
            rows += page.rows
            token = page.skip_token
            if not token or token in tokens or len(tokens) >= MAX_PAGES:
                return rows, not (page.is_truncated or token)
            if is_ended():
                raise ReadCancelled("The read was cancelled.")
            tokens.add(token)
            page = self.query_page(query, subscriptions, token)

    def _send(self, body: Mapping[str, object]) -> Response:
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            if wait := self._pace.reserve(self._monotonic()):
                self._sender.retry_policy.wait(wait)
            try:
                response = self._sender.read_by_post(self._urls.resource_graph(), body)
            except Throttled as error:
                if attempt == _MAX_ATTEMPTS:
                    raise
                self._pace.block(self._monotonic(), error.retry_after)
            else:
                self._pace.note(self._monotonic(), response.headers)
                return response
        raise AssertionError("the last attempt returns or raises")
