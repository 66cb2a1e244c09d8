"""What truly happened and what was asked, so that a test asserts effects and not calls."""

from typing import Any

_KEEP_REQUESTS = 20_000


class Ledger:
    """Two lists in order of time: effects, complete, and requests, the latest of them."""

    def __init__(self) -> None:
        self.effects: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []

    def effect(
        self,
        at: str,
        kind: str,
        scale_set: str,
        instance_id: str | None,
        operation: str | None,
        client_request_id: str | None,
    ) -> None:
        """Notes one effect on one instance, or on the set itself (`instance_id` None)."""
        self.effects.append(
            {
                "at": at,
                "kind": kind,
                "scale_set": scale_set,
                "instance_id": instance_id,
                "operation": operation,
                "client_request_id": client_request_id,
            }
        )

    def request(
        self, at: str, method: str, path: str, status: int | None, client_request_id: str | None
    ) -> None:
        """Notes one request; `status` None where the connection was closed without an answer."""
        self.requests.append(
            {
                "at": at,
                "method": method,
                "path": path,
                "status": status,
                "client_request_id": client_request_id,
            }
        )
        if len(self.requests) > _KEEP_REQUESTS:
            del self.requests[: _KEEP_REQUESTS // 10]
