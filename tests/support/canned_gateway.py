"""The gateway over prepared replies: all of it but the socket."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from azure.core.rest import HttpRequest, HttpResponse

from vmss_tui.arm.gateway import ArmGateway
from vmss_tui.arm.transport.credentials import CachedCredential, SimulatorCredential
from vmss_tui.arm.transport.pipeline import ReadOnlyPolicy, RetryPolicy
from vmss_tui.arm.transport.send import RequestSender, SdkClient
from vmss_tui.arm.transport.urls import ArmUrls
from vmss_tui.gateway import AzureContext

ENDPOINT = "https://management.azure.com"
Reply = tuple[int, Mapping[str, str], bytes]


@dataclass
class CannedResponse:
    """An HTTP response without a socket."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes

    def read(self) -> bytes:
        """The whole body."""
        return self.body

    def iter_raw(self) -> Iterator[bytes]:
        """The whole body in one chunk."""
        yield self.body

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class CannedClient:
    """Returns one prepared reply after the other, and the last one again and again."""

    replies: list[Reply] = field(default_factory=list)

    def send_request(
        self, request: HttpRequest, *, stream: bool = False, **_how: Any
    ) -> HttpResponse:
        """The next reply."""
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return cast(HttpResponse, CannedResponse(*reply))

    def close(self) -> None:
        """Nothing to close."""


def canned_gateway(*replies: Reply, client: SdkClient | None = None) -> ArmGateway:
    """A new gateway, which remembers nothing of earlier replies; `client` replaces theirs."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    gateway = ArmGateway(
        RequestSender(
            client or CannedClient(list(replies)),
            CachedCredential(SimulatorCredential()),
            RetryPolicy(attempts=1),
        ),
        ArmUrls(ENDPOINT),
        AzureContext(ENDPOINT),
        ReadOnlyPolicy(False),
        monotonic=lambda: 0.0,
        now=lambda: now,
    )
    gateway.prepare_write()
    return gateway


def json_reply(tree: Any, status: int = 200, **headers: str) -> Reply:
    """A reply with a JSON body."""
    return status, headers, json.dumps(tree).encode()
